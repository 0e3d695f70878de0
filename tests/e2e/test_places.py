"""One application: places change without a load of a document, and each address is a page of its own."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.test_pages import make_room
from tests.support.accounts import PASSWORD, account
from tests.support.server import ServerProcess

PHONE = {"width": 390, "height": 844}

# Counts what a stay holds: sockets, and the listeners of document and window.
COUNT = """
    window.sockets = [];
    window.WebSocket = class extends WebSocket {
        constructor(...given) { super(...given); window.sockets.push(this); }
    };
    window.listeners = 0;
    for (const target of [window, document]) {
        const add = target.addEventListener.bind(target);
        target.addEventListener = (type, listener, options) => {
            window.listeners += 1;
            options?.signal?.addEventListener("abort", () => (window.listeners -= 1));
            add(type, listener, options);
        };
    }
    const begin = window.setInterval.bind(window), end = window.clearInterval.bind(window);
    window.timers = new Set();
    window.setInterval = (...given) => { const id = begin(...given); window.timers.add(id); return id; };
    window.clearInterval = (id) => { window.timers.delete(id); end(id); };
"""


class Stay:
    """A visitor in two rooms, whose document is marked: a load of another one would lose the mark."""

    def __init__(self, visitor: Visitor, one: str, other: str) -> None:
        self.visitor, self.page, self.one, self.other = visitor, visitor.page, one, other

    def follow(self, path: str) -> None:
        """Click the link of the sidebar."""
        self.page.locator(f"#sidebar a[href='{path}']").click()
        expect(self.page).to_have_url(self.visitor.site + path)

    def is_same_document(self) -> bool:
        return bool(self.page.evaluate("window.same === true"))


@pytest.fixture
def rooms(server: ServerProcess) -> tuple[str, str]:
    one, other = (make_room(server, f"{tree} {uuid.uuid4().hex[:8]}") for tree in ("Oak", "Elm"))
    return one, other


@pytest.fixture
def ann(server: ServerProcess, new_visitor: NewVisitor, rooms: tuple[str, str]) -> Iterator[Stay]:
    visitor = new_visitor(server.url)
    visitor.page.add_init_script(COUNT)
    for room in rooms:
        visitor.enter(room, "Ann")
    visitor.page.evaluate("window.same = true")
    yield Stay(visitor, *rooms)
    visitor.go("/")
    visitor.page.context.clear_cookies()


def title_of(page: Page) -> Any:
    return page.locator("#title")


def test_rooms_change_without_a_load(ann: Stay) -> None:
    ann.visitor.say("in the second")
    ann.visitor.reads("in the second")
    ann.follow(ann.one)
    ann.visitor.is_connected()
    expect(title_of(ann.page)).to_contain_text("Oak")
    expect(ann.page).to_have_title(re.compile("^Oak .* · wschat"))
    expect(ann.page.locator(f"#sidebar a[href='{ann.one}']")).to_have_attribute("aria-current", "page")
    ann.visitor.reads()
    ann.visitor.say("in the first")
    ann.visitor.reads("in the first")
    ann.follow(ann.other)
    ann.visitor.is_connected()
    ann.visitor.reads("in the second")
    assert ann.is_same_document()
    assert ann.page.evaluate("window.sockets.length") == 1
    ann.page.reload()
    ann.visitor.is_connected()
    ann.visitor.reads("in the second")
    expect(title_of(ann.page)).to_contain_text("Elm")


def test_room_stays_when_the_server_cannot_be_reached(ann: Stay) -> None:
    ann.visitor.say("hello")
    ann.visitor.reads("hello")
    ann.page.context.set_offline(True)
    ann.page.locator(f"#sidebar a[href='{ann.one}']").click()
    expect(ann.page.get_by_text("Couldn't load the page")).to_be_visible()
    ann.visitor.reads("hello")
    ann.page.context.set_offline(False)
    ann.follow(ann.one)
    ann.visitor.is_connected()
    assert ann.is_same_document()


@pytest.mark.parametrize("path", ["/", "/mentions", "/saved", "/profile", "/search"])
def test_all_pages_with_a_link_are_places(ann: Stay, path: str) -> None:
    ann.page.evaluate("(path) => document.querySelector(`a[href='${path}']`).click()", path)
    expect(ann.page).to_have_url(ann.visitor.site + path)
    expect(ann.page.locator("#place h1")).to_be_visible()
    expect(ann.page.locator("#chat")).to_have_count(0)
    assert ann.is_same_document()


def test_home_and_account_are_places_too(ann: Stay) -> None:
    ann.follow("/")
    expect(ann.page.get_by_role("heading", name="Rooms", exact=True)).to_be_focused()
    expect(ann.page.locator("#changed")).to_have_text("Rooms · wschat")
    title = str(ann.page.locator(f"#sidebar a[href='{ann.one}'] bdi").text_content())
    ann.page.get_by_role("searchbox").fill(title)
    expect(ann.page.get_by_role("status").filter(has_text="matches")).to_be_visible()
    ann.page.locator(f".rooms a[href='{ann.one}']").click()
    ann.visitor.is_connected()
    ann.visitor.say("hi")
    ann.visitor.reads("hi")
    ann.page.go_back()
    expect(ann.page).to_have_url(re.compile(r"/\?q=Oak"))
    expect(ann.page.get_by_role("searchbox")).to_have_value(title)
    ann.page.go_forward()
    ann.visitor.is_connected()
    ann.visitor.reads("hi")
    assert ann.is_same_document()
    assert ann.page.evaluate("window.sockets.length") == 1


def test_a_search_begun_before_its_script_came_is_made(
    server: ServerProcess, new_visitor: NewVisitor
) -> None:
    title = f"Ash {uuid.uuid4().hex[:8]}"
    make_room(server, title)
    visitor = new_visitor(server.url)
    held: list[Route] = []
    script = "**/pages/home*.js"
    visitor.page.route(script, lambda route: held.append(route))
    with visitor.page.expect_request(script):
        visitor.go("/")
    visitor.page.get_by_role("searchbox").fill(title)
    held[0].continue_()
    expect(visitor.page.get_by_role("status").filter(has_text="matches")).to_be_visible()
    expect(visitor.page).to_have_url(re.compile(r"/\?q=Ash"))


def test_going_back_and_forth_leaks_nothing(server: ServerProcess, ann: Stay) -> None:
    def held() -> Any:
        expect(ann.page.locator("#people .name")).to_have_text(["Ann"])
        expect(ann.page.locator("#people h3")).to_have_text(["Here 1"])  # it is known that no one is away
        return ann.page.evaluate(
            "[sockets.length, listeners, timers.size, document.querySelectorAll('*').length]"
        )

    ann.follow(ann.one)
    ann.visitor.is_connected()
    before = held()
    for _ in range(20):
        ann.follow(ann.other)
        ann.visitor.is_connected()
        ann.follow(ann.one)
        ann.visitor.is_connected()
    assert held() == before
    bob = ann.page.context.browser.new_context().new_page()
    watcher = Visitor(bob, server.url)
    watcher.enter(ann.other, "Watcher")
    watcher.sees_people("Watcher")
    watcher.go(ann.one)
    watcher.page.get_by_role("button", name="Join").click()
    watcher.is_connected()
    watcher.sees_people("Ann", "Watcher")
    bob.context.close()


def test_messages_reach_the_place_that_is_shown(
    server: ServerProcess, ann: Stay, new_visitor: NewVisitor
) -> None:
    bob = new_visitor(server.url)
    bob.enter(ann.one, "Bob")
    ann.follow(ann.one)
    ann.visitor.is_connected()
    bob.say("to the first")
    ann.visitor.reads("to the first")
    ann.follow(ann.other)
    ann.visitor.is_connected()
    bob.say("unseen")
    bob.reads("to the first", "unseen")
    ann.visitor.reads()
    ann.follow("/")
    expect(ann.page.locator(f"#sidebar a[href='{ann.one}']")).to_contain_text("1 unread message")
    assert ann.is_same_document()


def test_conversations_change_and_call(server: ServerProcess, ann: Stay, new_visitor: NewVisitor) -> None:
    bob = new_visitor(server.url)
    bob.enter(ann.one, "Bobby")
    ann.follow("/")
    ann.page.get_by_role("link", name="New message").click()
    dialog = ann.page.get_by_role("dialog", name="New message")
    dialog.get_by_label("To").fill("bobby")
    dialog.get_by_role("button", name="Continue").click()
    expect(ann.page).to_have_url(f"{server.url}/direct/Bobby")
    ann.visitor.is_connected()
    ann.page.evaluate("window.same = true")
    ann.visitor.say("hello Bobby")
    ann.visitor.reads("hello Bobby")
    ann.follow(ann.one)
    ann.visitor.is_connected()
    bob.go("/direct/Ann")
    bob.is_connected()
    bob.say("hello Ann")
    expect(ann.page.locator("[data-talks] a")).to_contain_text("1 unread message")
    expect(ann.page).to_have_title(re.compile(r"^\(1\) Oak"))
    ann.follow("/direct/Bobby")
    ann.visitor.is_connected()
    ann.visitor.reads("hello Bobby", "hello Ann")
    expect(ann.page).to_have_title("Bobby · wschat")
    bob.say("and more")
    ann.visitor.reads("hello Bobby", "hello Ann", "and more")
    ann.follow(ann.other)
    ann.visitor.is_connected()
    ann.follow("/direct/Bobby")
    ann.visitor.reads("hello Bobby", "hello Ann", "and more")
    assert ann.is_same_document()


def test_draft_waits_in_its_room(ann: Stay) -> None:
    ann.visitor.writing.fill("half a sen")
    ann.follow(ann.one)
    ann.visitor.is_connected()
    expect(ann.visitor.writing).to_have_value("")
    ann.page.go_back()
    expect(title_of(ann.page)).to_contain_text("Elm")
    expect(ann.visitor.writing).to_have_value("half a sen")
    assert ann.is_same_document()


def test_unsent_messages_are_sent_from_another_place(
    server: ServerProcess, ann: Stay, new_visitor: NewVisitor
) -> None:
    bob = new_visitor(server.url)
    bob.enter(ann.other, "Bob")
    ann.visitor.writing.fill("just before I went")
    ann.page.evaluate(
        """path => {
            document.querySelector("#composer [type=submit]").click();
            document.querySelector(`#sidebar a[href='${path}']`).click();
        }""",
        ann.one,
    )
    bob.reads("just before I went")
    expect(title_of(ann.page)).to_contain_text("Oak")


def test_another_identity_loads_the_document(server: ServerProcess, ann: Stay) -> None:
    ann.page.context.clear_cookies()
    ann.page.locator(f"#sidebar a[href='{ann.one}']").click()
    expect(ann.page.get_by_role("button", name="Join")).to_be_visible()
    assert not ann.is_same_document()


def test_page_that_takes_long_is_said_to_be_on_its_way(ann: Stay) -> None:
    html = ann.page.locator("html")
    held: list[Route] = []
    ann.page.route(f"**{ann.one}", lambda route: held.append(route))
    ann.page.locator(f"#sidebar a[href='{ann.one}']").click()
    expect(html).to_have_attribute("data-loading", "")
    held[0].continue_()
    expect(title_of(ann.page)).to_contain_text("Oak")
    expect(html).not_to_have_attribute("data-loading", "")
    assert ann.is_same_document()


def test_failure_loads_the_document(ann: Stay) -> None:
    calls: list[str] = []

    def refuse(route: Any) -> None:
        calls.append(route.request.resource_type)
        if len(calls) == 1:
            route.fulfill(status=503, body="away")
        else:
            route.continue_()

    ann.page.route(f"**{ann.one}", refuse)
    ann.follow(ann.one)
    ann.visitor.is_connected()
    expect(title_of(ann.page)).to_contain_text("Oak")
    assert calls == ["xhr", "document"]


def test_another_release_loads_the_document(ann: Stay) -> None:
    def change(route: Any) -> None:
        body = route.fetch().text()
        route.fulfill(body=body.replace("pages/base", "pages/bass"), content_type="text/html")

    ann.page.route(f"**{ann.one}", change, times=1)
    ann.follow(ann.one)
    ann.visitor.is_connected()
    assert not ann.is_same_document()


def test_unsent_form_is_not_lost(server: ServerProcess, new_visitor: NewVisitor) -> None:
    account(server, "settler")
    ann = new_visitor(server.url)
    ann.go("/sign-in")
    ann.page.get_by_label("Name").fill("settler")
    ann.page.get_by_label("Password").fill(PASSWORD)
    ann.page.get_by_role("button", name="Sign in").click()
    expect(ann.page.get_by_role("heading", name="Rooms")).to_be_visible()
    path = ann.create_room("Settled here")
    ann.page.get_by_role("button", name="Join").click()
    ann.is_connected()
    ann.page.get_by_role("link", name="Room settings").click()
    expect(ann.page.get_by_role("heading", name="Room settings")).to_be_visible()
    ann.page.evaluate("window.same = true")
    ann.page.get_by_label("Description").fill("begun, not saved")
    ann.page.locator(f"#sidebar a[href='{path}']").click()
    ann.is_connected()
    ann.page.go_back()
    description = ann.page.get_by_label("Description")
    expect(description).to_have_value("begun, not saved")
    assert ann.page.evaluate("window.same")
    description.locator("xpath=ancestor::form").get_by_role("button", name="Save").click()
    expect(description).to_have_value("begun, not saved")
    assert not ann.page.evaluate("window.same")


def test_back_closes_what_is_open_first(ann: Stay) -> None:
    ann.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    here = ann.page.url
    ann.page.locator("#room-button").click()
    ann.page.locator("#people-button").click()
    expect(ann.page.locator("#people")).to_be_visible()
    ann.page.go_back()
    expect(ann.page.locator("#people")).to_be_hidden()
    ann.page.locator("#sidebar-button").click()
    expect(ann.page.locator("#sidebar")).to_be_visible()
    ann.page.go_back()
    expect(ann.page.locator("#sidebar")).to_be_hidden()
    expect(ann.page.locator("#sidebar-button")).to_be_focused()
    assert ann.page.url == here
    ann.page.locator("#sidebar-button").click()
    ann.follow("/")
    expect(ann.page.locator("#sidebar")).to_be_hidden()
    ann.page.get_by_role("link", name="Create room").click()
    dialog = ann.page.get_by_role("dialog", name="Create room")
    expect(dialog).to_be_visible()
    ann.page.wait_for_function("() => history.state?.overlay")  # the browser tells of a dialog a moment later
    ann.page.go_back()
    expect(dialog).to_be_hidden()
    expect(ann.page).to_have_url(f"{ann.visitor.site}/")
    ann.page.go_back()
    ann.visitor.is_connected()
    assert ann.page.url == here
    assert ann.is_same_document()


def test_scroll_comes_back(ann: Stay, server: ServerProcess) -> None:
    for n in range(20):
        make_room(server, f"Filling {n}")
    ann.follow("/")
    expect(ann.page.locator(".rooms li").nth(15)).to_be_attached()
    heading = ann.page.get_by_role("heading", name="Rooms", exact=True)
    ann.page.mouse.wheel(0, 400)
    expect(heading).not_to_be_in_viewport()
    ann.follow(ann.one)
    ann.visitor.is_connected()
    ann.page.go_back()
    expect(heading).to_be_focused()
    expect(heading).not_to_be_in_viewport()
    assert ann.is_same_document()


def test_keys_go_to_the_next_room(ann: Stay) -> None:
    ann.page.keyboard.press("Alt+ArrowDown")
    expect(title_of(ann.page)).to_contain_text("Oak")
    ann.visitor.is_connected()
    ann.page.keyboard.press("Alt+ArrowUp")
    expect(title_of(ann.page)).to_contain_text("Elm")
    ann.visitor.is_connected()
    assert ann.is_same_document()
