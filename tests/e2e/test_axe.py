"""axe-core finds nothing on any page, in both themes, on a phone and on a desktop."""

import itertools
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import faults_of, faults_under_pointer
from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import change_room
from tests.support.accounts import PASSWORD, account
from tests.support.server import ServerProcess

SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 800}}
Check = Callable[[str], None]


@pytest.fixture
def ann(server: ServerProcess, new_visitor: NewVisitor) -> Visitor:
    return new_visitor(server.url)


@pytest.fixture
def check(ann: Visitor) -> Iterator[Check]:
    """check("page"): axe finds nothing there. Checks all pages, then reports all faults."""
    found: dict[str, list[str]] = {}
    known: dict[str, set[str]] = {}

    def look(place: str) -> None:
        for size, theme in itertools.product(SIZES, ("light", "dark")):
            ann.page.set_viewport_size(SIZES[size])  # type: ignore[arg-type]
            ann.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            where = f"{place}, {theme}, {size}"
            assert ann.fits_the_width(), where
            if faults := faults_of(ann.page) + faults_under_pointer(ann.page, known.setdefault(theme, set())):
                found[where] = faults

    yield look
    assert found == {}


def test_the_list_of_rooms(ann: Visitor, check: Check) -> None:
    ann.go("/")
    check("home")
    ann.page.locator("details.menu > summary").click()
    check("menu")
    ann.page.keyboard.press("Escape")
    ann.page.get_by_role("link", name="New message").click()
    check("a new message")
    ann.page.keyboard.press("Escape")
    ann.page.get_by_role("link", name="Create room").click()
    ann.page.locator("input[value=hidden]").check()
    ann.page.get_by_role("textbox", name="Password").fill("short")
    expect(ann.page.locator(".strength")).to_contain_text("Too short")
    check("a new room")
    ann.go("/?q=nothing+of+the+kind")
    check("nothing found")
    ann.go("/rooms/find?title=nothing")
    check("no hidden room")
    ann.go("/direct?name=nothing")
    check("nobody of that name")


def test_visited_rooms(ann: Visitor, check: Check) -> None:
    room = ann.create_room("W" * 70, "private", "m" * 70)
    check("enter as its owner")
    ann.enter(room, "A" * 50)
    ann.go("/")
    check("visited rooms")
    ann.page.locator("details.menu > summary").click()
    check("menu of a guest")


def test_room_settings(ann: Visitor, check: Check) -> None:
    room = ann.create_room("W" * 68, "private", "m" * 70)
    ann.enter(room, "Ann")
    change_room(ann, "POST", room, "/bans", name="W" * 50, reason="m" * 200, note="W" * 500, seconds=3600)
    change_room(ann, "POST", room, "/bans", network="2001:db8::/64")
    ann.page.get_by_role("link", name="Room settings").click()
    expect(ann.page.get_by_label("to delete it")).to_be_visible()
    check("room settings")
    ann.page.get_by_label("Reason").fill("m" * 200)
    ann.page.get_by_role("button", name="Keep newcomers out").click()
    expect(ann.page.get_by_role("button", name="Let newcomers in")).to_be_visible()
    check("room settings, without newcomers")
    ann.page.get_by_label("Words, expression").fill("W" * 200)
    ann.page.get_by_role("button", name="Add filter").click()
    expect(ann.page.get_by_role("status").filter(has_text="The filter was added.")).to_be_visible()
    ann.page.get_by_label("Words, expression").fill("")
    ann.page.get_by_role("button", name="Try on the latest").click()
    ann.is_told("Pattern must not be empty")
    ann.page.get_by_label("What to look for").select_option("mentions")
    ann.page.get_by_role("button", name="Try on the latest").click()
    expect(ann.page.locator(".caught")).to_be_visible()
    check("room settings, with a filter that was tried")
    ann.page.get_by_label("to delete it").fill("another")
    ann.page.get_by_role("button", name="Delete room").click()
    ann.is_told("This is not the title of the room")
    check("room settings, refused")
    ann.page.get_by_label("Public").check()
    ann.page.get_by_role("button", name="Save").first.click()
    expect(ann.page.get_by_role("status").filter(has_text="Settings saved.")).to_be_visible()
    check("room settings, saved")


