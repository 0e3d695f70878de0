"""A message that cannot be sent is shown with the reason, and delays no other."""

import json
from pathlib import Path

from playwright.sync_api import WebSocketRoute, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.programs import number
from tests.support.server import ServerProcess

HALF = "half \ud83d"  # of an emoji
WRITE = "(field, text) => { field.value = JSON.parse(text); }"
# What a page of an earlier version could not send, and left in the tab.
KEEP = """([room, texts]) => {
    const commands = JSON.parse(texts).map((text, n) => ({ type: "send", text, nonce: `n${n}`, room }));
    const kept = { value: JSON.stringify(commands), at: Date.now() };
    sessionStorage.setItem(`wschat:wschat unsent ${room} Ann`, JSON.stringify(kept));
}"""


def test_half_an_emoji_is_sent_and_the_next_message_too(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.writing.evaluate(WRITE, json.dumps(HALF))
    ann.writing.press("Enter")
    ann.say("whole")
    ann.reads("half \ufffd", "whole")
    ann.page.evaluate(KEEP, [number(room), json.dumps([HALF, "next"])])
    ann.page.reload()
    ann.reads("half \ufffd", "whole", "half \ufffd", "next")
    expect(ann.page.locator("#pending > li")).to_have_count(0)


def test_message_that_is_refused_without_an_id_is_shown_and_edited(
    server: ServerProcess, room: str, new_visitor: NewVisitor, tmp_path: Path
) -> None:
    ann = new_visitor(server.url)

    def meddle(socket: WebSocketRoute) -> None:
        there = socket.connect_to_server()

        def pass_on(text: str | bytes) -> None:
            refusal = {"type": "error", "id": None, "code": 303, "error": "Invalid JSON", "field": ""}
            if json.loads(text).get("text") == "bad":
                socket.send(json.dumps({**refusal, "detail": "not valid JSON", "retry": False}))
            else:
                there.send(text)

        socket.on_message(pass_on)

    ann.page.route_web_socket("**/ws", meddle)
    ann.enter(room, "Ann")
    ann.page.evaluate(KEEP, [number(room), json.dumps(["bad", "good"])])
    ann.page.reload()
    ann.reads("good")
    failed = ann.page.locator("#pending > li")
    expect(failed.get_by_role("alert")).to_have_text("Not sent: not valid JSON")
    ann.say("next")
    ann.reads("good", "next")
    ann.page.screenshot(path=tmp_path / "refused.png")
    failed.get_by_role("button", name="Edit").click()
    expect(ann.writing).to_have_value("bad")
    expect(ann.writing).to_be_focused()
    expect(failed).to_have_count(0)
    ann.writing.press_sequentially(" no more")
    ann.writing.press("Enter")
    ann.reads("good", "next", "bad no more")
    ann.page.reload()
    ann.reads("good", "next", "bad no more")
    expect(failed).to_have_count(0)


def test_newcomer_is_told_that_the_room_has_closed_to_newcomers(
    server: ServerProcess, room: str, new_visitor: NewVisitor, tmp_path: Path
) -> None:
    ann = new_visitor(server.url)
    closed = False

    def meddle(socket: WebSocketRoute) -> None:
        there = socket.connect_to_server()

        def pass_on(text: str | bytes) -> None:
            command = json.loads(text)
            if closed and command["type"] == "join":
                detail = "this room takes no newcomers until 2026-11-29 23:00 UTC: raid"
                refusal = {"type": "error", "id": command["id"], "code": 922, "error": "No newcomers"}
                told = {"field": "", "detail": detail, "retry": False, "retry_after": 600}
                socket.send(json.dumps(refusal | told))
            else:
                there.send(text)

        socket.on_message(pass_on)
        links.append(socket)

    links: list[WebSocketRoute] = []
    ann.page.route_web_socket("**/ws", meddle)
    ann.enter(room, "Ann")
    closed = True
    links.pop().close(code=1012)  # the network fails, and she comes back
    ann.is_told("No one new can join this room for now. Until ")
    ann.is_told("Reason: raid")
    ann.cannot_write()
    ann.page.screenshot(path=tmp_path / "newcomer.png")
    closed = False
    ann.page.get_by_role("alert").get_by_role("link", name="Try again").click()
    ann.is_connected()
