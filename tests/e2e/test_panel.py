"""The panel: members, search, opening and closing."""

import json

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.programs import ask, number, program, rooms_program
from tests.support.server import ServerProcess

NARROW = {"viewport": {"width": 1000, "height": 700}}


def test_search_finds_marks_and_jumps(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann, where = new_visitor(server.url), number(room)
    with program(server.ws_url, room, "Carol") as carol:
        ask(carol, type="send", room=where, text="The first Whale of all")
        for n in range(130):
            ask(carol, type="send", room=where, text=f"whale {n}" if n % 3 == 0 else f"fish {n}")
        ann.enter(room, "Ann")
        ann.page.keyboard.press("Control+Shift+F")
        ann.page.keyboard.type("whale")
        ann.page.keyboard.press("Enter")
        hits = ann.page.locator("#search .hits li")
        expect(hits).to_have_count(20)
        expect(hits.first.locator("mark")).to_have_text("whale")
        expect(ann.page.get_by_text("Latest 20 messages")).to_be_visible()
        more = ann.page.get_by_role("button", name="Show earlier messages")
        more.click()
        expect(hits).to_have_count(40)
        more.click()
        expect(hits).to_have_count(45)
        expect(more).to_be_hidden()
        hits.last.locator(".to").click()
        expect(ann.page.locator("#rows [data-seq='1']")).to_be_focused()
        expect(ann.page.locator("#rows [data-seq='1']")).to_be_in_viewport()
        ann.page.get_by_label("Search in ").fill("octopus")
        ann.page.keyboard.press("Enter")
        expect(ann.page.get_by_text("No messages match “")).to_be_visible()
        expect(hits).to_have_count(0)


def test_the_panel_is_beside_the_messages_or_over_them(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    wide, narrow = new_visitor(server.url), new_visitor(server.url, **NARROW)
    wide.enter(room, "Ann")
    expect(wide.page.locator("#people")).to_be_visible()
    button = wide.page.get_by_role("button", name="Members")
    expect(button).to_have_attribute("aria-expanded", "true")
    button.click()
    expect(wide.page.locator("#people")).to_be_hidden()
    wide.page.reload()
    wide.is_connected()
    expect(wide.page.locator("#people")).to_be_hidden()  # the browser keeps the choice

    narrow.enter(room, "Bob")
    expect(narrow.page.locator("#panel")).to_be_hidden()
    search = narrow.page.get_by_role("button", name="Search", exact=True).first
    search.focus()
    search.press("Enter")
    expect(narrow.page.get_by_label("Search in ")).to_be_focused()
    narrow.page.keyboard.press("Escape")
    expect(narrow.page.locator("#panel")).to_be_hidden()
    expect(search).to_be_focused()
    narrow.open_panel("people")
    expect(narrow.page.get_by_role("heading", name="Members")).to_be_focused()


def test_members_have_a_menu(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    mine = ann.create_room("Of Ann " + room.rpartition("/")[2])
    ann.enter(mine, "Ann")
    bob.enter(mine, "Bob")
    with rooms_program(server.ws_url, mine, "Zed") as zed:
        zed.send(json.dumps({"event_type": "send", "name": "Zed", "msg": "hi"}))
        ann.sees_people("Ann", "Bob", "Zed")
        people = ann.page.locator("#people .one")
        expect(people.nth(0).get_by_text("you")).to_be_visible()
        people.nth(0).get_by_role("button").click()
        expect(ann.page.get_by_role("menuitem")).to_have_text(["Change name or colour"])
        ann.page.keyboard.press("Escape")
        expect(people.nth(2).get_by_text("unverified")).to_be_visible()
        people.nth(1).get_by_role("button").click()
        link = ann.page.get_by_role("menuitem", name="Send direct message")
        expect(link).to_have_attribute("href", "/direct/Bob")
        ann.page.get_by_role("menuitem", name="Mute Bob…").click()
        ann.page.get_by_role("menuitem", name="Mute for 1 hour").click()
        expect(ann.page.get_by_text("Bob is muted")).to_be_visible()
        expect(people.nth(1).get_by_text("muted until")).to_be_visible()
        ann.page.reload()
        expect(people.nth(1).get_by_text("muted")).to_be_visible()
        people.nth(1).get_by_role("button").click()
        ann.page.get_by_role("menuitem", name="Unmute Bob").click()
        expect(ann.page.get_by_text("Bob is no longer muted")).to_be_visible()
        expect(people.nth(1).get_by_text("muted")).to_be_hidden()
        bob.page.locator("#people .one").nth(0).get_by_role("button").click()
        deeds = ["Mention", "Send direct message", "Report…"]
        expect(bob.page.locator("#menu > [role=menuitem]")).to_have_text(deeds)


def test_owner_makes_a_member_moderator_who_is_told(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    mine = ann.create_room("With help " + room.rpartition("/")[2])
    ann.enter(mine, "Ann")
    bob.enter(mine, "Bob")
    people = bob.page.locator("#people .one")
    expect(people.nth(0).get_by_text("Owner")).to_be_visible()
    expect(people.nth(1).get_by_text("Moderator")).to_be_hidden()
    ann.sees_people("Ann", "Bob")
    ann.page.locator("#people .one").nth(1).get_by_role("button").click()
    ann.page.get_by_role("menuitem", name="Make moderator").click()
    expect(ann.page.get_by_text("Bob is now a moderator")).to_be_visible()
    expect(bob.page.get_by_text("You are now a moderator of this room.")).to_be_visible()
    expect(people.nth(1).get_by_text("Moderator")).to_be_visible()
    people.nth(0).get_by_role("button").click()
    deeds = ["Mention", "Send direct message", "Report…"]
    expect(bob.page.locator("#menu > [role=menuitem]")).to_have_text(deeds)
    bob.page.keyboard.press("Escape")
    ann.page.locator("#people .one").nth(1).get_by_role("button").click()
    ann.page.get_by_role("menuitem", name="Remove as moderator").click()
    expect(bob.page.get_by_text("You are no longer a moderator of this room.")).to_be_visible()
    expect(people.nth(1).get_by_text("Moderator")).to_be_hidden()


def test_members_of_a_large_room_are_loaded_when_in_sight(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.page.add_init_script(
        """const { parse } = JSON;
        JSON.parse = (text) => {
            const frame = parse(text);
            if (frame.people) frame.people += 700;
            return frame;
        };"""
    )
    ann.enter(room, "Ann")
    bar = ann.page.locator("#people-button [data-people-count]")
    expect(bar).to_have_text("1")  # of 701: the others are in sight, and asked for


def test_status_strip_shows_problems(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    state = ann.page.locator("#state")
    expect(state).to_have_text("Connected.")
    assert state.evaluate("each => getComputedStyle(each).clipPath") != "none"
