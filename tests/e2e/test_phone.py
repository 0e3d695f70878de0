"""The page of a room on phones: with fingers, a small screen, a keyboard over it, and Back."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import ask, number, program
from tests.e2e.test_actions import message
from tests.e2e.test_screens import PHONE
from tests.support.server import ServerProcess

LONG_NAME = "Carol of the very long name that needs two lines"
SIDEWAYS = PHONE | {"viewport": {"width": 844, "height": 390}}
ZOOMED: dict[str, Any] = {"viewport": {"width": 320, "height": 256}}  # 1280 x 1024 at 400 %


class Finger:
    """One finger on the screen, as the browser gets it from a real one."""

    def __init__(self, visitor: Visitor, on: Locator) -> None:
        self._cdp = visitor.page.context.new_cdp_session(visitor.page)
        box = on.bounding_box()
        assert box is not None
        self.x, self.y = box["x"] + min(40, box["width"] / 2), box["y"] + box["height"] / 2

    def _send(self, kind: str, *points: dict[str, float]) -> None:
        self._cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    def down(self) -> None:
        self._send("touchStart", {"x": self.x, "y": self.y})

    def move(self, x: float, y: float = 0, steps: int = 8) -> None:
        for step in range(1, steps + 1):
            self._send("touchMove", {"x": self.x + x * step / steps, "y": self.y + y * step / steps})

    def up(self) -> None:
        self._send("touchEnd")


@contextmanager
def talk(server: ServerProcess, room: str) -> Iterator[Any]:
    """Carol has said three things, the last one an answer; a reaction to the second."""
    with program(server.ws_url, room, LONG_NAME) as carol:
        where = number(room)
        for text in ("first", "second", "third"):
            ask(carol, type="send", room=where, text=text)
        ask(carol, type="send", room=where, text="an answer", reply_to=1)
        ask(carol, type="react", room=where, target=2, emoji="👍")
        yield carol


def the_sheet(visitor: Visitor) -> Locator:
    return visitor.page.locator("#room-sheet")


def test_the_title_has_room_and_opens_the_sheet_of_the_room(
    server: ServerProcess, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, **PHONE)
    title = f"The engineers of {uuid.uuid4().hex[:8]}"
    room = ann.create_room(title, description="Builds and deploys " * 8)
    ann.enter(room, "Ann")
    heading = ann.page.locator("#title")
    assert heading.evaluate("each => each.parentElement.scrollWidth <= each.parentElement.clientWidth")
    for opener in (heading, ann.page.get_by_role("button", name="About this room")):
        opener.tap()
        expect(the_sheet(ann)).to_contain_text(title)
        expect(the_sheet(ann)).to_contain_text("Builds and deploys")
        assert ann.fits_the_width()
        ann.page.go_back()
        expect(the_sheet(ann)).to_be_hidden()
    expect(ann.page).to_have_url(f"{server.url}{room}")


def test_the_sheet_leads_to_the_panels_and_the_focus_comes_back(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, **PHONE)
    ann.enter(room, "Ann")
    button = ann.page.get_by_role("button", name="About this room")
    for name, panel in (("Pinned messages", "#pins"), ("Search", "#search"), ("Members", "#people")):
        button.tap()
        the_sheet(ann).get_by_role("button", name=name).tap()
        expect(the_sheet(ann)).to_be_hidden()
        expect(ann.page.locator(panel)).to_be_visible()
        ann.page.keyboard.press("Escape")
        expect(ann.page.locator(panel)).to_be_hidden()
        expect(button).to_be_focused()
    button.tap()
    the_sheet(ann).get_by_role("button", name="Notifications").tap()
    expect(ann.page.locator("#level-what")).to_be_focused()
    ann.page.go_back()
    expect(ann.page.locator("#people")).to_be_hidden()


def test_a_window_that_becomes_wide_closes_the_sheet(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    expect(ann.page.get_by_role("button", name="About this room")).to_be_hidden()
    ann.page.set_viewport_size({"width": 500, "height": 700})
    ann.page.get_by_role("button", name="About this room").click()
    expect(the_sheet(ann)).to_be_visible()
    ann.page.set_viewport_size({"width": 1000, "height": 700})
    ann.page.wait_for_function("() => !document.getElementById('room-sheet').matches(':popover-open')")
    ann.page.get_by_role("button", name="Search").first.click()
    expect(ann.page.locator("#search")).to_be_visible()


def test_a_tap_shows_the_tools_and_a_long_press_the_menu(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, **PHONE)
    with talk(server, room):
        ann.enter(room, "Ann")
        tools = message(ann, 3).locator(".tools")
        expect(tools).to_have_css("opacity", "0")
        message(ann, 3).locator(".text").tap()
        expect(tools).to_have_css("opacity", "1")
        finger = Finger(ann, message(ann, 3).locator(".text"))
        finger.down()
        menu = ann.page.get_by_role("menu", name=f"Message from {LONG_NAME}")
        expect(menu).to_be_visible()
        finger.up()
        expect(menu).to_be_visible()
        ann.page.go_back()
        expect(menu).to_be_hidden()
        expect(ann.page).to_have_url(f"{server.url}{room}")


def test_a_long_press_on_a_reaction_tells_whose_it_is_and_a_tap_joins_it(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, **PHONE)
    with talk(server, room):
        ann.enter(room, "Ann")
        chip = message(ann, 2).locator(".chip")
        height = chip.evaluate("each => each.getBoundingClientRect().height")
        assert height >= 44 > 32 >= chip.locator(".pill").evaluate("each => each.offsetHeight")
        finger = Finger(ann, chip)
        finger.down()
        who = ann.page.get_by_role("menu", name="Who reacted")
        expect(who).to_contain_text(LONG_NAME)
        finger.up()
        expect(who).to_be_visible()
        expect(chip).to_have_text("👍 1")
        ann.page.go_back()
        expect(who).to_be_hidden()
        chip.tap()
        expect(chip).to_have_text("👍 2")
        finger.down()
        expect(who).to_contain_text(f"{LONG_NAME}, Ann")
        finger.up()


def test_the_menu_of_a_message_tells_who_reacted(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with talk(server, room):
        ann.enter(room, "Ann")
        message(ann, 2).focus()
        ann.page.keyboard.press("m")
        ann.page.get_by_role("menuitem", name="Who reacted").click()
        expect(ann.page.get_by_role("menu", name="Who reacted")).to_contain_text(f"👍{LONG_NAME}")
        ann.page.keyboard.press("Escape")
        expect(message(ann, 2)).to_be_focused()
        message(ann, 3).focus()
        ann.page.keyboard.press("m")
        expect(ann.page.get_by_role("menuitem", name="Reply")).to_be_visible()
        expect(ann.page.get_by_role("menuitem", name="Who reacted")).to_have_count(0)


def test_a_swipe_to_the_right_replies_and_shows_it_as_it_moves(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, **PHONE)
    with talk(server, room):
        ann.enter(room, "Ann")
        row = message(ann, 3)
        finger = Finger(ann, row.locator(".text"))
        context = ann.page.locator("#composer .context")
        finger.down()
        finger.move(40)
        expect(row).to_have_css("translate", "40px")
        expect(row).to_have_class("message follows swiped")
        finger.up()
        expect(row).to_have_css("translate", "none")
        expect(context).to_be_hidden()
        finger.down()
        finger.move(80)
        expect(row).to_have_class("message follows swiped enough")
        finger.up()
        expect(context).to_contain_text(f"Reply to {LONG_NAME}: third")
        expect(ann.page.locator("#menu")).to_be_hidden()


def test_day_line_stays_where_it_is_as_its_message_is_swiped(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, **PHONE)
    with talk(server, room):
        ann.enter(room, "Ann")
        row = message(ann, 1)
        day = row.locator(".day")
        before = day.bounding_box()
        finger = Finger(ann, row.locator(".text"))
        finger.down()
        finger.move(40)
        expect(row).to_have_css("translate", "40px")
        assert day.bounding_box() == before
        finger.up()
        expect(row).to_have_css("translate", "none")
        expect(day).to_have_css("translate", "none")


@pytest.mark.parametrize(("x", "y"), [(0, 120), (80, 80), (-80, 0)], ids=["down", "aslant", "to the left"])
def test_other_movements_do_not_reply(
    server: ServerProcess, room: str, new_visitor: NewVisitor, x: int, y: int
) -> None:
    ann = new_visitor(server.url, **PHONE)
    with talk(server, room):
        ann.enter(room, "Ann")
        finger = Finger(ann, message(ann, 2).locator(".text"))
        finger.down()
        finger.move(x, y)
        finger.up()
        expect(message(ann, 2)).not_to_have_class("swiped")
        finger = Finger(ann, message(ann, 3).locator(".text"))
        finger.down()
        finger.move(60)  # to the right, and then down
        finger.move(80, 60)
        finger.up()
        ann.page.keyboard.press("Escape")  # on a slow machine a finger rests long enough to open the menu
        ann.say("done")
        expect(ann.page.locator("#rows .text").last).to_have_text("done")
        expect(ann.page.locator("#rows .message").last.locator(".quote")).to_be_hidden()


def test_with_reduced_motion_a_swiped_message_stays_where_it_is(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, **PHONE, reduced_motion="reduce")
    with talk(server, room):
        ann.enter(room, "Ann")
        finger = Finger(ann, message(ann, 3).locator(".text"))
        finger.down()
        finger.move(80)
        expect(message(ann, 3)).to_have_class("message follows swiped enough")
        expect(message(ann, 3)).to_have_css("translate", "none")
        finger.up()
        expect(ann.page.locator("#composer .context")).to_contain_text("third")


def test_a_long_name_takes_half_of_a_quote_at_most(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, **PHONE)
    with talk(server, room):
        ann.enter(room, "Ann")
        quote = message(ann, 4).locator(".quote")
        expect(quote.locator(".words")).to_have_text("first")
        shares = "quote => [...quote.children].map(({ offsetWidth }) => offsetWidth / quote.offsetWidth)"
        name, words = quote.evaluate(shares)
        assert name <= 0.5
        assert words > 0


@pytest.mark.parametrize("screen", [SIDEWAYS, ZOOMED], ids=["sideways", "400 %"])
def test_half_of_a_low_window_is_for_the_messages(
    server: ServerProcess, room: str, new_visitor: NewVisitor, screen: dict[str, Any]
) -> None:
    ann = new_visitor(server.url, **screen)
    ann.enter(room, "Ann")
    ann.say("mine")
    expect(ann.messages.last).to_be_in_viewport(ratio=1)
    assert ann.fits_the_width()
    for text in ("", "line\n" * 9):
        ann.writing.fill(text)
        share = ann.page.locator("#messages").evaluate("list => list.clientHeight / innerHeight")
        assert share >= 0.5
    expect(ann.page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)


def test_no_page_scrolls_sideways_at_400_percent(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, **ZOOMED)
    ann.enter(room, "Ann")
    for path in (
        "/",
        "/mentions",
        "/saved",
        "/search",
        "/direct",
        "/rooms/new",
        "/profile",
        "/sign-in",
        "/sign-up",
    ):
        ann.go(path)
        assert ann.fits_the_width(), path


def test_a_keyboard_over_the_page_covers_nothing(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    """As iOS has it: the window keeps its height, and what is in sight of it becomes less."""
    ann = new_visitor(server.url, **PHONE)
    ann.enter(room, "Ann")
    ann.say("mine")
    expect(ann.messages.last).to_be_in_viewport(ratio=1)
    ann.page.evaluate("""() => {
        Object.defineProperty(visualViewport, "height", { configurable: true, value: 500 });
        visualViewport.dispatchEvent(new Event("resize"));
    }""")
    bottom = "(element) => element.getBoundingClientRect().bottom"
    assert ann.page.locator("#composer").evaluate(bottom) <= 500
    assert ann.messages.last.evaluate(bottom) <= ann.page.locator("#composer").evaluate(
        "(element) => element.getBoundingClientRect().top"
    )
    assert ann.page.locator(".bar").evaluate("(element) => element.getBoundingClientRect().top") == 0


def test_nothing_is_under_the_notch_or_the_home_indicator(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url, **SIDEWAYS)
    ann.enter(room, "Ann")
    cdp = ann.page.context.new_cdp_session(ann.page)
    insets = {"left": 44, "right": 44, "bottom": 21}
    cdp.send("Emulation.setSafeAreaInsetsOverride", {"insets": insets})
    expect(ann.page.locator("#chat")).to_have_css("width", f"{844 - 88}px")
    assert ann.page.locator("#composer").evaluate("each => each.getBoundingClientRect().bottom") <= 390 - 21
    ann.page.get_by_role("button", name="Rooms and conversations").tap()
    assert (
        ann.page.locator("#sidebar > :first-child").evaluate("each => each.getBoundingClientRect().left")
        >= 44
    )
    assert (
        ann.page.locator("#sidebar > .menu").evaluate("each => each.getBoundingClientRect().bottom")
        <= 390 - 21
    )
