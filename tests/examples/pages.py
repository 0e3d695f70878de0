"""A user of one of the example pages, opened as a file."""

from playwright.sync_api import Browser, Locator, expect

from tests.support.server import ROOT


class Guest:
    """One page. `name` is what the others see."""

    def __init__(self, browser: Browser, dialect: str, address: str, name: str = "") -> None:
        self.name = name or f"{dialect} guest"
        self.faults: list[str] = []
        self.page = browser.new_context().new_page()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", lambda dialog: self.faults.append(f"a dialog: {dialog.message}"))
        self.page.goto((ROOT / "examples" / f"{dialect}.html").as_uri())
        self.page.get_by_label("Address").fill(address)
        if dialect == "uuid":
            self.connect()
            self.sees("* you are ")
            self.name = self.lines.first.inner_text().removeprefix("* you are ")
        else:
            self.page.get_by_label("Name").fill(self.name)
            self.connect()
            self.sees("* connected" if dialect == "plain" else f"* {self.name} entered the room")

    def connect(self) -> None:
        self.page.get_by_role("button", name="Connect").click()

    def say(self, text: str) -> None:
        self.page.get_by_label("Message").fill(text)
        self.page.keyboard.press("Enter")

    @property
    def lines(self) -> Locator:
        return self.page.locator("#messages li")

    def sees(self, part: str) -> None:
        """A line with this in it is there, or comes."""
        expect(self.lines.filter(has_text=part).first).to_be_visible(timeout=20_000)
