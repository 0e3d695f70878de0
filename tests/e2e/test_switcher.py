"""The quick switcher: to a room, a conversation or a person by keys alone, from each page."""

import uuid

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.test_pages import make_room
from tests.support.server import ServerProcess


@pytest.fixture
def rooms(server: ServerProcess) -> tuple[str, str, str]:
    one, other, third = (
        make_room(server, f"{tree} {uuid.uuid4().hex[:8]}") for tree in ("Oak", "Elm", "Yew")
    )
    return one, other, third


@pytest.fixture
def ann(server: ServerProcess, new_visitor: NewVisitor, rooms: tuple[str, str, str]) -> Visitor:
    visitor = new_visitor(server.url)
    for room in rooms[:2]:
        visitor.enter(room, f"Ann {uuid.uuid4().hex[:8]}")
    visitor.page.evaluate("window.same = true")
    return visitor


def field(ann: Visitor) -> Locator:
    return ann.page.get_by_role("combobox", name="Room or person")


def open_switcher(ann: Visitor) -> Locator:
    ann.page.keyboard.press("Control+k")
    expect(field(ann)).to_be_focused()
    return field(ann)


def options(ann: Visitor) -> Locator:
    return ann.page.get_by_role("dialog", name="Go to").get_by_role("option")


def test_room_is_reached_by_keys_without_a_load(ann: Visitor, rooms: tuple[str, str, str]) -> None:
    ann.writing.focus()
    text = open_switcher(ann)
    text.press_sequentially("oak")
    expect(options(ann).first).to_contain_text("Oak")
    chosen = options(ann).and_(ann.page.locator("[aria-selected=true]"))
    expect(text).to_have_attribute("aria-activedescendant", str(chosen.get_attribute("id")))
    text.press("Enter")
    expect(ann.page).to_have_url(ann.site + rooms[0])
    ann.is_connected()
    expect(ann.page.get_by_role("dialog")).to_have_count(0)
    assert ann.page.evaluate("window.same")


def test_places_of_the_sidebar_are_there_without_typing(ann: Visitor) -> None:
    open_switcher(ann)
    expect(options(ann).filter(has_text="Oak")).to_have_count(1)
    expect(options(ann).filter(has_text="Elm")).to_have_count(0)  # the page shows it
    ann.page.keyboard.press("Control+k")
    expect(ann.page.get_by_role("dialog")).to_have_count(0)
    expect(ann.page.locator("body")).to_be_visible()


def test_rooms_not_joined_and_people_are_found(
    ann: Visitor, rooms: tuple[str, str, str], server: ServerProcess, new_visitor: NewVisitor
) -> None:
    name = f"Zoe {uuid.uuid4().hex[:8]}"
    zoe = new_visitor(server.url)
    zoe.enter(rooms[1], name)
    ann.go("/account/nothing")  # no place of the shell: back to one
    ann.go("/")
    text = open_switcher(ann)
    text.fill("Yew")
    expect(options(ann).filter(has_text="Yew").first).to_be_visible()
    text.fill(name[:8])
    expect(options(ann)).to_have_text([name])
    expect(ann.page.get_by_role("dialog").get_by_role("status")).to_have_text("1 result")
    text.press("Enter")
    expect(ann.page.locator("#title")).to_have_text(name)
    text = open_switcher(ann)
    text.fill("nothing of the kind")
    expect(ann.page.get_by_role("dialog").get_by_role("status")).to_contain_text("Nothing matches")
    text.press("Enter")
    expect(text).to_be_focused()


def test_arrows_go_round_and_back_closes(ann: Visitor, rooms: tuple[str, str, str]) -> None:
    ann.go("/")
    text = open_switcher(ann)
    expect(options(ann)).to_have_count(2)
    text.press("ArrowUp")
    expect(options(ann).last).to_have_attribute("aria-selected", "true")
    text.press("ArrowDown")
    expect(options(ann).first).to_have_attribute("aria-selected", "true")
    ann.page.go_back()
    expect(ann.page.get_by_role("dialog")).to_have_count(0)
    expect(ann.page).to_have_url(ann.site + "/")


def test_button_of_the_sidebar_opens_it(ann: Visitor) -> None:
    ann.page.get_by_role("link", name="Go to…").click()
    expect(field(ann)).to_be_focused()
    ann.page.keyboard.press("Escape")
    expect(ann.page.get_by_role("link", name="Go to…")).to_be_focused()


def test_help_names_the_keys_of_switcher_and_search(ann: Visitor) -> None:
    ann.page.locator("#messages").click()
    ann.page.keyboard.press("?")
    keys = ann.page.locator("#shortcuts .keys div")
    expect(keys.filter(has_text="Go to a room or person").locator("kbd")).to_have_text(["Ctrl + K"])
    expect(keys.filter(has_text="Search messages").locator("kbd")).to_have_text(["/", "Ctrl + Shift + F"])
    ann.page.keyboard.press("Escape")
    ann.writing.focus()
    ann.page.keyboard.press("Control+Shift+F")
    expect(ann.page.locator("#search-text")).to_be_focused()


def test_a_click_beside_closes_and_a_selection_that_ends_there_does_not(
    ann: Visitor, rooms: tuple[str, str, str]
) -> None:
    ann.go("/")
    text = open_switcher(ann)
    text.fill("half a word")
    box = text.bounding_box()
    assert box is not None
    mouse = ann.page.mouse
    mouse.move(box["x"] + 60, box["y"] + 10)
    mouse.down()
    mouse.move(2, 2)
    mouse.up()
    expect(text).to_have_value("half a word")
    expect(text).to_be_visible()
    mouse.click(2, 2)
    expect(text).to_be_hidden()


def test_search_that_fails_is_tried_again(ann: Visitor) -> None:
    refused: list[Route] = []

    def refuse_first(route: Route) -> None:
        refused.append(route)
        if len(refused) == 1:
            route.fulfill(status=429)
        else:
            route.continue_()

    ann.page.route("**/switch?*", refuse_first)
    open_switcher(ann).fill("Yew")
    expect(ann.page.get_by_text("Couldn't search. Trying again…")).to_be_visible()
    expect(options(ann).filter(has_text="Yew").first).to_be_visible()
    assert len(refused) == 2
