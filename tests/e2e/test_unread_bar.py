"""The bar above the messages of a room that has more unread ones than fit on the screen."""

import re

from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.test_actions import choose
from tests.e2e.test_list import first_in_sight, line, reads_sent, room_with, say_lines, scroll_to, the_list
from tests.e2e.test_unread import (
    come_back,
    entry,
    is_not_counted,
    is_read_up_to,
    last_in_sight,
    news,
    opens_at,
)
from tests.support.server import ServerProcess


def bar(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("group", name="Unread messages")


def press(visitor: Visitor, name: str) -> None:
    bar(visitor).get_by_role("button", name=name).click()


def test_the_bar_leads_to_the_end_and_back(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 30) as carol:
        ann.enter(room, "Ann")
        expect(bar(ann)).to_have_count(0)
        ann.go("/")
        say_lines(carol, room, 31, 100)
        come_back(ann, room)
        opens_at(ann, 31)
        expect(bar(ann)).to_contain_text(re.compile(r"70 new since \d?\d:\d\d"))
        the_list(ann).evaluate("list => list.scrollBy(0, 400)")
        place = first_in_sight(ann)
        press(ann, "Go to latest")
        expect(line(ann, 100)).to_be_in_viewport()
        press(ann, "Back to where I was")
        expect(line(ann, place)).to_be_in_viewport(ratio=1)
        expect(line(ann, 100)).not_to_be_in_viewport()
        press(ann, "70 new since")
        opens_at(ann, 31)
        ann.page.keyboard.press("Escape")
        expect(bar(ann)).to_have_count(0)
        assert ann.faults == []


def test_all_ways_to_the_end_lead_back(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 2) as carol:
        ann.enter(room, "Ann")
        ann.go("/")
        say_lines(carol, room, 3, 80)
        come_back(ann, room)
        opens_at(ann, 3)
        ann.page.keyboard.press("Alt+End")
        expect(line(ann, 80)).to_be_in_viewport()
        press(ann, "Back to where I was")
        expect(line(ann, 3)).to_be_in_viewport(ratio=1)
        ann.go_to_end()
        expect(line(ann, 80)).to_be_in_viewport()
        press(ann, "Back to where I was")
        expect(line(ann, 3)).to_be_in_viewport(ratio=1)
        ann.say("I read the first of these")
        expect(ann.messages.last).to_be_in_viewport()
        press(ann, "Back to where I was")
        expect(line(ann, 3)).to_be_in_viewport(ratio=1)


def test_the_bar_goes_when_all_is_read(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    sent = reads_sent(ann)
    with room_with(server, room, 2) as carol:
        ann.enter(room, "Ann")
        ann.go("/")
        say_lines(carol, room, 3, 4)
        come_back(ann, room)
        expect(line(ann, 4)).to_be_in_viewport(ratio=1)
        expect(bar(ann)).to_have_count(0)  # all of them fit on the screen
        ann.go("/")
        say_lines(carol, room, 5, 60)
        come_back(ann, room)
        expect(bar(ann)).to_contain_text("56 new since")
        seen = last_in_sight(ann)
        is_read_up_to(ann, sent, seen)  # what is below the screen is not read
        assert seen < 60
        scroll_to(ann, 1_000_000)
        is_read_up_to(ann, sent, 60)
        expect(bar(ann)).to_have_count(0)


def test_a_link_to_a_message_leaves_the_way_to_the_unread_ones(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 200) as carol:
        ann.enter(room, "Ann")
        expect(line(ann, 200)).to_be_in_viewport()
        ann.go("/")
        say_lines(carol, room, 201, 330)
        come_back(ann, f"{room}#m5")
        expect(line(ann, 5)).to_be_in_viewport()
        press(ann, r"100+ new messages")
        opens_at(ann, 201)
        ann.page.get_by_role("button", name="Hide unread bar").click()
        expect(bar(ann)).to_have_count(0)


def test_message_marked_as_unread_stays_so_while_one_looks(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    sent = reads_sent(ann)
    with room_with(server, room, 20) as carol:
        ann.enter(room, "Ann")
        is_read_up_to(ann, sent, 20)
        elsewhere = Visitor(ann.page.context.new_page(), server.url)
        elsewhere.enter("/room/1", "Ann")
        choose(ann, 18, "Mark as unread")
        expect(news(ann).locator(".text")).to_have_text("line 18")
        expect(entry(elsewhere, room)).to_contain_text("3 unread messages")
        say_lines(carol, room, 21, 21)
        expect(line(ann, 21)).to_be_in_viewport()
        assert sent[-1] == 17
        ann.go("/")
        expect(entry(ann, room)).to_contain_text("4 unread messages")
        come_back(ann, room)
        opens_at(ann, 18)
        is_read_up_to(ann, sent, 21)
        is_not_counted(entry(elsewhere, room))
        assert elsewhere.faults == []
