"""The layout with hostile text and on small screens."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.programs import change_room
from tests.support.server import ServerProcess

HOSTILE = ("<img src=x onerror=alert(1)>", "javascript:alert(1)//'\"--></script><script>alert(1)</script>")
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SMALL_PHONE = PHONE | {"viewport": {"width": 360, "height": 640}}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_shown_as_text(server: ServerProcess, new_visitor: NewVisitor, hostile: str) -> None:
    words = hostile[:50]
    ann, zoe = new_visitor(server.url), new_visitor(server.url)
    room = ann.create_room(hostile, description=hostile)
    ann.enter(room, words)
    zoe.enter(room, "Zoe")
    ann.say(hostile)
    zoe.reads(hostile)
    zoe.sees_people(words, "Zoe")
    expect(zoe.page.get_by_role("heading", level=1)).to_have_text(hostile)
    expect(zoe.page.locator("#description")).to_have_text(hostile)
    change_room(ann, "PUT", room, title=f"{hostile} 2", description=words)
    expect(zoe.page.get_by_role("heading", level=1)).to_have_text(f"{hostile} 2")
    zoe.go("/")
    expect(zoe.page.locator(f".room[href='{room}']")).to_contain_text(f"{hostile} 2")
    for visitor in (ann, zoe):
        assert visitor.page.locator("img[src=x], main script, #chat script").count() == 0


@pytest.mark.parametrize("screen", [PHONE, SMALL_PHONE], ids=["phone", "small phone"])
def test_a_phone_needs_no_sideways_scrolling(
    server: ServerProcess, new_visitor: NewVisitor, screen: dict[str, Any]
) -> None:
    ann = new_visitor(server.url, **screen)
    room = ann.create_room(f"{screen['viewport']['width']}" + "W" * 67, "private", "m" * 70)
    ann.go("/")
    assert ann.fits_the_width()
    ann.go(room)
    assert ann.fits_the_width()
    ann.enter(room, "N" * 50)
    ann.say("w" * 300)
    ann.say("short")
    ann.reads("w" * 300, "short")
    assert ann.fits_the_width()
    expect(ann.page.get_by_text("short", exact=True)).to_be_in_viewport()
    expect(ann.page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)
    ann.open_panel("people")
    expect(ann.page.locator("#people .name")).to_be_visible()
    assert ann.fits_the_width()
    small = ann.page.evaluate(
        """[...document.querySelectorAll("a, button, textarea")]
            .filter(element => element.checkVisibility() && element.getBoundingClientRect().height < 44)
            .map(element => element.outerHTML)"""
    )
    assert small == []


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
def test_long_names_stay_inside_the_sidebar_and_the_room(
    server: ServerProcess, new_visitor: NewVisitor, screen: dict[str, Any]
) -> None:
    ann = new_visitor(server.url, **screen)
    ann.enter(ann.create_room("W" * 60 + str(len(screen))), "N" * 49 + str(len(screen)))
    if screen:
        ann.page.locator("#sidebar-button").click()
    sticks_out = """(parent) => [...parent.querySelectorAll("*")].filter((element) => {
        const [inner, outer] = [element, parent].map((each) => each.getBoundingClientRect());
        return element.checkVisibility() && (inner.left < outer.left || inner.right > outer.right);
    }).map(({ outerHTML }) => outerHTML)"""
    assert ann.page.locator("#sidebar").evaluate(sticks_out) == []
    head = ann.page.locator("#earlier")
    assert head.evaluate("(head) => head.querySelector('.first').offsetHeight <= head.offsetHeight")


def test_new_messages_do_not_disturb_reading_above(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url, **PHONE), new_visitor(server.url)
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    for line in range(30):
        bob.say(f"line {line}")
    expect(ann.page.get_by_text("line 29", exact=True)).to_be_in_viewport()
    ann.page.locator("#messages").evaluate("list => list.scrollTo(0, 0)")
    expect(ann.page.get_by_text("line 0", exact=True)).to_be_in_viewport()
    bob.say("news")
    ann.page.get_by_role("button", name="1 new message").click()
    expect(ann.page.get_by_text("news", exact=True)).to_be_in_viewport()
    expect(ann.page.locator("#to-end")).to_be_hidden()


def test_text_of_twice_the_size_fits_a_phone(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, **PHONE)
    ann.page.add_init_script(
        'addEventListener("DOMContentLoaded", () => (document.documentElement.style.fontSize = "200%"));'
    )
    ann.enter(room, "Ann")
    for line in range(12):
        ann.say(f"line {line}")
    expect(ann.page.get_by_text("line 11", exact=True)).to_be_in_viewport()
    ann.page.locator("#messages").evaluate("list => list.scrollTo(0, 0)")
    for name in ("Go to latest messages", "Send", "About this room"):
        expect(ann.page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    assert ann.fits_the_width()
    ann.page.get_by_role("button", name="About this room").click()
    for name in ("Members", "Search"):
        expect(ann.page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    assert ann.fits_the_width()
