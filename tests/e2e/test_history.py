"""What becomes of messages after they were said, and those of before one came."""

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
            expect(first.locator(".reactions li")).to_have_text("👍")
            expect(first.locator(".reactions li")).to_have_attribute("title", "Carol")
            expect(second.locator(".quote")).to_have_text("Carol hello")
            expect(second.get_by_text("edited", exact=True)).to_be_hidden()
            ann.page.reload()
        ask(carol, type="react", room=where, target=1, emoji="👍", on=False)
        expect(first.locator(".reactions li")).to_have_count(0)
        ask(carol, type="delete", room=where, target=1)
        ann.reads("This message was removed.", "hello yourself")
        expect(second.locator(".quote")).to_be_hidden()
        expect(first.get_by_text("edited")).to_be_hidden()


def test_scrolling_up_brings_earlier_messages_and_keeps_the_place(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, where = new_visitor(server.url), number(room)
    with program(server.ws_url, room, "Carol") as carol:
        for n in range(120):
            ask(carol, type="send", room=where, text=f"line {n}")
        ann.enter(room, "Ann")
        expect(ann.page.get_by_text("line 119", exact=True)).to_be_in_viewport()
        expect(ann.page.get_by_text("line 70", exact=True)).to_have_count(1)
        expect(ann.page.get_by_text("line 69", exact=True)).to_have_count(0)
        offset = """list => {
            list.scrollTo(0, 40);
            const lines = [...list.querySelectorAll(".text")];
            const line = lines.find(({ textContent }) => textContent === "line 72");
            const top = () => Math.round(line.getBoundingClientRect().top);
            const before = top();
            return new Promise((resolve) => new MutationObserver(() => requestAnimationFrame(
                () => requestAnimationFrame(() => resolve([before, top()]))
            )).observe(list, { childList: true }));
        }"""
        before, after = ann.page.locator("#messages").evaluate(offset)
        assert abs(after - before) <= 1
        expect(ann.page.get_by_text("line 20", exact=True)).to_have_count(1)
        ask(carol, type="edit", room=where, target=21, text="line 20 changed")
        expect(ann.page.get_by_text("line 20 changed", exact=True)).to_have_count(1)
        ann.page.locator("#messages").evaluate("list => list.scrollTo(0, 0)")
        expect(ann.page.get_by_text("line 0", exact=True)).to_have_count(1)
        expect(ann.page.get_by_text("Earlier messages")).to_be_hidden()
        texts = [f"line {n}" for n in range(120)]
        texts[20] = "line 20 changed"
        ann.reads(*texts)


def test_the_page_says_who_is_typing(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    bob.page.get_by_label("Message", exact=True).press_sequentially("hi")
    expect(ann.page.get_by_text("Bob is typing …")).to_be_visible()
    expect(bob.page.get_by_text("is typing")).to_be_hidden()
    bob.page.keyboard.press("Enter")
    ann.reads("hi")
    expect(ann.page.get_by_text("is typing")).to_be_hidden()
