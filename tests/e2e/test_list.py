"""The message list: any length, a stable scroll position, the keyboard, links to messages."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, expect
from websockets.sync.client import ClientConnection

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import ask, number, program
from tests.support.server import ServerProcess

# What happened is on the page.
DRAWN = """new Promise((drawn) => {
    const wait = (frames) => (frames ? requestAnimationFrame(() => wait(frames - 1)) : drawn());
    wait(3);
})"""
# How far down a line is, frame by frame, for so long; first of all the list may be scrolled.
WATCH = """(list, [text, by, milliseconds]) => new Promise((resolve) => {
    const line = [...list.querySelectorAll(".text")].find((each) => each.textContent === text);
    const seen = [];
    list.scrollBy(0, by);
    const begin = performance.now();
    const look = () => {
        seen.push(line.isConnected ? Math.round(line.getBoundingClientRect().top) : null);
        if (performance.now() - begin < milliseconds) requestAnimationFrame(look);
        else resolve(seen);
    };
    look();
})"""


@contextmanager
def room_with(server: ServerProcess, room: str, messages: int) -> Iterator[ClientConnection]:
    """Carol, who has sent this number of lines: `line 1` is message 1."""
    with program(server.ws_url, room, "Carol") as carol:
        say_lines(carol, room, 1, messages)
        yield carol


def say_lines(socket: ClientConnection, room: str, first: int, last: int) -> None:
    """Send these without waiting for each answer."""
    where = number(room)
    for n in range(first, last + 1):
        socket.send(json.dumps({"type": "send", "id": n, "room": where, "text": f"line {n}"}))
    answered = 0
    while answered <= last - first:
        answered += json.loads(socket.recv(timeout=20))["type"] == "ok"


def the_list(visitor: Visitor) -> Locator:
    return visitor.page.locator("#messages")


def line(visitor: Visitor, n: int) -> Locator:
    return visitor.page.locator("#rows .text").get_by_text(f"line {n}", exact=True)


def scroll_to(visitor: Visitor, top: int) -> None:
    """Scroll, and wait until what is there now is on the page."""
    the_list(visitor).evaluate("(list, top) => list.scrollTo(0, top)", top)
    visitor.page.evaluate(DRAWN)


def numbers_on_the_page(visitor: Visitor) -> list[int]:
    texts = visitor.page.locator("#rows .text").all_text_contents()
    return [int(text.removeprefix("line ")) for text in texts]


def reads_sent(visitor: Visitor) -> list[int]:
    """The read marks that the page sends from now on; the list grows."""
    sent: list[int] = []

    def note(frame: Any) -> None:
        command = json.loads(frame)
        if command["type"] == "read":
            sent.append(command["seq"])

    visitor.page.on("websocket", lambda socket: socket.on("framesent", note))
    return sent


def wait_until_read(visitor: Visitor, sent: list[int], seq: int) -> None:
    deadline = time.monotonic() + 10
    while (not sent or sent[-1] != seq) and time.monotonic() < deadline:
        visitor.page.evaluate(DRAWN)
    assert sent
    assert sent[-1] == seq


def first_in_sight(visitor: Visitor) -> int:
    text = the_list(visitor).evaluate("""list => {
        const { top } = list.getBoundingClientRect();
        const rows = [...list.querySelectorAll(".message")];
        const row = rows.find((each) => each.getBoundingClientRect().top >= top);
        return row.querySelector(".text").textContent;
    }""")
    return int(str(text).removeprefix("line "))


def is_still(places: list[int | None]) -> bool:
    """Whether the line was there in all frames and did not move."""
    there = [place for place in places if place is not None]
    return len(there) == len(places) and max(there) - min(there) <= 1


def test_the_whole_log_is_reached_by_scrolling_up_and_few_rows_are_on_the_page(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 420):
        ann.enter(room, "Ann")
        expect(line(ann, 420)).to_be_in_viewport()
        met = set(numbers_on_the_page(ann))
        the_list(ann).hover()
        for _ in range(200):
            ann.page.mouse.wheel(0, -400)
            on_page = numbers_on_the_page(ann)
            met |= set(on_page)
            assert len(on_page) < 60
            assert on_page == list(range(on_page[0], on_page[-1] + 1))  # none is missing, none twice
            if 1 in met and the_list(ann).evaluate("list => list.scrollTop") == 0:
                break
        assert met == set(range(1, 421))
        expect(ann.page.get_by_text("Start of ")).to_be_in_viewport()
        expect(ann.page.get_by_text("Loading earlier messages…")).to_be_hidden()


def test_earlier_pages_do_not_move_the_scroll_position(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 300):
        ann.enter(room, "Ann")
        expect(line(ann, 300)).to_be_in_viewport()
        top = first_in_sight(ann)
        height = the_list(ann).evaluate("list => list.scrollHeight")
        places = the_list(ann).evaluate(WATCH, [f"line {top}", -300, 1500])
        assert the_list(ann).evaluate("list => list.scrollHeight") > height + 1000  # a page did come
        assert is_still(places), places


def test_new_messages_do_not_move_the_scroll_position(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, where = new_visitor(server.url), number(room)
    with room_with(server, room, 120) as carol:
        ann.enter(room, "Ann")
        expect(line(ann, 120)).to_be_in_viewport()
        scroll_to(ann, 0)
        expect(ann.page.get_by_text("Start of ")).to_be_visible()
        scroll_to(ann, 1200)
        expect(line(ann, 55)).to_be_in_viewport()
        first = first_in_sight(ann)
        watch = f"(list, what) => ({{ seen: ({WATCH})(list, what) }})"
        watching = the_list(ann).evaluate_handle(watch, [f"line {first + 8}", 0, 2000])
        say_lines(carol, room, 121, 160)
        for target, words in ((1, 300), (first - 3, 200), (first - 2, 100)):
            ask(carol, type="edit", room=where, target=target, text="long " * words)
        ask(carol, type="react", room=where, target=first - 2, emoji="👍")
        places = watching.evaluate("({ seen }) => seen")
        assert is_still(places), places
        ann.page.get_by_role("button", name="40 new messages").click()
        expect(line(ann, 160)).to_be_in_viewport()
        expect(ann.page.locator("#to-end")).to_be_hidden()


def test_list_at_the_end_stays_at_the_end(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann, where = new_visitor(server.url), number(room)
    with room_with(server, room, 60) as carol:
        ann.enter(room, "Ann")
        say_lines(carol, room, 61, 160)
        expect(line(ann, 160)).to_be_in_viewport(ratio=1)
        ask(carol, type="send", room=where, text="tall\n" * 40)
        ask(carol, type="send", room=where, text="line 162")
        expect(line(ann, 162)).to_be_in_viewport(ratio=1)
        ask(carol, type="react", room=where, target=162, emoji="👍")
        expect(ann.page.locator(".chip").last).to_be_in_viewport(ratio=1)
        for width, height in ((500, 700), (1280, 400), (390, 844)):
            ann.page.set_viewport_size({"width": width, "height": height})
            expect(ann.page.locator(".chip").last).to_be_in_viewport(ratio=1)
        distance = "list => list.scrollHeight - list.scrollTop - list.clientHeight"
        assert the_list(ann).evaluate(distance) <= 1


def test_another_width_keeps_the_place_in_the_middle(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, where = new_visitor(server.url), number(room)
    with program(server.ws_url, room, "Carol") as carol:
        for n in range(1, 101):
            ask(carol, type="send", room=where, text=f"{n} " + "words and words " * (n % 12))
        ann.enter(room, "Ann")
        expect(ann.page.locator("[data-seq='100']")).to_be_in_viewport()
        scroll_to(ann, 0)
        expect(ann.page.get_by_text("Start of ")).to_be_visible()
        scroll_to(ann, 800)
        expect(ann.page.locator("[data-seq='100']")).not_to_be_attached()
        top = """list => {
            const { top } = list.getBoundingClientRect();
            const inSight = (message) => message.getBoundingClientRect().bottom > top + 2;
            const rows = [...list.querySelectorAll(".message")].filter(inSight);
            return Math.min(...rows.map(({ dataset }) => Number(dataset.seq)));
        }"""
        before = the_list(ann).evaluate(top)
        for width in (950, 500, 1000):
            ann.page.set_viewport_size({"width": width, "height": 700})
            ann.page.evaluate(DRAWN)
            assert abs(the_list(ann).evaluate(top) - before) <= 1


def test_an_address_of_a_message_leads_there_and_on_to_the_end(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 500) as carol:
        ann.enter(room, "Ann")
        ann.go("/")
        ann.go(f"{room}#m150")
        expect(line(ann, 150)).to_be_in_viewport(timeout=10_000)
        target = ann.page.locator("[data-seq='150']")
        expect(target).to_be_focused()
        expect(target).to_have_class("message follows target")
        assert 400 not in numbers_on_the_page(ann)
        ann.page.get_by_label("Message", exact=True).focus()
        say_lines(carol, room, 501, 503)
        expect(ann.page.get_by_role("button", name="3 new messages")).to_be_visible()
        the_list(ann).hover()
        for _ in range(100):  # down, page after page, without a hole, to what came meanwhile
            ann.page.mouse.wheel(0, 2000)
            on_page = numbers_on_the_page(ann)
            assert on_page == list(range(on_page[0], on_page[-1] + 1))
            if on_page[-1] == 503:
                break
            ann.page.evaluate(DRAWN)
        ann.page.mouse.wheel(0, 5000)
        expect(line(ann, 503)).to_be_in_viewport()
        expect(ann.page.locator("#to-end")).to_be_hidden()
        say_lines(carol, room, 504, 504)
        expect(line(ann, 504)).to_be_in_viewport()


def test_another_address_on_the_open_page_jumps_and_the_button_leads_back(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 400) as carol:
        ann.enter(room, "Ann")
        ann.page.evaluate("location.hash = '#m50'")
        expect(line(ann, 50)).to_be_in_viewport()
        ann.page.evaluate("location.hash = '#m60'")
        expect(ann.page.locator("[data-seq='60']")).to_be_focused()
        say_lines(carol, room, 401, 402)
        ann.page.get_by_role("button", name="2 new messages").click()
        expect(line(ann, 402)).to_be_in_viewport()
        say_lines(carol, room, 403, 403)
        expect(line(ann, 403)).to_be_in_viewport()


def test_an_address_of_what_is_not_there_says_so_and_stays(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 80):
        ann.enter(room, "Ann")
        for address in ("#m4000", "#mnonsense"):
            ann.page.evaluate("hash => location.hash = hash", address)
            expect(line(ann, 80)).to_be_in_viewport()
        expect(ann.page.get_by_role("status").get_by_text("no longer exists")).to_be_visible()


def test_the_keyboard_goes_from_message_to_message_and_stays_where_it_is(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 220) as carol:
        ann.enter(room, "Ann")
        expect(line(ann, 220)).to_be_in_viewport()

        def at() -> Any:
            return ann.page.evaluate("Number(document.activeElement.dataset.seq)")

        ann.page.locator("[data-seq='220']").focus()
        for key, seq in (("ArrowUp", 219), ("ArrowUp", 218), ("ArrowDown", 219), ("End", 220)):
            ann.page.keyboard.press(key)
            assert at() == seq
        ann.page.keyboard.press("PageUp")
        assert at() < 215
        expect(ann.page.locator(":focus")).to_be_in_viewport(ratio=1)
        for _ in range(20):
            ann.page.keyboard.press("Home")
            ann.page.evaluate(DRAWN)
            if at() == 1:
                break
        assert at() == 1
        tab_stops = ann.page.locator("#rows .message[tabindex='0']")
        expect(tab_stops).to_have_count(1)
        scroll_to(ann, 100_000)  # out of sight, but the focus is not lost
        expect(line(ann, 220)).to_be_in_viewport()
        assert at() == 1
        say_lines(carol, room, 221, 230)
        expect(line(ann, 230)).to_be_in_viewport()
        assert at() == 1
        ann.page.keyboard.press("ArrowDown")
        assert at() == 2
        expect(line(ann, 2)).to_be_in_viewport(ratio=1)


def test_rows_have_positions_for_screen_readers(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 130):
        ann.enter(room, "Ann")
        feed = ann.page.get_by_role("feed", name="Messages")
        expect(feed).to_have_attribute("aria-busy", "false")
        expect(line(ann, 130)).to_be_in_viewport()
        last = ann.page.get_by_role("article").last
        expect(last).to_have_attribute("aria-setsize", "-1")
        expect(last).to_have_accessible_description("line 130")
        assert last.evaluate("each => each.ariaLabelledByElements[0].textContent") == "Carol"
        scroll_to(ann, 0)
        expect(ann.page.get_by_text("Start of ")).to_be_visible()
        scroll_to(ann, 0)
        expect(ann.page.get_by_role("article").first).to_have_attribute("aria-posinset", "1")
        expect(ann.page.get_by_role("article").first).to_have_attribute("aria-setsize", "130")


def test_days_and_what_is_new_have_lines(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    sent = reads_sent(ann)
    with room_with(server, room, 5) as carol:
        ann.enter(room, "Ann")
        expect(ann.page.locator(".day:visible")).to_have_text(["Today"])
        expect(ann.page.locator(".news:visible")).to_have_count(0)
        expect(line(ann, 5)).to_be_in_viewport()
        wait_until_read(ann, sent, 5)
        ann.go("/")
        say_lines(carol, room, 6, 8)
        ann.go(room)
        ann.is_connected()
        expect(ann.page.locator(".news:visible")).to_have_count(1)
        expect(
            ann.page.locator(".message", has=ann.page.locator(".news:visible")).locator(".text")
        ).to_have_text("line 6")


def test_visible_messages_move_the_read_mark_on_the_server(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 3) as carol:
        sent = reads_sent(ann)
        ann.enter(room, "Ann")
        say_lines(carol, room, 4, 60)
        expect(line(ann, 60)).to_be_in_viewport()
        wait_until_read(ann, sent, 60)
        assert len(sent) <= 4  # and not for each message
