"""Replies to one message, shown together."""

from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import ask, number, program
from tests.e2e.test_screens import PHONE
from tests.support.server import ServerProcess


def chip(visitor: Visitor, seq: int) -> Locator:
    return visitor.page.locator(f".message[data-seq='{seq}'] .replies")


def panel(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("region", name="Replies")


def test_replies_are_counted_and_shown_together(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    where = number(room)
    with program(server.ws_url, room, "Carol") as carol:
        ask(carol, type="send", room=where, text="**cake** or pie?")
        for text in ("cake", "pie"):
            ask(carol, type="send", room=where, text=text, reply_to=1)
        ask(carol, type="send", room=where, text="by the way")
        ann.enter(room, "Ann")
        expect(chip(ann, 1)).to_have_text("2 replies")
        expect(chip(ann, 4)).to_be_hidden()
        chip(ann, 1).click()
        words = panel(ann).locator(".words")
        expect(words).to_have_text(["cake or pie?", "cake", "pie"])
        ask(carol, type="send", room=where, text="both", reply_to=1)
        expect(words).to_have_text(["cake or pie?", "cake", "pie", "both"])
        expect(chip(ann, 1)).to_have_text("3 replies")
        ask(carol, type="edit", room=where, target=2, text="CAKE")
        ask(carol, type="delete", room=where, target=3)
        expect(words).to_have_text(["cake or pie?", "CAKE", "This message was deleted.", "both"])
        panel(ann).get_by_role("button", name="Reply", exact=True).click()
        ann.say("pie!")
        expect(words.last).to_have_text("pie!")
        expect(chip(ann, 1)).to_have_text("4 replies")
        panel(ann).get_by_role("button", name="Carol").first.click()
        expect(ann.page.get_by_role("menuitem", name="Send direct message")).to_be_visible()
        ann.page.keyboard.press("Escape")
        ann.page.reload()
        expect(chip(ann, 1)).to_have_text("4 replies")


def test_quote_of_a_short_message_has_the_whole_name(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with program(server.ws_url, room, "Carol Danvers") as carol:
        ask(carol, type="send", room=number(room), text="ok")
        ask(carol, type="send", room=number(room), text="fine", reply_to=1)
        ann.enter(room, "Ann")
        name = ann.page.locator(".quote .whose:not(:empty)")
        expect(name).to_have_text("Carol Danvers")
        assert name.evaluate("(element) => element.scrollWidth <= element.clientWidth")


def test_replies_to_an_old_message_are_found_on_a_phone(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, **PHONE)
    where = number(room)
    with program(server.ws_url, room, "Carol") as carol:
        ask(carol, type="send", room=where, text="old")
        for n in range(60):
            ask(carol, type="send", room=where, text=f"reply {n}", reply_to=1)
    ann.enter(room, "Ann")
    ann.page.locator(".message .quote").last.click()
    expect(chip(ann, 1)).to_have_text("60 replies")
    chip(ann, 1).click()
    expect(panel(ann).locator(".words")).to_have_count(51)
    panel(ann).get_by_role("button", name="Show more replies").click()
    expect(panel(ann).locator(".words")).to_have_count(61)
    panel(ann).get_by_role("button", name="reply 59").click()
    expect(panel(ann)).to_be_hidden()
    expect(ann.page.locator(".message .text").get_by_text("reply 59", exact=True)).to_be_in_viewport()
