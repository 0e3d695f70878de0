"""Signing out on a computer that others use."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.test_pages import sign_in
from tests.support.accounts import account
from tests.support.server import ServerProcess

KEPT = """() => [localStorage, sessionStorage]
    .flatMap((area) => Object.keys(area))
    .filter((key) => key.startsWith("wschat:"))"""


def kept(page: Page) -> list[str]:
    """What the pages have stored, on this device and in this tab."""
    return page.evaluate(KEPT)


def begin_to_write(visitor: Visitor, text: str) -> None:
    visitor.page.get_by_role("button", name="Join").click()
    visitor.is_connected()
    visitor.writing.fill(text)
    assert kept(visitor.page) != []


def test_next_user_finds_no_drafts(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    """Neither in the tab where one signed out, nor in another."""
    for name in ("leaving", "coming"):
        account(server, name)
    first = new_visitor(server.url)
    sign_in(first, "leaving")
    first.go(room)
    begin_to_write(first, "for nobody else")
    second = Visitor(first.page.context.new_page(), server.url)
    second.go("/room/1")
    begin_to_write(second, "nor this")
    first.page.locator("details.menu > summary").click()
    first.page.get_by_role("button", name="Sign out").click()
    expect(first.page).to_have_url(f"{server.url}/")
    expect(second.page.get_by_label("Your name")).to_be_visible()
    for visitor in (first, second):
        assert kept(visitor.page) == []
    sign_in(first, "coming")
    for visitor, place in ((first, room), (second, "/room/1")):
        visitor.go(place)
        visitor.page.get_by_role("button", name="Join").click()
        visitor.is_connected()
        expect(visitor.writing).to_have_value("")
    assert second.faults == []
