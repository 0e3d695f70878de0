"""Commands in the message box: completed, carried out, and explained when they cannot be."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.support.server import ServerProcess


@pytest.fixture
def both(server: ServerProcess, new_visitor: NewVisitor) -> tuple[Visitor, Visitor, str]:
    """The owner of a room, and a member of it."""
    ann, bob, key = new_visitor(server.url), new_visitor(server.url), uuid.uuid4().hex[:6]
    room = ann.create_room(f"Commands {key}")
    ann.enter(room, f"Ann {key}")
    bob.enter(room, f"Bob {key}")
    return ann, bob, key


def test_commands_write_messages_and_paths_stay_paths(both: tuple[Visitor, Visitor, str]) -> None:
    ann, bob, _ = both
    for text in ("/me waves", "/me counts 2*3", "/shrug who knows", "/shrug", "/etc/hosts", "/menu"):
        ann.say(text)
    bob.reads("waves", "counts 2*3", "who knows ¯\\_(ツ)_/¯", "¯\\_(ツ)_/¯", "/etc/hosts", "/menu")
    expect(bob.page.locator(".message em")).to_have_text(["waves", "counts 2*3"])


def test_commands_are_completed_by_what_one_may_do(both: tuple[Visitor, Visitor, str]) -> None:
    ann, bob, _ = both
    options = "#suggestions [role=option] kbd"
    for visitor, names in ((ann, ["/me text", "/mute @name minutes reason"]), (bob, ["/me text"])):
        visitor.writing.press_sequentially("/m")
        expect(visitor.page.locator(options)).to_have_text(names)
        visitor.writing.press("Tab")
        expect(visitor.writing).to_have_value("/me ")


def test_topic_mute_and_invitation(both: tuple[Visitor, Visitor, str]) -> None:
    ann, bob, key = both
    ann.say("/topic All about roses")
    expect(bob.page.locator("#description")).to_have_text("All about roses")
    expect(ann.writing).to_have_value("")
    ann.say(f"/mute @bob {key} 10 too loud")
    bob.is_told("Reason: too loud")
    expect(ann.page.get_by_text(f"Bob {key} is muted")).to_be_visible()
    ann.writing.fill(f"/invite @Bob {key}")
    ann.page.evaluate("for (let i = 0; i < 2; i++) document.getElementById('composer').requestSubmit()")
    expect(ann.page.get_by_text("Invitation sent")).to_be_visible()
    expect(bob.page.locator("[data-talks] .count")).to_contain_text("1 unread message")
    ann.reads()
    ann.go(f"/direct/Bob {key}")
    expect(ann.page.locator(".message")).to_have_count(1)  # of both times Enter


def test_command_that_fails_says_why_and_stays(both: tuple[Visitor, Visitor, str]) -> None:
    ann, bob, key = both
    for visitor, text, why in (
        (ann, f"/mute @Bob {key} 5m", "the time must be in whole minutes"),
        (ann, f"/mute @Bob {key} -5 rude", "the time must be in whole minutes"),
        (ann, "/mute @nobody", "no member has this name now"),
        (ann, "/topic", "something is missing after the command"),
        (ann, "/me", "something is missing after the command"),
        (bob, "/topic mine", "only moderators can do that"),
    ):
        visitor.say(text)
        visitor.is_told(why)
        expect(visitor.writing).to_have_value(text)
    bob.writing.fill("")
    bob.page.locator("#messages").click()
    bob.page.keyboard.press("?")
    expect(bob.page.locator("#shortcuts .keys kbd").filter(has_text="/invite")).to_have_text("/invite @name")
    expect(bob.page.locator("#shortcuts .keys kbd").filter(has_text="/topic")).to_have_count(0)
