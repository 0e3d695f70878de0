"""Visitors in real browsers chat with each other."""

import json

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import PASSWORD
from tests.e2e.programs import ask, change_room, number, program, rooms_program
from tests.support.fixtures import StartServer
from tests.support.server import ServerProcess, manage

# What a page does each half hour, it does each second.


def test_two_talk_in_a_private_room_and_a_third_without_the_password_cannot(
    server: ServerProcess, new_visitor: NewVisitor
) -> None:
    ann, bob, eve = (new_visitor(server.url) for _ in range(3))
    room = ann.create_room("Team Blue", "private")
    ann.enter(room, "Ann")
    bob.enter(room, "Bob", PASSWORD)

    ann.say("Did you get in?")
    bob.reads("Did you get in?")
    bob.say("With the password you gave me.")
    for visitor in (ann, bob):
        visitor.reads("Did you get in?", "With the password you gave me.")
        visitor.sees_people("Ann", "Bob")

    eve.knock(room, "Eve", "wrong horse")
    eve.is_told("Wrong or missing password")
    eve.knock(room, "Eve", "correct horsf")
    eve.is_told("Wrong or missing password")
    expect(eve.page.get_by_label("Your name")).to_have_value("Eve")
    eve.go(room)
    expect(eve.messages).to_have_count(0)
    expect(eve.page.locator("#chat")).to_have_count(0)

    refusal = eve.page.evaluate(
        """room => new Promise(resolve => {
            const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws", "wschat.v1");
            socket.onmessage = ({ data }) => JSON.parse(data).id === 2 && resolve(JSON.parse(data));
            socket.onopen = () => {
                socket.send(JSON.stringify({ type: "hello", id: 1, name: "Eve" }));
                socket.send(JSON.stringify({ type: "join", id: 2, room, last: 100 }));
            };
        })""",
        number(room),
    )
    assert (refusal["type"], refusal["code"]) == ("error", 403)
    ann.sees_people("Ann", "Bob")


