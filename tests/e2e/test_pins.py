"""Pinned messages: who can pin them, and where they are shown."""

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.test_actions import choose, message, open_menu
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
