"""What the browser does with the page: find, select, print; and what time does to it."""

import datetime

from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import program
from tests.e2e.test_list import line, room_with, say_lines, scroll_to
from tests.support.server import ServerProcess

MANY = 120


def numbers_drawn(page: Page) -> int:
    return page.locator("#rows > .message").count()


def enter(visitor: Visitor, room: str) -> None:
    """With all messages loaded, and few of them on the page."""
    visitor.enter(room, "Ann")
    expect(line(visitor, MANY)).to_be_in_viewport()
    for _ in range(100):  # page after page
        scroll_to(visitor, 0)
        if line(visitor, 1).count():
            break
    expect(visitor.page.get_by_text("Start of ")).to_be_in_viewport()
    expect(line(visitor, MANY)).not_to_be_attached()


def test_find_in_page_finds_what_is_loaded(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, MANY):
        enter(ann, room)
        line(ann, 2).click()
        find = f"window.find('line {MANY}')"
        assert not ann.page.evaluate(find)
        ann.page.keyboard.press("Control+f")
        assert numbers_drawn(ann.page) == MANY
        assert ann.page.evaluate(find)
        # As the browser's own find bar does it, which no test can open.
        ann.page.evaluate("getSelection().anchorNode.parentElement.scrollIntoView()")
        expect(line(ann, MANY)).to_be_in_viewport()
        assert numbers_drawn(ann.page) == MANY
        ann.writing.focus()
        assert numbers_drawn(ann.page) < MANY


def test_select_all_takes_what_is_loaded_and_nothing_else(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, MANY):
        enter(ann, room)
        line(ann, 3).click()
        ann.page.keyboard.press("Control+a")
        selected = ann.page.evaluate("getSelection().toString()")
        assert all(f"line {n}\n" in f"{selected}\n" for n in range(1, MANY + 1))
        assert "All rooms" not in selected
        ann.writing.fill("mine")
        ann.page.keyboard.press("Control+a")
        ann.page.keyboard.press("Delete")
        expect(ann.writing).to_have_value("")


def test_all_that_is_loaded_is_printed_on_several_pages(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, color_scheme="dark")
    with room_with(server, room, MANY):
        enter(ann, room)
        few = numbers_drawn(ann.page)
        ann.page.evaluate("""() => addEventListener("afterprint", () => { window.printed = true; })
            ?? addEventListener("beforeprint", () => {
                window.drawn = document.querySelectorAll("#rows > .message").length;
            })""")
        paper = ann.page.pdf(format="A4")
        assert paper.count(b"/Type /Page\n") in range(3, 9)
        assert ann.page.evaluate("[drawn, printed]") == [MANY, True]
        assert numbers_drawn(ann.page) <= few + 8
        ann.page.emulate_media(media="print")
        expect(ann.page.locator("#composer")).to_be_hidden()
        expect(ann.page.locator("#sidebar")).to_be_hidden()
        expect(ann.page.locator("#earlier")).to_have_css("position", "static")  # not over the first day
        expect(ann.page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")


def test_day_lines_turn_at_midnight(server: ServerProcess, room: str, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url, timezone_id="UTC")
    with program(server.ws_url, room, "Carol") as carol:
        say_lines(carol, room, 1, 2)
        late = datetime.datetime.now(datetime.UTC).replace(hour=23, minute=59, second=50)
        ann.page.clock.install(time=late)
        ann.knock(room, "Ann")
        ann.page.clock.run_for(2_000)
        ann.is_connected()
        expect(ann.page.locator(".day:visible")).to_have_text(["Today"])
        ann.page.clock.run_for(15_000)
        expect(ann.page.locator(".day:visible")).to_have_text(["Yesterday"])


def test_a_message_that_follows_shows_its_time(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with room_with(server, room, 3):
        ann.enter(room, "Ann")
        row = ann.page.locator("[data-seq='3']")
        expect(row).to_have_class("message follows")
        shown = "row => getComputedStyle(row, '::after').content"
        assert row.evaluate(shown) == "none"
        time = row.locator(".at").text_content()
        row.hover()
        assert row.evaluate(shown) == f'"{time}"'
        ann.page.mouse.move(0, 0)
        row.focus()
        assert row.evaluate(shown) == f'"{time}"'
