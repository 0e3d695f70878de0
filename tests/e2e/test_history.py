"""Changes of messages, and messages from before the visitor joined."""

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.programs import ask, number, program
from tests.support.server import ServerProcess


def test_edits_reactions_and_deletions_show(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, where = new_visitor(server.url), number(room)
    ann.enter(room, "Ann")
    with program(server.ws_url, room, "Carol") as carol:
        ask(carol, type="send", room=where, text="helo")
        ask(carol, type="send", room=where, text="hello yourself", reply_to=1)
        ask(carol, type="edit", room=where, target=1, text="hello")
        ask(carol, type="react", room=where, target=1, emoji="👍")
        for text in ("live", "after a reload"):
            ann.reads("hello", "hello yourself")
            first, second = ann.page.locator(".message").all()
            expect(first.get_by_text("edited"), text).to_be_visible()
            expect(first.locator(".reactions button")).to_have_text("👍 1")
            expect(first.get_by_role("button", name="👍 1, by Carol")).to_have_attribute("title", "Carol")
            expect(second.locator(".quote")).to_have_text("Carol hello")
            expect(second.get_by_text("edited", exact=True)).to_be_hidden()
            ann.page.reload()
        ask(carol, type="react", room=where, target=1, emoji="👍", on=False)
        expect(first.locator(".reactions li")).to_have_count(0)
        ask(carol, type="delete", room=where, target=1)
        ann.reads("This message was deleted.", "hello yourself")
        expect(second.locator(".quote")).to_have_text("Original message was deleted")
        expect(first.get_by_text("edited")).to_be_hidden()


def test_the_page_says_who_is_typing(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    bob.page.get_by_label("Message", exact=True).press_sequentially("hi")
    expect(ann.page.get_by_text("Bob is typing…")).to_be_visible()
    expect(bob.page.get_by_text("is typing")).to_be_hidden()
    bob.page.keyboard.press("Enter")
    ann.reads("hi")
    expect(ann.page.get_by_text("is typing")).to_be_hidden()
