"""Kicks and bans in the room's page: by the owner, and as the removed member sees them."""

import time

import pytest
from playwright.sync_api import Locator, expect
from websockets.sync.client import connect as websocket

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.states import choose, open_menu
from tests.e2e.test_screens import PHONE
from tests.support.server import ServerProcess, manage


@pytest.fixture
def mine(room: str) -> str:
    """A title that no other room has."""
    return "Mine " + room.rpartition("/")[2]


def meet(ann: Visitor, bob: Visitor, title: str) -> str:
    """Ann, who owns the room, and Bob, who said something. Returns the room's path."""
    room = ann.create_room(title)
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    bob.say("buy this")
    ann.reads("buy this")
    return room


def dialog(visitor: Visitor) -> Locator:
    """The dialog that asks before a kick or ban."""
    return visitor.page.get_by_role("dialog")


def open_person(visitor: Visitor, name: str) -> None:
    """Open the menu of a member."""
    if visitor.page.locator("#people-button").get_attribute("aria-expanded") == "false":
        visitor.open_panel("people")
    visitor.page.locator(f"#people button[data-person={name}]").click()


def test_forged_message_bans_no_one(server: ServerProcess, mine: str, new_visitor: NewVisitor) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    room = meet(ann, bob, mine)
    address = f"{server.ws_url}/dialects/plain/{room.rpartition('/')[2]}"
    with websocket(address) as socket:
        socket.send('{"usr": "Bob", "msg": "vile"}')
        ann.reads("buy this", "vile")
    choose(ann, 2, "Ban Bob…")
    dialog(ann).get_by_role("button", name="Ban", exact=True).click()
    expect(dialog(ann).get_by_role("alert")).to_contain_text("the name belongs to someone else")
    ann.page.keyboard.press("Escape")
    bob.say("still here")
    ann.reads("buy this", "vile", "still here")


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
def test_owner_kicks_a_sender_who_sees_why_and_comes_back(
    server: ServerProcess, mine: str, new_visitor: NewVisitor, screen: dict[str, object]
) -> None:
    ann, bob, carol = new_visitor(server.url, **screen), new_visitor(server.url), new_visitor(server.url)
    room = meet(ann, bob, mine)
    carol.enter(room, "Carol")
    choose(ann, 1, "Kick Bob")
    expect(dialog(ann)).to_contain_text("can come back after a few seconds")
    expect(dialog(ann).get_by_label("Duration")).to_be_hidden()
    ann.page.keyboard.type("no ads")
    ann.page.keyboard.press("Enter")
    bob.is_told("A moderator removed you from this room. Reason: no ads")
    bob.cannot_write()
    expect(dialog(ann)).to_be_hidden()
    for visitor in (ann, carol):
        expect(visitor.page.locator("#outcome")).to_have_text("Bob was kicked. Reason: no ads")
    expect(bob.page.get_by_role("alert").get_by_role("link", name="Join again")).to_be_visible()
    bob.go("/")
    deadline = time.monotonic() + 20
    while not bob.page.locator("#chat").is_visible():
        assert time.monotonic() < deadline
        bob.go(room)
    bob.is_connected()


def test_owner_bans_a_member_who_sees_why_until_the_ban_is_lifted(
    server: ServerProcess, mine: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    room = meet(ann, bob, mine)
    open_person(ann, "Bob")
    ann.page.get_by_role("menuitem", name="Ban Bob…").click()
    dialog(ann).get_by_label("Duration").select_option("1 hour")
    dialog(ann).get_by_label("Reason").fill("ads")
    dialog(ann).get_by_label("Note").fill("the third time")
    dialog(ann).get_by_role("button", name="Ban").click()
    expect(dialog(ann)).to_be_hidden()
    bob.is_told("You're banned from this room. Until ")
    bob.is_told("Reason: ads")
    expect(bob.page.locator("#notice")).not_to_contain_text("third")
    ann.sees_people("Ann")
    bob.go(room)
    bob.is_told("You're banned from this room. The ban ends 59 minutes from now. Reason: ads")

    ann.page.get_by_role("link", name="Room settings").click()
    entry = ann.page.locator("#bans li")
    expect(entry).to_contain_text("Bob")
    expect(entry).to_contain_text("Reason: ads")
    expect(entry).to_contain_text("Note: the third time")
    entry.get_by_role("button", name="Lift ban on Bob").click()
    expect(ann.page.get_by_text("The ban was lifted.")).to_be_visible()
    expect(ann.page.locator("#bans li")).to_have_text("No one is banned from this room.")
    bob.go(room)
    bob.is_connected()


def test_refused_kick_is_told_in_the_dialog(
    server: ServerProcess, mine: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    room = meet(ann, bob, mine)
    open_person(ann, "Bob")
    ann.page.get_by_role("menuitem", name="Kick Bob…").click()
    dialog(ann).get_by_label("Reason").evaluate("field => { field.value = 'x'.repeat(201); }")
    dialog(ann).get_by_role("button", name="Kick").click()
    expect(dialog(ann).get_by_role("alert")).to_contain_text("Couldn't do that: ")
    expect(dialog(ann).get_by_role("button", name="Kick")).to_be_enabled()
    dialog(ann).get_by_role("button", name="Cancel").click()
    expect(dialog(ann)).to_be_hidden()
    bob.say("still here")
    ann.reads("buy this", "still here")
    assert room


def test_moderator_is_not_offered_to_remove_the_owner(
    server: ServerProcess, mine: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    meet(ann, bob, mine)
    ann.say("mine")
    bob.reads("buy this", "mine")
    expect(open_menu(ann, 1).get_by_role("menuitem", name="Make moderator")).to_be_visible()
    ann.page.get_by_role("menuitem", name="Make moderator").click()
    expect(bob.page.get_by_text("You are now a moderator of this room.")).to_be_visible()
    expect(bob.page.locator("#people [data-role=owner]:visible")).to_have_text("Owner")
    menu = open_menu(bob, 2)
    expect(menu.get_by_role("menuitem", name="Report…")).to_be_visible()
    expect(menu.get_by_role("menuitem", name="Mute Ann…")).to_be_hidden()
    expect(menu.get_by_role("menuitem", name="Kick Ann…")).to_be_hidden()
    expect(menu.get_by_role("menuitem", name="Ban Ann…")).to_be_hidden()
    bob.page.keyboard.press("Escape")
    open_person(bob, "Ann")
    deeds = ["Mention", "Send direct message", "Report…"]
    expect(bob.page.locator("#menu > [role=menuitem]")).to_have_text(deeds)


def test_banned_from_the_site_is_told_so(server: ServerProcess, mine: str, new_visitor: NewVisitor) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    meet(ann, bob, mine)
    ban = (
        "from chat.permissions import SITE; from chat.services import bans;"
        " bans.ban_from_server(actor=SITE, fields={'name': 'Bob', 'reason': 'ads'})"
    )
    manage("shell", "--verbosity=0", "--command", ban, env=server.env)
    bob.is_told("You're banned from this site.")
    bob.cannot_write()
