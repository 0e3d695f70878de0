"""Messages that wait for a moderator, as their senders and the moderators see them."""

import uuid

from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.test_posting import limit
from tests.e2e.test_reports import open_reports
from tests.support.server import ServerProcess


def waiting(visitor: Visitor) -> Locator:
    return visitor.page.locator(".unsent.held")


def make_room(server: ServerProcess, ann: Visitor) -> str:
    """A room of Ann's where newcomers' messages wait."""
    room = ann.create_room(f"Room {uuid.uuid4().hex[:8]}")
    ann.enter(room, "Ann")
    limit(server, room, approve_first=True)
    return room


def test_message_waits_over_a_reload_until_it_is_approved(
    server: ServerProcess, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    room = make_room(server, ann)
    bob.enter(room, "Bob")
    bob.say("first")
    bob.say("second")
    expect(waiting(bob)).to_have_count(2)
    expect(waiting(bob).first).to_contain_text("Waiting for a moderator")
    bob.page.reload()
    bob.is_connected()
    expect(waiting(bob)).to_have_count(2)
    entries = open_reports(ann)
    expect(entries).to_have_count(2)
    expect(entries.last).to_contain_text("Newcomer")
    expect(entries.last).to_contain_text("From Bob")
    expect(entries.last.locator(".reported")).to_have_text("first")
    entries.last.focus()
    ann.page.keyboard.press("a")
    expect(entries).to_have_count(1)
    bob.reads("first")
    expect(waiting(bob)).to_have_count(1)
    ann.page.keyboard.press("r")
    expect(entries).to_have_count(0)
    expect(bob.page.locator(".unsent.failed")).to_contain_text(
        "Not sent: a moderator has rejected this message"
    )
    bob.say("third")
    bob.reads("first", "third")


def test_what_was_decided_meanwhile_is_found_on_coming_back(
    server: ServerProcess, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    room = make_room(server, ann)
    bob.enter(room, "Bob")
    for text in ("first", "second"):
        bob.say(text)
    expect(waiting(bob)).to_have_count(2)
    address = bob.page.url
    bob.page.goto(server.url)
    entries = open_reports(ann)
    expect(entries).to_have_count(2)
    entries.last.focus()
    ann.page.keyboard.press("a")
    expect(entries).to_have_count(1)
    ann.page.keyboard.press("r")
    expect(entries).to_have_count(0)
    bob.page.goto(address)
    bob.reads("first")
    expect(waiting(bob)).to_have_count(0)
    expect(bob.page.locator(".unsent.failed")).to_contain_text("a moderator has rejected this message")


def test_message_waits_in_another_tab_too(server: ServerProcess, new_visitor: NewVisitor) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    room = make_room(server, ann)
    bob.enter(room, "Bob")
    bob.say("first")
    expect(waiting(bob)).to_have_count(1)
    other = bob.page.context.new_page()
    other.goto(bob.page.url)
    expect(other.locator(".unsent.held")).to_contain_text("first")
    entries = open_reports(ann)
    entries.last.focus()
    ann.page.keyboard.press("a")
    expect(entries).to_have_count(0)
    expect(other.locator(".unsent")).to_have_count(0)
    expect(other.locator("[data-seq]").filter(has_text="first")).to_have_count(1)
