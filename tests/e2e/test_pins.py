"""Pinned messages: who can pin them, and where they are shown."""

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.test_actions import choose, message, open_menu
from tests.e2e.test_posting import limit, pace_of
from tests.support.server import ServerProcess


def test_moderator_pins_and_all_members_see_it(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    mine = ann.create_room("Pins " + room.rpartition("/")[2])
    ann.enter(mine, "Ann")
    bob.enter(mine, "Bob")
    bob.say("at three o'clock")
    bob.say("or four")
    ann.reads("at three o'clock", "or four")
    expect(open_menu(bob, 1).get_by_role("menuitem", name="Pin")).to_have_count(0)
    bob.page.keyboard.press("Escape")

    choose(ann, 1, "Pin")
    expect(ann.page.get_by_text("Message pinned")).to_be_visible()
    choose(ann, 2, "Pin")
    for visitor in (ann, bob):
        expect(message(visitor, 1).locator(".pinned")).to_have_count(1)
        visitor.page.get_by_role("button", name="Pinned messages").click()
        hits = visitor.page.locator("#pins .hits .words")
        expect(hits).to_have_text(["or four", "at three o'clock"])
    bob.page.locator("#pins .hits .to").last.click()
    expect(message(bob, 1)).to_be_focused()

    choose(ann, 2, "Unpin")
    for visitor in (ann, bob):  # while the panel is open, too
        expect(visitor.page.locator("#pins .hits .words")).to_have_text(["at three o'clock"])
    choose(ann, 1, "Unpin")
    expect(ann.page.get_by_text("No pinned messages yet.")).to_be_visible()


def test_menu_has_no_pin_and_composer_no_room_for_those_who_may_not(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    """The room chooses who pins and who mentions everyone; open pages follow at once."""
    bob = new_visitor(server.url)
    bob.enter(room, "Bob")
    bob.say("at three o'clock")
    bob.reads("at three o'clock")
    pin = bob.page.get_by_role("menuitem", name="Pin", exact=True)
    all_here = bob.page.get_by_role("option").filter(has_text="here")
    bob.writing.press_sequentially("@he")
    expect(all_here).to_be_visible()  # the room is small
    bob.writing.fill("")
    open_menu(bob, 1)
    expect(pin).to_have_count(0)
    bob.page.keyboard.press("Escape")

    limit(server, room, who_can_pin="everyone", who_can_mention_all="moderators", slow_seconds=5)
    expect(pace_of(bob)).to_be_visible()
    choose(bob, 1, "Pin")
    expect(message(bob, 1).locator(".pinned")).to_have_count(1)
    bob.writing.press_sequentially("@he")
    expect(all_here).to_have_count(0)
    bob.writing.fill("")

    limit(server, room, who_can_pin="owner", who_can_mention_all="everyone", slow_seconds=0)
    expect(pace_of(bob)).to_be_hidden()
    bob.writing.press_sequentially("@he")
    expect(all_here).to_be_visible()
    bob.writing.fill("")
    expect(open_menu(bob, 1).get_by_role("menuitem", name="Unpin")).to_have_count(0)
