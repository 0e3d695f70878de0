"""The ten commonest jobs by keyboard alone, in each browser, told by roles and names as screen readers do."""

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from websockets.sync.client import ClientConnection

from tests.e2e.conftest import NewVisitor
from tests.e2e.keys import Keys
from tests.e2e.kit import Visitor
from tests.e2e.programs import ask, number, program
from tests.support.server import ServerProcess

ROOM = re.compile("^Keyboards")
OF_ANN, OF_CAROL = re.compile("^Ann [0-9:]+"), re.compile("^Carol .*[0-9:]+")


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def browser(request: pytest.FixtureRequest) -> Browser:
    """Each of them."""
    browser: Browser = request.getfixturevalue(request.param)
    return browser


@pytest.fixture
def ann(server: ServerProcess, new_visitor: NewVisitor) -> Visitor:
    """The owner of the room, in it."""
    return new_visitor(server.url)


@pytest.fixture
def room(ann: Visitor) -> str:
    """The path of a room of Ann's, which she is in."""
    room = ann.create_room(f"Keyboards {uuid.uuid4().hex[:8]}")
    ann.enter(room, "Ann")
    return room


@pytest.fixture
def carol(server: ServerProcess, room: str) -> Iterator[ClientConnection]:
    """Carol, who is in the room and has said two things."""
    with program(server.ws_url, room, "Carol") as carol:
        for text in ("good morning", "who wants cake?"):
            ask(carol, type="send", room=number(room), text=text)
        yield carol


@pytest.fixture
def keys(ann: Visitor, carol: ClientConnection) -> Keys:
    """Ann's keyboard, on the page of the room as it was loaded just now."""
    ann.page.reload()
    ann.is_connected()
    expect(ann.page.get_by_text("who wants cake?")).to_be_visible()
    return Keys(ann)


