"""The pages in German: what templates say, and what scripts do."""

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.support.server import ServerProcess


def test_templates_and_scripts_speak_german(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    anna = new_visitor(server.url, locale="de-DE")
    page = anna.page

    anna.go("/")
    expect(page.get_by_role("heading", name="Räume", exact=True)).to_be_visible()
    page.get_by_role("link", name="Raum anlegen").click()
    page.locator("input[value=private]").check()
    page.get_by_role("textbox", name="Passwort").fill("kurz")
    expect(page.get_by_text("Zu kurz")).to_be_visible()

    anna.go(room)
    page.get_by_label("Dein Name").fill("Anna")
    page.get_by_role("button", name="Beitreten").click()
    anna.is_connected()
    expect(page.locator("#state")).to_have_text("Verbunden.")
    page.get_by_label("Nachricht", exact=True).fill("Hallo")
    page.get_by_role("button", name="Senden").click()
    anna.reads("Hallo")
    expect(page.locator(".message .day")).to_have_text("Heute")
    page.locator(".message").hover()
    page.get_by_role("button", name="Weitere Aktionen").click()
    expect(page.get_by_role("menuitem", name="Löschen …")).to_be_visible()
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Tastenkürzel").click()
    keys = page.get_by_role("dialog", name="Tastenkürzel")
    expect(keys.get_by_text("Zum vorigen Raum")).to_be_visible()
    expect(keys.locator("kbd", has_text="Strg + K")).to_be_visible()


def test_search_of_rooms_says_what_it_is_on_a_phone(server: ServerProcess, new_visitor: NewVisitor) -> None:
    anna = new_visitor(server.url, locale="de-DE", viewport={"width": 390, "height": 844})
    anna.go("/")
    needed, there = anna.page.get_by_role("searchbox", name="Räume suchen").evaluate(
        """(field) => {
            const { font, paddingInlineStart, paddingInlineEnd } = getComputedStyle(field);
            const canvas = document.createElement("canvas").getContext("2d");
            canvas.font = font;
            const edges = parseFloat(paddingInlineStart) + parseFloat(paddingInlineEnd);
            const clearing = parseFloat(getComputedStyle(field).fontSize); // the button for it
            return [canvas.measureText(field.placeholder).width, field.clientWidth - edges - clearing];
        }"""
    )
    assert needed <= there
    assert anna.fits_the_width()


def test_choices_of_the_notifications_fit(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    anna = new_visitor(server.url, locale="de-DE")
    anna.go(room)
    anna.page.get_by_label("Dein Name").fill("Anna")
    anna.page.get_by_role("button", name="Beitreten").click()
    anna.is_connected()
    needed, there = anna.page.get_by_label("Benachrichtigungen", exact=True).evaluate(
        """(select) => {
            const { font, paddingInlineStart, paddingInlineEnd } = getComputedStyle(select);
            const canvas = document.createElement("canvas").getContext("2d");
            canvas.font = font;
            const arrow = 20;
            const widths = [...select.options].map(({ text }) => canvas.measureText(text).width);
            const edges = parseFloat(paddingInlineStart) + parseFloat(paddingInlineEnd);
            return [Math.max(...widths), select.clientWidth - edges - arrow];
        }"""
    )
    assert needed <= there
