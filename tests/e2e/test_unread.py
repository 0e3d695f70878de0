"""Unread messages: where a page opens, what counts as read, and which badges show it."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import ask, number, program
from tests.e2e.test_direct import AWAY, talk
from tests.e2e.test_list import DRAWN, line, reads_sent, room_with, say_lines, the_list
from tests.e2e.test_screens import PHONE
from tests.support.proxy import FaultProxy
from tests.support.server import ServerProcess

NEW = re.compile(r"^\s*\d+ new messages?\s*$")


@pytest.fixture
def proxy(server: ServerProcess) -> Iterator[FaultProxy]:
    """Between the browser and the server."""
    with FaultProxy(server.port) as proxy:
        yield proxy


def come_back(ann: Visitor, room: str) -> None:
    ann.go(room)
    ann.is_connected()


def entry(visitor: Visitor, room: str) -> Locator:
    """The room's link in the list beside the chat, or on the page with all rooms."""
    return visitor.page.locator(f"a[data-room='{number(room)}']")


def is_not_counted(link: Locator) -> None:
    expect(link).to_be_visible()
    expect(link.locator(".count")).to_have_count(0)
    expect(link).not_to_have_class(re.compile("unread"))


def news(visitor: Visitor) -> Locator:
    """The message below the line."""
    return visitor.page.locator(".message", has=visitor.page.locator(".news:visible"))


def opens_at(visitor: Visitor, n: int) -> None:
    """The first unread line is in sight, with the line above it."""
    expect(news(visitor).locator(".text")).to_have_text(f"line {n}")
    expect(news(visitor).locator(".news")).to_be_in_viewport(ratio=1)
    expect(line(visitor, n)).to_be_in_viewport(ratio=1)


def button(visitor: Visitor) -> Locator:
    return visitor.page.locator("#to-end")


def last_in_sight(visitor: Visitor) -> int:
    text = the_list(visitor).evaluate("""list => {
        const { bottom } = list.getBoundingClientRect();
        const rows = [...list.querySelectorAll(".message")];
        const row = rows.findLast((each) => each.getBoundingClientRect().bottom <= bottom + 1);
        return row.querySelector(".text").textContent;
    }""")
    return int(str(text).removeprefix("line "))


def until(visitor: Visitor, holds: Callable[[], Any]) -> None:
    for _ in range(500):
        if holds():
            return
        visitor.page.wait_for_timeout(20)
    raise AssertionError


def rooms_joined(visitor: Visitor) -> list[int]:
    """The rooms that the page joins from now on; the list grows."""
    joined: list[int] = []

    def note(frame: Any) -> None:
        command = json.loads(frame)
        if command["type"] == "join":
            joined.append(command["room"])

    visitor.page.on("websocket", lambda socket: socket.on("framesent", note))
    return joined


def is_read_up_to(visitor: Visitor, sent: list[int], seq: int) -> None:
    until(visitor, lambda: sent and sent[-1] >= seq)
    assert sent[-1] == seq


def test_a_newcomer_has_nothing_unread_and_begins_at_the_end(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, java_script_enabled=False)
    with room_with(server, room, 75):
        ann.knock(room, "Ann")
        is_not_counted(entry(ann, room))
        ann.go("/")
        is_not_counted(entry(ann, room))
        bob = new_visitor(server.url)
        bob.enter(room, "Bob")
        expect(line(bob, 75)).to_be_in_viewport()
        expect(news(bob)).to_have_count(0)
        is_not_counted(entry(bob, room))


def test_the_open_room_is_not_counted_while_others_are(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 3) as carol:
        ann.enter(room, "Ann")
        ann.enter("/room/1", "Ann")
        say_lines(carol, room, 4, 80)
        ann.page.reload()
        expect(entry(ann, room)).to_contain_text("77 unread messages")
        come_back(ann, room)
        opens_at(ann, 4)
        is_not_counted(entry(ann, room))
        the_list(ann).evaluate("list => list.scrollTo(0, 0)")
        say_lines(carol, room, 81, 82)
        expect(button(ann)).to_have_text(NEW)
        ann.page.evaluate(AWAY, True)
        say_lines(carol, room, 83, 84)
        ann.page.evaluate(AWAY, False)
        is_not_counted(entry(ann, room))


def test_a_room_that_is_read_in_one_tab_loses_its_badge_in_the_others(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 1) as carol:
        ann.enter(room, "Ann")
        ann.enter("/room/1", "Ann")
        joined = rooms_joined(ann)
        say_lines(carol, room, 2, 5)
        ann.page.reload()
        ann.is_connected()
        expect(entry(ann, room)).to_contain_text("4 unread messages")
        second = Visitor(ann.page.context.new_page(), server.url)
        come_back(second, room)
        expect(line(second, 5)).to_be_in_viewport()
        is_not_counted(entry(ann, room))
        say_lines(carol, room, 6, 6)  # and the first tab is not in that room for it
        expect(line(second, 6)).to_be_in_viewport()
        is_not_counted(entry(ann, room))
        expect(ann.page.locator("[data-talks] a")).to_have_count(0)
        assert joined == [1]
        assert second.faults == []