def test_join_forms_and_error_pages(ann: Visitor, room: str, check: Check) -> None:
    ann.go(room)
    check("enter")
    ann.go("/nothing")
    check("not found")
    ann.go("/direct/nobody")
    check("unknown name")
    ann.page.context.clear_cookies()
    ann.go(room)
    ann.page.context.clear_cookies()
    ann.page.get_by_label("Your name").fill("Ann")
    ann.page.get_by_role("button", name="Join").click()
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("Please try again")
    check("form without its token")


@pytest.mark.timeout(240)
def test_blocking(ann: Visitor, server: ServerProcess, new_visitor: NewVisitor, check: Check) -> None:
    bob = new_visitor(server.url)
    room = bob.create_room("For blocking")
    bob.enter(room, "Blocked Bob")
    bob.say("a tulip")
    ann.enter(room, "Ann B")
    ann.go("/direct?name=Blocked Bob")
    expect(ann.page.get_by_text("No messages yet")).to_be_visible()
    check("conversation without messages")
    ann.say("hello")
    expect(ann.page.get_by_role("feed")).to_be_visible()
    ann.reads("hello")
    ann.go("/profile")
    check("no one is blocked")
    ann.go("/person?name=Blocked Bob")
    ann.page.get_by_text("Block…").click()
    check("before a block")
    ann.page.get_by_role("button", name="Block").click()
    expect(ann.page.get_by_role("button", name="Unblock")).to_be_visible()
    check("a blocked person")
    ann.go("/profile")
    check("blocked people")
    ann.go("/direct?name=Blocked Bob")
    expect(ann.page.get_by_role("button", name="Unblock")).to_be_visible()
    check("conversation with a blocked person")
    ann.go("/search?q=tulip")
    ann.page.get_by_text("Show").hover()
    check("message of a blocked person in a list")
    ann.page.get_by_text("Show").click()
    expect(ann.page.get_by_role("link", name="a tulip")).to_be_visible()
    check("message of a blocked person in a list, shown")


def test_private_join_form(ann: Visitor, server: ServerProcess, new_visitor: NewVisitor, check: Check):
    owner = new_visitor(server.url)
    room = owner.create_room("For owners", "private")
    owner.enter(room, "Owner")
    ann.knock(room, "Ann", "wrong password")
    ann.is_told("Wrong or missing password")
    check("wrong password")
    ann.go("/direct/Owner")
    check("who are you")


def test_accounts(ann: Visitor, server: ServerProcess, check: Check) -> None:
    account(server, "axel")
    ann.go("/sign-up")
    check("sign up")
    ann.page.get_by_label("Name").fill("axel")
    ann.page.get_by_label("Password", exact=True).fill("12345678")
    ann.page.get_by_label("Confirm password").fill("87654321")
    ann.page.get_by_role("button", name="Create account").click()
    ann.is_told("too common")
    check("sign up, refused")
    ann.go("/sign-in?next=/account")
    check("sign in")
    ann.page.get_by_label("Name").fill("axel")
    ann.page.get_by_label("Password").fill("wrong")
    ann.page.get_by_role("button", name="Sign in").click()
    ann.is_told("Wrong name or password.")
    check("sign in, refused")
    ann.page.get_by_label("Password").fill(PASSWORD)
    ann.page.get_by_role("button", name="Sign in").click()
    expect(ann.page.get_by_role("heading", name="My account")).to_be_visible()
    check("account")
    ann.page.get_by_label("Current password").fill("wrong")
    ann.page.get_by_label("New password", exact=True).fill("a new password")
    ann.page.get_by_label("Confirm new password").fill("another one")
    ann.page.get_by_role("button", name="Change password").click()
    ann.is_told("The current password is wrong.")
    check("account, refused")