def test_list_counts_members(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    ann.enter(room, "Ann")
    bob.go("/")
    link = bob.page.locator(f"a[href='{room}']")
    expect(link.locator(".people")).to_have_text("1 online")
    link.click()
    bob.page.get_by_label("Your name").fill("ann")
    bob.page.get_by_role("button", name="Join").click()
    bob.is_told("This name is taken")
    bob.page.get_by_label("Your name").fill("Bob")
    bob.page.get_by_role("button", name="Join").click()
    ann.sees_people("Ann", "Bob")
    bob.leave()
    ann.sees_people("Ann")
    expect(bob.page).to_have_url(f"{server.url}/")


def test_newcomer_reads_history_also_after_the_back_button(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.page.get_by_label("Message", exact=True).press_sequentially("one")
    ann.page.keyboard.press("Shift+Enter")
    ann.page.keyboard.type("two")
    ann.page.keyboard.press("Enter")
    ann.say("three")
    ann.reads("one\ntwo", "three")
    bob.enter(room, "Bob")
    bob.reads("one\ntwo", "three")
    bob.page.get_by_role("link", name="All rooms").click()
    expect(bob.page.get_by_role("heading", name="Rooms", exact=True)).to_be_visible()
    bob.page.go_back()
    bob.is_connected()
    bob.reads("one\ntwo", "three")


def test_a_hidden_room_is_entered_by_its_title(server: ServerProcess, new_visitor: NewVisitor) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    ann.enter(ann.create_room("Secret garden", "hidden"), "Ann")
    bob.go("/")
    expect(bob.page.get_by_text("Secret garden")).to_have_count(0)
    bob.page.get_by_role("searchbox", name="Search rooms").fill("secret garden")
    bob.page.get_by_role("link", name="Open hidden room").click()
    bob.page.get_by_label("Your name").fill("Bob")
    bob.page.get_by_label("Room password").fill(PASSWORD)
    bob.page.get_by_role("button", name="Join").click()
    ann.sees_people("Ann", "Bob")


def test_open_pages_of_a_deleted_room_say_so(server: ServerProcess, new_visitor: NewVisitor) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    room = ann.create_room("Short-lived")
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    ways = [
        ann.page.get_by_role("link", name="Room settings"),
        *(visitor.page.get_by_role("button", name="Reports") for visitor in (ann, bob)),
    ]
    for way in ways:
        expect(way).to_be_visible()
    change_room(ann, "DELETE", room)
    for visitor in (ann, bob):
        visitor.is_told("This room has been deleted.")
        visitor.cannot_write()
    for way in ways:
        expect(way).to_be_hidden()
    expect(bob.page.locator("#state")).to_have_attribute("data-state", "ended")


def test_new_password_ends_open_pages_and_shows_the_join_form(
    server: ServerProcess, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    room = ann.create_room("Team Yellow", "private")
    bob.enter(room, "Bob", PASSWORD)
    change_room(ann, "PUT", room, title="Team Green", password="another horse")
    bob.is_told("Your access has expired")
    bob.cannot_write()
    bob.page.get_by_role("link", name="Join again").click()
    bob.is_told("Join again")
    bob.page.get_by_label("Room password").fill("another horse")
    bob.page.get_by_role("button", name="Join").click()
    bob.is_connected()
    expect(bob.page.get_by_role("heading", level=1)).to_have_text("Team Green")


@pytest.mark.timeout(120)
def test_an_open_page_survives_a_restart_and_shows_what_was_said_meanwhile(
    start_server: StartServer, new_visitor: NewVisitor
) -> None:
    server = start_server()
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    ann.enter("/room/1", "Ann")
    bob.enter("/room/1", "Bob")
    ann.say("before")
    bob.reads("before")
    server.kill()
    expect(ann.page.locator("#state")).to_have_attribute("data-state", "waiting")
    ann.say("written offline")
    expect(ann.page.get_by_text("1 message waiting to be sent")).to_be_visible()
    ann.reads("before")

    elsewhere = start_server()  # another process on the same data, which the browsers do not know
    with program(elsewhere.ws_url, "/room/1", "Carol") as carol:
        ask(carol, type="send", room=1, text="meanwhile")
    elsewhere.terminate()

    server.start()
    for visitor in (ann, bob):
        visitor.is_connected()
        visitor.reads("before", "meanwhile", "written offline")
    expect(ann.page.get_by_text("waiting to be sent")).to_be_hidden()
    ann.say("after")
    bob.reads("before", "meanwhile", "written offline", "after")


def test_a_lock_and_a_removed_message_show_on_open_pages(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.say("stays")
    ann.say("goes")
    ann.reads("stays", "goes")
    moderate = (
        "from chat.models import Room; from chat.permissions import Actor;"
        "from chat.services import messages, rooms;"
        f"room, staff = Room.objects.get(pk={number(room)}), Actor(staff=True);"
        "messages.delete_message(room=room, seq=2, actor=staff);"
        "rooms.set_locked(room=room, actor=staff, locked=%s)"
    )
    manage("shell", "--verbosity=0", "--command", moderate % True, env=server.env)
    ann.reads("stays", "This message was deleted.")
    ann.is_told("This room is locked")
    ann.cannot_write()
    ann.page.reload()
    ann.is_told("This room is locked")
    ann.reads("stays", "This message was deleted.")
    unlock = moderate.replace("messages.delete_message(room=room, seq=2, actor=staff);", "") % False
    manage("shell", "--verbosity=0", "--command", unlock, env=server.env)
    ann.say("open again")
    ann.reads("stays", "This message was deleted.", "open again")


def test_unverified_senders_are_marked(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    with rooms_program(server.ws_url, room, "Carol") as carol:
        carol.send(json.dumps({"event_type": "send", "name": "Carol", "msg": "I am Carol"}))
        ann.reads("I am Carol")
        ann.say("Are you?")
        ann.reads("I am Carol", "Are you?")
        expect(ann.page.locator(".message .unverified").nth(0)).to_be_visible()
        expect(ann.page.locator(".message .unverified").nth(1)).to_be_hidden()
    ann.sees_people("Ann")