def test_an_open_conversation_is_not_counted_whoever_began_it(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    with program(server.ws_url, room, "Carol") as carol:
        ann.go("/direct/Carol")
        ann.is_connected()
        title = ann.page.title()
        where = ask(carol, type="direct", to="Ann")["room"]
        for n in range(1, 61):
            ask(carol, type="send", room=where, text=f"line {n}")
        expect(line(ann, 60)).to_be_in_viewport()
        is_not_counted(talk(ann, "Carol"))
        expect(talk(ann, "Carol")).to_have_attribute("aria-current", "page")
        expect(ann.page).to_have_title(title)
        ann.go(room)
        ann.is_connected()
        for n in range(61, 101):
            ask(carol, type="send", room=where, text=f"line {n}")
        expect(talk(ann, "Carol")).to_contain_text("40 unread messages")
        ann.go("/direct/Carol")
        ann.is_connected()
        opens_at(ann, 61)
        is_not_counted(talk(ann, "Carol"))
        expect(ann.page).to_have_title(title)


def test_a_room_opens_at_the_first_unread_message_and_is_read_as_it_is_seen(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    sent = reads_sent(ann)
    with room_with(server, room, 30) as carol:
        ann.enter(room, "Ann")
        expect(line(ann, 30)).to_be_in_viewport()
        ann.go("/")
        say_lines(carol, room, 31, 100)
        come_back(ann, room)
        opens_at(ann, 31)
        expect(line(ann, 100)).not_to_be_in_viewport()
        seen = last_in_sight(ann)
        assert 31 <= seen < 70
        is_read_up_to(ann, sent, seen)
        expect(button(ann)).to_have_text(f"{100 - seen} new messages")
        the_list(ann).evaluate("list => list.scrollBy(0, 300)")
        ann.page.evaluate(DRAWN)
        more = last_in_sight(ann)
        assert more > seen
        is_read_up_to(ann, sent, more)
        expect(button(ann)).to_have_text(f"{100 - more} new messages")
        the_list(ann).evaluate("list => list.scrollTo(0, 0)")
        ann.go("/")
        expect(entry(ann, room)).to_contain_text(f"{100 - more} unread messages")
        come_back(ann, room)
        opens_at(ann, more + 1)
        ann.page.reload()
        ann.is_connected()
        button(ann).click()
        expect(line(ann, 100)).to_be_in_viewport()
        is_read_up_to(ann, sent, 100)
    with program(server.ws_url, room, "Dave") as dave:  # Carol has read nothing for long
        say_lines(dave, room, 101, 103)
        expect(line(ann, 103)).to_be_in_viewport(ratio=1)
        is_read_up_to(ann, sent, 103)
        assert sorted(sent) == sent


def test_what_is_read_last_is_told_though_the_page_goes_at_once(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 1) as carol:
        ann.enter(room, "Ann")
        ann.go("/")
        say_lines(carol, room, 2, 80)
        come_back(ann, room)
        opens_at(ann, 2)
        button(ann).click()
        expect(line(ann, 80)).to_be_in_viewport()
        ann.go("/")
        expect(entry(ann, room).locator(".count")).to_have_count(0, timeout=20_000)


def test_hundreds_of_unread_messages_open_at_the_first(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    sent = reads_sent(ann)
    with room_with(server, room, 130) as carol:
        ann.enter(room, "Ann")
        expect(line(ann, 130)).to_be_in_viewport()
        ann.go("/")
        say_lines(carol, room, 131, 1500)
        come_back(ann, room)
        opens_at(ann, 131)
        is_read_up_to(ann, sent, last_in_sight(ann))
        expect(button(ann)).to_have_text("99+ new messages")
        expect(line(ann, 130)).to_be_attached()
        button(ann).click()
        expect(line(ann, 1500)).to_be_in_viewport()
        is_read_up_to(ann, sent, 1500)


def test_few_unread_messages_are_read_once_they_are_on_the_screen(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    sent = reads_sent(ann)
    with room_with(server, room, 2) as carol:
        ann.enter(room, "Ann")
        ann.go("/")
        say_lines(carol, room, 3, 5)
        come_back(ann, room)
        opens_at(ann, 3)
        expect(line(ann, 5)).to_be_in_viewport()
        expect(button(ann)).to_be_hidden()
        is_read_up_to(ann, sent, 5)


def test_deleted_messages_own_ones_and_reactions_are_not_the_first_unread_one(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, where = new_visitor(server.url), number(room)
    with room_with(server, room, 5) as carol:
        ann.enter(room, "Ann")
        expect(line(ann, 5)).to_be_in_viewport()
        ann.go("/")
        say_lines(carol, room, 6, 180)
        for target in range(6, 172):
            ask(carol, type="delete", room=where, target=target)
        ask(carol, type="react", room=where, target=5, emoji="👍")
        ask(carol, type="edit", room=where, target=4, text="another")
        come_back(ann, room)
        opens_at(ann, 172)
        ask(carol, type="delete", room=where, target=172)
        opens_at(ann, 173)


def test_a_room_entered_while_it_was_empty_begins_with_its_first_message(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.go("/")
    with room_with(server, room, 120):
        ann.go("/")
        expect(entry(ann, room)).to_contain_text("more than 99 unread messages")
        come_back(ann, room)
        opens_at(ann, 1)


def test_an_address_goes_before_what_is_unread_and_skips_nothing(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    sent = reads_sent(ann)
    with room_with(server, room, 20) as carol:
        ann.enter(room, "Ann")
        expect(line(ann, 20)).to_be_in_viewport()
        ann.go("/")
        say_lines(carol, room, 21, 400)
        del sent[:]
        for seq in (5, 200):
            ann.go("/")
            ann.go(f"{room}#m{seq}")
            expect(ann.page.locator(f"[data-seq='{seq}']")).to_be_focused()
            expect(line(ann, seq)).to_be_in_viewport()
            is_not_counted(entry(ann, room))
        the_list(ann).evaluate("list => list.scrollBy(0, 200)")
        ann.page.evaluate(DRAWN)
        ann.go("/")
        expect(entry(ann, room)).to_contain_text("99+")
        assert [seq for seq in sent if seq > 40] == []
        come_back(ann, room)
        expect(news(ann)).to_be_in_viewport()


def test_a_tall_message_is_read_once_it_filled_the_screen(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, where = new_visitor(server.url), number(room)
    sent = reads_sent(ann)
    with room_with(server, room, 40) as carol:
        ann.enter(room, "Ann")
        expect(line(ann, 40)).to_be_in_viewport()
        ann.go("/")
        ask(carol, type="send", room=where, text="tall\n" * 120)
        ask(carol, type="send", room=where, text="line 42")
        come_back(ann, room)
        expect(news(ann).locator(".news")).to_be_in_viewport(ratio=1)
        expect(button(ann)).to_have_text("2 new messages")
        the_list(ann).hover()
        ann.page.mouse.wheel(0, 400)
        expect(button(ann)).to_have_text("1 new message")
        is_read_up_to(ann, sent, 41)


def test_what_comes_while_the_tab_is_hidden_is_unread_until_it_is_seen(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    sent = reads_sent(ann)
    with room_with(server, room, 40) as carol:
        ann.enter(room, "Ann")
        expect(line(ann, 40)).to_be_in_viewport()
        ann.page.evaluate(AWAY, True)
        say_lines(carol, room, 41, 110)
        expect(ann.page).to_have_title(re.compile(r"^\(70\) "))
        assert [seq for seq in sent if seq > 40] == []
        ann.page.evaluate(AWAY, False)
        opens_at(ann, 41)
        seen = last_in_sight(ann)
        is_read_up_to(ann, sent, seen)
        expect(button(ann)).to_have_text(f"{110 - seen} new messages")
        button(ann).click()
        is_read_up_to(ann, sent, 110)
        ann.page.evaluate(AWAY, True)
        say_lines(carol, room, 111, 112)
        expect(ann.page).to_have_title(re.compile(r"^\(2\) "))
        ann.page.evaluate(AWAY, False)
        expect(line(ann, 112)).to_be_in_viewport(ratio=1)
        opens_at(ann, 111)
        is_read_up_to(ann, sent, 112)


def test_what_comes_while_the_connection_is_lost_is_unread_until_it_is_seen(
    server: ServerProcess, proxy: FaultProxy, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(proxy.url)
    with room_with(server, room, 40) as carol:
        ann.enter(room, "Ann")
        expect(line(ann, 40)).to_be_in_viewport()
        proxy.refusing = True
        proxy.cut()
        expect(ann.page.locator("#state")).to_have_attribute("data-state", "waiting")
        say_lines(carol, room, 41, 110)
        proxy.refusing = False
        ann.is_connected()
        opens_at(ann, 41)
        expect(button(ann)).to_have_text(f"{110 - last_in_sight(ann)} new messages")
        say_lines(carol, room, 111, 111)
        opens_at(ann, 41)


@pytest.mark.parametrize("over", ["people", "sidebar"])
def test_what_comes_while_something_lies_over_the_messages_is_unread_until_it_is_seen(
    server: ServerProcess, room: str, new_visitor: NewVisitor, over: str
) -> None:
    ann = new_visitor(server.url, **PHONE)
    sent = reads_sent(ann)
    with room_with(server, room, 40) as carol:
        ann.enter(room, "Ann")
        is_read_up_to(ann, sent, 40)
        if over == "people":
            ann.open_panel(over)
        else:
            ann.page.locator("#sidebar-button").click()
        ann.page.evaluate(DRAWN)
        say_lines(carol, room, 41, 110)
        expect(line(ann, 110)).to_be_in_viewport()  # below what lies over it
        ann.page.evaluate(DRAWN)
        assert sent[-1] == 40
        if over == "people":
            ann.page.locator("#people [data-close]").click()
        else:
            ann.page.touchscreen.tap(380, 400)
        opens_at(ann, 41)
        seen = last_in_sight(ann)
        is_read_up_to(ann, sent, seen)
        expect(button(ann)).to_have_text(f"{110 - seen} new messages")