def test_join(ann: Visitor, server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    bob = new_visitor(server.url)
    bob.go("/")
    keys = Keys(bob)
    keys.go_to("link", re.compile(re.escape(str(ann.page.locator("h1").inner_text()))))
    keys.press("Enter")
    keys.is_at("textbox", "Your name")
    keys.type("Bob")
    keys.press("Enter")
    keys.is_at("textbox", "Message")
    bob.is_connected()
    ann.sees_people("Ann", "Bob")


def test_talk(keys: Keys) -> None:
    keys.is_at("textbox", "Message")
    keys.type("good morning, Carol")
    keys.press("Enter")
    keys.is_at("textbox", "Message")
    expect(keys.there_is("article", OF_ANN)).to_have_accessible_description("good morning, Carol")
    keys.press("Shift+Tab")
    expect(keys.is_at("article", OF_ANN)).to_have_accessible_description("good morning, Carol")
    keys.press("ArrowUp")
    expect(keys.is_at("article", OF_CAROL)).to_have_accessible_description("who wants cake?")
    keys.press("Escape")
    keys.is_at("textbox", "Message")


def test_reply(keys: Keys) -> None:
    keys.press("Shift+Tab", "ArrowUp")
    expect(keys.is_at("article", OF_CAROL)).to_have_accessible_description("good morning")
    keys.press("r")
    keys.is_at("textbox", "Message")
    expect(keys.page.get_by_text("Reply to Carol:")).to_be_visible()
    keys.type("and to you")
    keys.press("Enter")
    answer = keys.there_is("article", OF_ANN)
    expect(answer.get_by_role("button", name="Carol good morning")).to_be_visible()
    keys.press("Shift+Tab")
    keys.is_at("article", OF_ANN)
    keys.go_to("button", "Carol good morning")
    keys.press("Enter")
    expect(keys.is_at("article", OF_CAROL)).to_have_accessible_description("good morning")


def test_react(keys: Keys) -> None:
    keys.press("Shift+Tab", "+")
    keys.is_at("menuitem", "React with 👍")
    keys.press("Enter")
    expect(keys.is_at("article", OF_CAROL)).to_have_accessible_description("who wants cake?")
    expect(keys.there_is("button", "👍 1, by Ann")).to_have_attribute("aria-pressed", "true")
    keys.go_to("button", "👍 1, by Ann")
    keys.press("Enter")
    expect(keys.there_is("button", "👍 1, by Ann")).to_have_count(0)
    expect(keys.is_at("article", OF_CAROL)).to_have_accessible_description("who wants cake?")


def test_react_with_any_emoji(keys: Keys) -> None:
    keys.press("Shift+Tab", "+")
    keys.go_to("menuitem", "More emoji…", "ArrowDown")
    keys.press("Enter")
    keys.is_at("searchbox", "Search emoji")
    keys.type("shortcake")
    expect(keys.there_is("button", "shortcake")).to_be_visible()
    keys.press("Enter")
    keys.is_at("article", OF_CAROL)
    expect(keys.there_is("button", "🍰 1, by Ann")).to_have_attribute("aria-pressed", "true")


def test_edit(keys: Keys) -> None:
    keys.type("yes plaese")
    keys.press("Enter")
    expect(keys.there_is("article", OF_ANN)).to_have_accessible_description("yes plaese")
    keys.press("ArrowUp")
    expect(keys.is_at("textbox", "Message")).to_have_value("yes plaese")
    expect(keys.there_is("button", "Save")).to_be_visible()
    keys.press("ControlOrMeta+a")
    keys.type("yes please")
    keys.press("Enter")
    keys.is_at("textbox", "Message")
    expect(keys.there_is("article", OF_ANN)).to_have_accessible_description("yes please")
    expect(keys.there_is("article", OF_ANN)).to_contain_text("edited")


def test_delete(keys: Keys) -> None:
    keys.type("a secret")
    keys.press("Enter")
    expect(keys.there_is("article", OF_ANN)).to_have_accessible_description("a secret")
    keys.press("Shift+Tab", "Delete")
    keys.is_at("button", "Cancel")
    expect(keys.there_is("dialog", re.compile("^Delete your message"))).to_be_visible()
    keys.go_to("button", "Delete")
    keys.press("Enter")
    expect(keys.is_at("article", OF_ANN)).to_have_accessible_description("This message was deleted.")


def test_mention(keys: Keys) -> None:
    keys.type("@car")
    expect(keys.page.get_by_role("option", name="Carol", selected=True)).to_be_visible()
    keys.press("Enter")
    expect(keys.is_at("textbox", "Message")).to_have_value("@Carol ")
    keys.type("look")
    keys.press("Enter")
    expect(keys.there_is("article", OF_ANN)).to_have_accessible_description("@Carol look")
    expect(keys.there_is("article", OF_ANN).locator(".mention")).to_have_text("@Carol")


def test_direct_message(keys: Keys) -> None:
    keys.press("Shift+Tab")
    keys.is_at("article", OF_CAROL)
    keys.go_to("button", "Ann")
    keys.go_to("button", "Carol", "ArrowDown")
    keys.press("Enter")
    keys.go_to("menuitem", "Send direct message", "ArrowDown")
    keys.press("Enter")
    expect(keys.there_is("heading", "Carol").and_(keys.page.locator("h1"))).to_be_visible()
    keys.is_at("textbox", "Message")
    keys.type("psst")
    keys.press("Enter")
    expect(keys.there_is("article", OF_ANN)).to_have_accessible_description("psst")
    keys.press("ControlOrMeta+k")
    keys.is_at("combobox", "Room or person")
    keys.type("Keyboards")
    expect(keys.page.get_by_role("option", name=ROOM, selected=True)).to_be_visible()
    keys.press("Enter")
    expect(keys.there_is("heading", ROOM).and_(keys.page.locator("h1"))).to_be_visible()
    keys.is_at("textbox", "Message")


def test_find(keys: Keys) -> None:
    keys.press("ControlOrMeta+Shift+f")
    keys.is_at("searchbox", re.compile("^Search in Keyboards"))
    keys.type("morning")
    keys.press("Enter")
    expect(keys.page.get_by_role("status").filter(has_text="1 message")).to_be_visible()
    keys.go_to("button", re.compile("^good morning$"))
    keys.press("Enter")
    expect(keys.is_at("article", OF_CAROL)).to_have_accessible_description("good morning")
    keys.press("Escape")
    keys.is_at("textbox", "Message")


def test_moderate(keys: Keys) -> None:
    keys.press("Shift+Tab", "m")
    keys.is_at("menuitem", "React with 👍")
    keys.go_to("menuitem", "Mute Carol…", "ArrowDown")
    keys.press("Enter")
    keys.go_to("menuitem", "Mute for 10 minutes", "ArrowDown")
    keys.press("Enter")
    keys.is_at("article", OF_CAROL)
    expect(keys.page.get_by_role("status").filter(has_text="Carol is muted")).to_be_visible()
    keys.press("Delete")
    keys.go_to("button", "Delete")
    keys.press("Enter")
    expect(keys.is_at("article", OF_CAROL)).to_have_accessible_description("This message was deleted.")
