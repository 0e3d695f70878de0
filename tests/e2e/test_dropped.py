"""Dropped and pasted content: the page stays, and says what cannot be sent."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import program
from tests.support.server import ROOT, ServerProcess

TOLD = "Sending files isn't supported yet."
BARE_LINK = [{"mimeType": "text/uri-list", "data": "https://example.org/"}]
LINK = [*BARE_LINK, {"mimeType": "text/plain", "data": "https://example.org/"}]
TEXT = [{"mimeType": "text/plain", "data": "dropped words"}]

# A paste as programs make it: {type: text} and pictures.
PASTE = """(target, [texts, pictures]) => {
    const clipboardData = new DataTransfer();
    for (const [type, text] of Object.entries(texts)) clipboardData.setData(type, text);
    const picture = new File(["x"], "image.png", { type: "image/png" });
    for (let n = 0; n < pictures; n += 1) clipboardData.items.add(picture);
    const paste = { clipboardData, bubbles: true, cancelable: true };
    return target.dispatchEvent(new ClipboardEvent("paste", paste));
}"""

Place = Callable[[Visitor, ServerProcess, str], None]


def home(ann: Visitor, server: ServerProcess, room: str) -> None:
    ann.go("/")


def door(ann: Visitor, server: ServerProcess, room: str) -> None:
    ann.go(room)


def inside(ann: Visitor, server: ServerProcess, room: str) -> None:
    ann.enter(room, "Ann")


def conversation(ann: Visitor, server: ServerProcess, room: str) -> None:
    ann.enter(room, "Ann")
    with program(server.ws_url, room, "Carol"):
        ann.go("/direct/Carol")
        ann.is_connected()


def sign_in(ann: Visitor, server: ServerProcess, room: str) -> None:
    ann.go("/sign-in")


def drop(on: Locator, **data: Any) -> None:
    """Drop something from another program: `files`, or `items`."""
    on.scroll_into_view_if_needed()
    box = on.bounding_box()
    assert box
    browser = on.page.context.new_cdp_session(on.page)
    where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + min(20, box["height"] / 2)}
    dragged = {"items": [], "dragOperationsMask": 19, **data}
    for step in ("dragEnter", "dragOver", "drop"):
        browser.send("Input.dispatchDragEvent", {"type": step, **where, "data": dragged})
    browser.detach()


def told(ann: Visitor) -> Locator:
    return ann.page.get_by_role("status").filter(has_text=TOLD)


@pytest.mark.parametrize("place", [home, door, inside, conversation, sign_in])
def test_a_dropped_file_or_link_leads_nowhere(
    server: ServerProcess, room: str, new_visitor: NewVisitor, place: Place, tmp_path: Path
) -> None:
    ann = new_visitor(server.url)
    place(ann, server, room)
    here = ann.page.url
    left: list[str] = []
    ann.page.on("framenavigated", lambda frame: left.append(frame.url))
    picture = ROOT / "static/chat/favicon.svg"
    note = tmp_path / "note.txt"
    note.write_text("words in a file")
    for dropped in (picture, note):
        for on in (ann.page.locator("body"), ann.page.locator("input:not([type=hidden]), textarea").first):
            if on.is_visible():
                drop(on, files=[str(dropped)])
                expect(told(ann)).to_be_visible()
                ann.page.evaluate("() => { document.getElementById('told').textContent = ''; }")
    for items in (LINK, BARE_LINK, TEXT):
        drop(ann.page.locator("body"), items=items)
    ann.page.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    assert (ann.page.url, left) == (here, [])
    expect(told(ann)).to_have_count(0)


@pytest.mark.parametrize("allowed", [1, 2, 16], ids=["copied", "linked", "moved"])
def test_a_file_is_answered_however_it_may_be_dropped(
    server: ServerProcess, room: str, new_visitor: NewVisitor, allowed: int
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    for on in (ann.writing, ann.page.locator("#messages")):
        drop(on, files=[str(ROOT / "static/chat/favicon.svg")], dragOperationsMask=allowed)
        expect(told(ann)).to_be_visible()
        ann.page.evaluate("() => { document.getElementById('told').textContent = ''; }")
    expect(ann.page).to_have_url(f"{server.url}{room}")


def test_notice_is_shown_above_an_open_dialog(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.page.locator("#shortcuts-button").click()
    drop(ann.page.locator("#shortcuts h2").first, files=[str(ROOT / "static/chat/favicon.svg")])
    # The top layer has the dialog alone: what is outside it is covered, and not announced.
    expect(ann.page.locator("#shortcuts").get_by_role("status")).to_have_text(TOLD)
    expect(told(ann)).to_be_visible()
    ann.page.keyboard.press("Escape")
    drop(ann.page.locator("#messages"), files=[str(ROOT / "static/chat/favicon.svg")])
    expect(told(ann)).to_be_visible()


def test_dropped_text_goes_into_the_composer(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    drop(ann.writing, items=TEXT)
    expect(ann.writing).to_have_value("dropped words")
    ann.writing.fill("")
    drop(ann.writing, items=LINK)
    expect(ann.writing).to_have_value("https://example.org/")
    drop(ann.writing, items=BARE_LINK)
    ann.page.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    expect(ann.page).to_have_url(f"{server.url}{room}")
    expect(told(ann)).to_have_count(0)


def test_pasted_picture_is_refused_with_a_notice(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.writing.fill("words")
    for texts in ({}, {"text/html": "<img src=x>"}):
        assert not ann.writing.evaluate(PASTE, [texts, 1])
        expect(told(ann)).to_be_visible()
        ann.page.evaluate("() => { document.getElementById('told').textContent = ''; }")
    expect(ann.writing).to_have_value("words")
    assert ann.writing.evaluate(PASTE, [{"text/plain": "cells", "text/html": "<b>cells</b>"}, 1])
    assert ann.writing.evaluate(PASTE, [{"text/plain": "words"}, 0])
    ann.page.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    expect(told(ann)).to_have_count(0)


def test_clipboard_with_text_and_picture_pastes_the_text(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, permissions=["clipboard-read", "clipboard-write"])
    ann.enter(room, "Ann")
    copy = """async (kinds) => {
        const canvas = document.createElement("canvas");
        const picture = await new Promise((done) => canvas.toBlob(done));
        const all = { "text/plain": new Blob(["cells"], { type: "text/plain" }), "image/png": picture };
        const chosen = Object.fromEntries(kinds.map((kind) => [kind, all[kind]]));
        await navigator.clipboard.write([new ClipboardItem(chosen)]);
    }"""
    ann.page.evaluate(copy, ["text/plain", "image/png"])
    ann.writing.press("ControlOrMeta+v")
    expect(ann.writing).to_have_value("cells")
    expect(told(ann)).to_have_count(0)
    ann.page.evaluate(copy, ["image/png"])
    ann.writing.press("ControlOrMeta+v")
    expect(told(ann)).to_be_visible()
    expect(ann.writing).to_have_value("cells")
