"""axe-core finds nothing on any page, in both themes, on a phone and on a desktop."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import faults_of
from tests.e2e.conftest import NewVisitor
from tests.e2e.test_screens import PHONE
from tests.e2e.visitor import PASSWORD, Visitor
from tests.support.accounts import PASSWORD as SECRET
from tests.support.accounts import account
from tests.support.server import ServerProcess

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
Check = Callable[[str], None]


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def ann(
    server: ServerProcess, new_visitor: NewVisitor, theme: str, request: pytest.FixtureRequest
) -> Visitor:
    return new_visitor(server.url, color_scheme=theme, **request.param)


@pytest.fixture
def check(ann: Visitor) -> Iterator[Check]:
    """check("where one is"): nothing is found there. All places are looked at, then all faults told."""
    found: dict[str, list[str]] = {}

    def look(place: str) -> None:
        assert ann.fits_the_width(), place
        if faults := faults_of(ann.page):
            found[place] = faults

    yield look
    assert found == {}


def test_the_list_of_rooms(ann: Visitor, check: Check) -> None:
    ann.go("/")
    check("home")
    ann.page.locator("details.menu > summary").click()
    check("menu")
    ann.page.keyboard.press("Escape")
    ann.page.locator("input[value=hidden]").check()
    ann.page.get_by_role("textbox", name="Password").fill("short")
    expect(ann.page.locator(".strength")).to_contain_text("Too short")
    check("a new room")
    ann.go("/?q=nothing+of+the+kind")
    check("nothing found")
    ann.go("/rooms/find?title=nothing")
    check("no hidden room")


def test_rooms_that_one_knows(ann: Visitor, check: Check, theme: str) -> None:
    room = ann.create_room(f"{theme} {ann.page.viewport_size} " + "W" * 20, "private", "m" * 70)
    check("enter as its owner")
    ann.enter(room, f"Ann {theme}")
    ann.go("/")
    check("visited rooms")
    ann.page.locator("details.menu > summary").click()
    check("menu of a guest")


def test_doors_and_faults(ann: Visitor, room: str, check: Check) -> None:
    ann.go(room)
    check("enter")
    ann.go("/nothing")
    check("not found")
    ann.go("/direct/nobody")
    check("nobody of this name")
    ann.page.context.clear_cookies()
    ann.go(room)
    ann.page.context.clear_cookies()
    ann.page.get_by_label("Your name").fill("Ann")
    ann.page.get_by_role("button", name="Enter").click()
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("Please try again")
    check("form without its token")


def test_a_private_door(
    ann: Visitor, server: ServerProcess, new_visitor: NewVisitor, check: Check, theme: str
):
    owner = new_visitor(server.url)
    size = ann.page.viewport_size["width"]
    room = owner.create_room(f"Private {theme} {size}", "private")
    owner.enter(room, f"Owner {theme} {size}", "")
    ann.knock(room, "Ann", "wrong password")
    expect(ann.page.get_by_role("alert")).to_be_visible()
    check("wrong password")
    ann.go(f"/direct/Owner {theme} {size}")
    check("who are you")
    assert PASSWORD != "wrong password"


def test_accounts(ann: Visitor, server: ServerProcess, check: Check, theme: str) -> None:
    name = f"axe{theme}{ann.page.viewport_size['width']}"
    account(server, name)
    ann.go("/sign-up")
    check("sign up")
    ann.page.get_by_label("Name").fill(name)
    ann.page.get_by_label("Password", exact=True).fill("12345678")
    ann.page.get_by_label("Password, once more").fill("87654321")
    ann.page.get_by_role("button", name="Create the account").click()
    check("sign up, refused")
    ann.go("/sign-in?next=/account")
    check("sign in")
    ann.page.get_by_label("Name").fill(name)
    ann.page.get_by_label("Password").fill("wrong")
    ann.page.get_by_role("button", name="Sign in").click()
    check("sign in, refused")
    ann.page.get_by_label("Password").fill(SECRET)
    ann.page.get_by_role("button", name="Sign in").click()
    expect(ann.page.get_by_role("heading", name="My account")).to_be_visible()
    check("account")
    ann.page.get_by_label("Present password").fill("wrong")
    ann.page.get_by_label("New password", exact=True).fill("a new password")
    ann.page.get_by_label("New password, once more").fill("another one")
    ann.page.get_by_role("button", name="Change the password").click()
    check("account, refused")
