"""The sidebar, as the client updates its conversations."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Locator, Page, Route, expect

from chat.web.sidebar import SidebarEntries, SidebarEntry
from tests.e2e.axe import faults_of
from tests.e2e.conftest import NewVisitor
from tests.support.server import ServerProcess

ENTRIES = SidebarEntries(
    [SidebarEntry(1, "Public Chat", "/room/1", 0, current=True), SidebarEntry(7, "Tea", "/room/7", 4)],
    [SidebarEntry(3, "Bob", "/direct/Bob", 2), SidebarEntry(4, "Cyd", "/direct/Cyd", 0)],
)

# A client and conversations as docs/sdk.md has them; `tell` is what a message or a read mark does.
START = """async () => {
    const { Sidebar } = await import("/static/chat/aside/sidebar.js");
    const { Client } = await import("/static/sdk/client.js");
    window.totals = [];
    window.sidebar = new Sidebar({
        element: document.getElementById("sidebar"),
        shown: "Dora",
        onTotal: (count) => window.totals.push(count),
    });
    window.client = new Client({ url: "ws://127.0.0.1:1" });
    window.client.listen = (listeners) => (window.client.listeners = listeners);
    window.client.joinedRooms = async () => (window.client.asked = true) && [];
    window.sidebar.follow(window.client);
}"""
MEET = """({ id, name, unread }) => {
    const talk = { id, other: name && { name }, unread };
    talk.listen = (listeners) => Object.assign(talk, listeners);
    (window.talks ??= {})[id] = talk;
    window.sidebar.addConversation(talk);
}"""


@pytest.fixture
def page(server: ServerProcess, new_visitor: NewVisitor) -> Page:
    """A page with the list on it, and nothing else."""
    visitor = new_visitor(server.url)
    sheets = "".join(
        f'<link rel="stylesheet" href="/static/chat/{name}.css">'
        for name in ("base", "forms", "menu", "sidebar")
    )
    head = f'<!DOCTYPE html><html lang="en"><head><title>Chat</title>{sheets}</head>'
    body = f"{head}<body><main><h1>Chat</h1></main>" + render_to_string(
        "chat/_sidebar.html", {"sidebar": ENTRIES, "here": "/room/1"}
    )
    visitor.page.route("**/sidebar", lambda route: route.fulfill(body=body, content_type="text/html"))
    visitor.go("/sidebar")
    visitor.page.evaluate(START)
    return visitor.page


def meet(page: Page, **talk: Any) -> None:
    page.evaluate(MEET, talk)


def tell(page: Page, talk: int, unread: int) -> None:
    page.evaluate("([talk, unread]) => window.talks[talk].onUnread(unread)", [talk, unread])


def talks(page: Page) -> Locator:
    return page.locator("[data-talks] a")


def totals(page: Page) -> list[int]:
    return page.evaluate("window.totals")


def test_what_the_server_counted_stands_until_the_client_knows_better(page: Page) -> None:
    expect(talks(page).first).to_contain_text("2 unread messages")
    assert page.evaluate("window.sidebar.total") == 2
    meet(page, id=3, name="Bob", unread=5)
    expect(talks(page).first).to_contain_text("5 unread messages")
    tell(page, 3, 0)
    expect(talks(page).first).to_have_text("Bob")
    assert totals(page) == [5, 0]


def test_a_conversation_with_news_comes_first(page: Page) -> None:
    meet(page, id=4, name="Cyd", unread=0)
    expect(talks(page).first).to_contain_text("Bob")
    tell(page, 4, 1)
    expect(talks(page).first).to_contain_text("Cyd")
    expect(talks(page).first).to_contain_text("1 unread message")
    assert totals(page) == [3]


def test_a_new_conversation_appears_with_its_first_message(page: Page) -> None:
    meet(page, id=9, name="a/b <i>", unread=0)
    expect(talks(page)).to_have_count(2)
    tell(page, 9, 1)
    expect(talks(page)).to_have_count(3)
    expect(talks(page).first.locator("bdi")).to_have_text("a/b <i>")
    expect(talks(page).first).to_have_attribute("href", "/direct/a%2Fb%20%3Ci%3E")


def test_name_of_the_other_direction_stands_beside_its_avatar(page: Page) -> None:
    meet(page, id=9, name="נועה", unread=1)
    gap = talks(page).first.evaluate(
        """(link) => {
            const text = document.createRange();
            text.selectNodeContents(link.querySelector(".entry-title"));
            const avatar = link.querySelector(".avatar").getBoundingClientRect();
            return text.getBoundingClientRect().left - avatar.right;
        }"""
    )
    assert 0 <= gap < 24


def test_a_conversation_is_listed_with_the_first_message_that_the_user_sends(page: Page) -> None:
    meet(page, id=9, name="Dora", unread=0)
    page.evaluate("window.sidebar.noteMessage(window.talks[9])")
    expect(talks(page).locator("bdi")).to_have_text(["Dora", "Bob", "Cyd"])
    expect(talks(page).first).to_have_attribute("aria-current", "page")
    meet(page, id=4, name="Cyd", unread=0)
    page.evaluate("window.sidebar.noteMessage(window.talks[4])")
    expect(talks(page).locator("bdi")).to_have_text(["Cyd", "Dora", "Bob"])
    assert totals(page) == []


def test_a_conversation_that_began_in_another_browser_is_asked_of_the_server(page: Page) -> None:
    entry = SidebarEntry(9, "Dora", "/direct/Dora", 0)
    home = render_to_string("chat/_sidebar.html", {"sidebar": SidebarEntries(talks=[entry])})
    body = f"<!DOCTYPE html><title>Rooms</title>{home}"
    page.route("**/", lambda route: route.fulfill(body=body, content_type="text/html"))
    meet(page, id=9, name=None, unread=0)
    page.evaluate("window.sidebar.noteMessage(window.talks[9])")
    expect(talks(page)).to_have_text(["Dora"])


def test_other_places_with_a_draft_are_marked(page: Page) -> None:
    page.evaluate("window.sidebar.showDrafts(new Map([[1, {}], [4, {}], [7, {}]]))")
    marks = page.locator("#sidebar .entry .badge").filter(visible=True)
    expect(marks).to_have_text(["Draft", "Draft"])
    expect(talks(page).last).to_have_accessible_name("Cyd Draft")
    assert faults_of(page) == []
    page.evaluate("window.sidebar.showDrafts(null)")  # without a connection
    expect(marks).to_have_count(2)
    page.evaluate("window.sidebar.showDrafts(new Map([[7, {}]]))")
    expect(marks).to_have_count(1)


def test_large_count_is_shown_as_many(page: Page) -> None:
    meet(page, id=3, name="Bob", unread=100)
    expect(talks(page).first).to_contain_text("99+")
    expect(talks(page).first).to_contain_text("more than 99 unread messages")


def test_open_conversation_is_not_counted(page: Page) -> None:
    page.locator("[data-talks] a").first.evaluate("link => link.setAttribute('aria-current', 'page')")
    meet(page, id=3, name="Bob", unread=5)
    assert totals(page) == []


def test_a_conversation_that_begins_on_its_own_page_is_listed_and_not_counted(page: Page) -> None:
    meet(page, id=9, name="Dora", unread=0)
    tell(page, 9, 1)
    expect(talks(page).locator("bdi")).to_have_text(["Dora", "Bob", "Cyd"])
    expect(talks(page).first.locator(".count")).to_have_count(0)
    expect(talks(page).first).to_have_attribute("aria-current", "page")
    assert totals(page) == []


def test_conversation_without_a_known_name_is_not_shown(page: Page) -> None:
    meet(page, id=9, name=None, unread=1)
    expect(talks(page)).to_have_count(2)


def test_counts_of_other_rooms_are_fetched_on_return(page: Page) -> None:
    home = render_to_string(
        "chat/_sidebar.html", {"sidebar": SidebarEntries([SidebarEntry(7, "Tea", "/room/7", 6)])}
    )
    body = f"<!DOCTYPE html><title>Rooms</title>{home}"
    page.route("**/", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("a[data-room='7']")).to_contain_text("6 unread messages")


def test_counts_that_are_older_than_what_was_heard_are_not_shown(page: Page) -> None:
    home = render_to_string(
        "chat/_sidebar.html", {"sidebar": SidebarEntries([SidebarEntry(7, "Tea", "/room/7", 6)])}
    )
    body = f"<!DOCTYPE html><title>Rooms</title>{home}"
    held: list[Route] = []
    page.route("**/", lambda route: held.append(route))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.evaluate("window.client.listeners.onRead({ room: 7, unread: 0, mentions: 0 })")
    expect(page.locator("a[data-room='7'] .count")).to_have_count(0)
    with page.expect_response("**/"):
        held[0].fulfill(body=body, content_type="text/html")
    page.wait_for_function("window.client.asked")  # for what the server counts now
    expect(page.locator("a[data-room='7'] .count")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    assert faults_of(page) == []
