"""A visitor with a browser, in the words of a test."""

import re

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

PASSWORD = "correct horse"


class Visitor:
    """One person, one page."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = site
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("dialog", lambda dialog: self.faults.append(f"a dialog: {dialog.message}"))
        page.on("console", self._listen)

    def _listen(self, line: ConsoleMessage) -> None:
        if "Content Security Policy" in line.text or "Content-Security-Policy" in line.text:
            self.faults.append(line.text)

    # what they do

    def go(self, path: str) -> None:
        self.page.goto(self.site + path)

    def create_room(self, title: str, visibility: str = "public", description: str = "") -> str:
        """Make a room with the form; its path."""
        self.go("/")
        self.page.get_by_role("link", name="Create room").click()
        self.page.get_by_label("Title", exact=True).fill(title)
        self.page.get_by_label("Description").fill(description)
        self.page.locator(f"input[value={visibility}]").check()
        if visibility != "public":
            self.page.get_by_role("textbox", name="Password").fill(PASSWORD)
        # Firefox reports the next navigation as interrupted if this one has not finished.
        with self.page.expect_navigation(url=re.compile("/room/[0-9]+$")):
            self.page.get_by_role("button", name="Create room").click()
        expect(self.page.get_by_role("button", name="Join")).to_be_visible()
        return self.page.url.removeprefix(self.site)

    def knock(self, room: str, name: str, password: str = "") -> None:
        """Send the form to join the room."""
        if self.page.url != self.site + room:
            self.go(room)
        self.page.get_by_label("Your name").fill(name)
        if password:
            self.page.get_by_label("Room password").fill(password)
        self.page.get_by_role("button", name="Join").click()

    def enter(self, room: str, name: str, password: str = "") -> None:
        """Get into the room, and be connected."""
        self.knock(room, name, password)
        self.is_connected()

    @property
    def writing(self) -> Locator:
        """Where messages are written."""
        return self.page.get_by_label("Message", exact=True)

    def leave(self) -> None:
        """Leave the room for good."""
        if not self.page.locator("#leave").is_visible():
            self.open_panel("people")
        self.page.get_by_role("button", name="Leave room").click()
        # The entry of the dialog in the history is a navigation, too, so the address is what tells.
        with self.page.expect_navigation(url=f"{self.site}/"):
            self.page.get_by_role("dialog").get_by_role("button", name="Leave room").click()

    def open_panel(self, name: str) -> None:
        """Open a panel with its button, which is in a sheet on phones."""
        if self.page.locator("#room-button").is_visible():
            self.page.locator("#room-button").click()
        self.page.locator(f"#{name}-button").click()

    def say(self, text: str) -> None:
        """Send a message: with the button, which does it on touch screens, too."""
        self.writing.fill(text)
        self.page.get_by_role("button", name="Send").click()

    def go_to_end(self) -> None:
        """Show the latest message: a page may have opened at the first unread one."""
        self.page.evaluate("document.getElementById('to-end').click()")

    # what they see

    @property
    def messages(self) -> Locator:
        return self.page.locator(".message .text")

    def is_connected(self) -> None:
        """The page may wait for 30 s between two attempts."""
        expect(self.page.locator("#state")).to_have_attribute("data-state", "connected", timeout=40_000)

    def reads(self, *texts: str) -> None:
        """These are all the messages on the page, in this order."""
        expect(self.messages).to_have_text(list(texts), timeout=20_000)

    def sees_people(self, *names: str) -> None:
        """These people are here."""
        expect(self.page.locator("#people .one:not(.away) .name")).to_have_text(list(names))

    def is_told(self, words: str) -> None:
        """The page says this in a live region, which screen readers announce."""
        expect(self.page.get_by_role("alert").filter(visible=True, has_text=words)).to_be_visible()

    def cannot_write(self) -> None:
        expect(self.page.get_by_label("Message", exact=True)).to_be_disabled()
        expect(self.page.locator("#composer .send")).to_be_disabled()

    def fits_the_width(self) -> bool:
        """Whether nothing has to be scrolled sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
