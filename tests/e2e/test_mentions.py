"""Mentions: what calls a person, wherever on the site they are."""

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, WebSocketRoute, expect

from tests.e2e.axe import faults_of
from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import ask, number, program
from tests.e2e.test_direct import AWAY, NOTE, title_of
from tests.e2e.test_pages import make_room
from tests.support.server import ServerProcess

CONNECTED = "() => performance.getEntriesByType('resource').some(({ name }) => name.includes('sdk/client'))"
# The next page that is fetched comes when it is released.
HOLD = """() => {
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function () {
        XMLHttpRequest.prototype.send = send;
        const { onload } = this;
        this.onload = () => { window.release = () => onload.call(this); };
        this.send();
    };
}"""


def link(visitor: Visitor, room: str) -> Locator:
    """The sidebar's link to the room."""
    return visitor.page.locator(f"#sidebar a[href='{room}']")


def badges(visitor: Visitor, room: str) -> list[str]:
    """What the link to the room shows, without what is for screen readers."""
    return link(visitor, room).locator(".count > [aria-hidden]").all_text_contents()


def leave_open(visitor: Visitor, path: str) -> None:
    """Go to another place, without leaving the room for good."""
    visitor.page.locator(f"#sidebar a[href='{path}']").first.click()
    expect(visitor.page).to_have_url(visitor.site + path)


@pytest.fixture
def pair(server: ServerProcess, room: str, new_visitor: NewVisitor) -> Iterator[tuple[Visitor, Visitor]]:
    """Ann in the room; Bob, who has joined it and is at the list of rooms, notifications allowed."""
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    bob.page.context.grant_permissions(["notifications"])
    bob.page.add_init_script(NOTE)
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    leave_open(bob, "/")
    yield ann, bob
    assert (ann.faults, bob.faults) == ([], [])


def test_mention_calls_from_another_place(
    server: ServerProcess, room: str, pair: tuple[Visitor, Visitor]
) -> None:
    ann, bob = pair
    bob.page.evaluate(AWAY, True)
    ann.say("only chatter")
    ann.say("look, @bob, and `@bob`")
    expect(bob.page).to_have_title("(1) Rooms · wschat")
    assert badges(bob, room)[0] == "@1"
    expect(link(bob, room)).to_contain_text("1 mention")
    assert bob.page.locator("link[rel=icon]").get_attribute("href").startswith("data:image/svg")
    bob.page.wait_for_function("() => shown.length === 1")
    note = bob.page.evaluate("({ title: shown[0].title, body: shown[0].body })")
    assert note == {"title": f"Ann · {title_of(server, room)}", "body": "look, @bob, and @bob"}
    bob.page.evaluate(AWAY, False)
    bob.page.evaluate("shown[0].note.dispatchEvent(new Event('click'))")
    expect(bob.page).to_have_url(f"{server.url}{room}#m2")
    bob.is_connected()
    expect(bob.page.locator(".message .mention.me")).to_have_text("@bob")
    expect(ann.page.locator(".message .mention")).to_have_count(1)
    assert badges(bob, room) == []


def test_mention_calls_on_a_page_that_was_loaded_outside_of_rooms(
    room: str, pair: tuple[Visitor, Visitor]
) -> None:
    ann, bob = pair
    bob.go("/")
    bob.page.wait_for_function(CONNECTED)
    ann.say("@bob")
    expect(link(bob, room)).to_contain_text("1 mention")
    bob.go("/")  # the server counts it, too
    expect(link(bob, room)).to_contain_text("1 mention")
    assert badges(bob, room) == ["@1", "1"]


@pytest.mark.parametrize("lost", [False, True], ids=["before the connection", "while it is lost"])
def test_mention_without_a_connection_is_counted_after_it(
    server: ServerProcess, room: str, pair: tuple[Visitor, Visitor], lost: bool
) -> None:
    _, bob = pair
    with program(server.ws_url, room, "Carol") as carol:
        sockets: list[WebSocketRoute] = []

        def connect(socket: WebSocketRoute) -> None:
            ask(carol, type="send", room=number(room), text="@bob")
            socket.connect_to_server()
            sockets.append(socket)

        bob.page.route_web_socket("**/ws", connect)
        bob.go("/")
        expect(link(bob, room)).to_contain_text("1 mention")
        if lost:
            sockets[0].close(code=1012)
            expect(link(bob, room)).to_contain_text("2 mentions")


@pytest.mark.parametrize("act", ["change of places", "refresh"])
def test_page_that_is_older_than_a_mention_does_not_hide_it(
    server: ServerProcess, room: str, pair: tuple[Visitor, Visitor], act: str
) -> None:
    ann, bob = pair
    ann.say("@bob")
    expect(link(bob, room)).to_contain_text("1 mention")
    bob.page.evaluate(HOLD)
    if act == "refresh":
        bob.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    else:
        bob.page.locator("#sidebar a[href='/mentions']").click()
    bob.page.wait_for_function("() => window.release")
    ann.say("@bob again")
    expect(link(bob, room)).to_contain_text("2 mentions")
    bob.page.evaluate("async () => { release(); await new Promise((resolve) => setTimeout(resolve)); }")
    if act != "refresh":
        expect(bob.page.get_by_role("heading", name="Mentions")).to_be_visible()
    expect(link(bob, room)).to_contain_text("2 mentions")


def test_those_away_and_in_the_room_are_shown_the_same(room: str, pair: tuple[Visitor, Visitor]) -> None:
    ann, bob = pair
    ann.say("@Bob and @Zoe")
    expect(ann.page.locator(".message .mention")).to_have_text(["@Bob"])
    leave_open(bob, room)
    expect(bob.page.locator(".message .mention")).to_have_text(["@Bob"])


def test_level_of_a_room_says_what_calls(room: str, pair: tuple[Visitor, Visitor]) -> None:
    ann, bob = pair
    leave_open(bob, room)
    bob.is_connected()
    level = bob.page.get_by_label("Notifications")
    expect(level).to_have_value("all")
    level.select_option("mentions")
    bob.page.get_by_label("For how long").select_option("1 hour")
    expect(bob.page.locator("#level .until")).to_contain_text("Until")
    leave_open(bob, "/")
    ann.say("chatter")
    ann.say("@bob")
    expect(link(bob, room)).to_contain_text("1 mention")
    bob.go("/")
    assert badges(bob, room) == ["@1"]
    leave_open(bob, room)
    bob.is_connected()
    expect(level).to_have_value("mentions")
    expect(bob.page.locator("#level .until")).to_contain_text("Until")
    level.select_option("nothing")
    bob.page.get_by_label("For how long").select_option("Until I change it")
    expect(bob.page.locator("#level .until")).to_be_hidden()
    expect(link(bob, room)).to_have_attribute("data-level", "nothing")
    leave_open(bob, "/")
    ann.say("@bob again")
    bob.go("/")
    assert badges(bob, room) == []
    expect(bob.page).to_have_title("Rooms · wschat")


def test_list_of_mentions_leads_to_the_messages(
    server: ServerProcess, room: str, pair: tuple[Visitor, Visitor]
) -> None:
    ann, bob = pair
    leave_open(bob, "/mentions")
    expect(bob.page.get_by_role("main")).to_contain_text("No one has mentioned you yet.")
    ann.say("first @bob")
    ann.say("not this")
    ann.say("**second** @bob ||psst||")
    expect(ann.messages).to_have_count(3)
    expect(link(bob, room)).to_contain_text("2 mentions")
    bob.page.reload()
    cards = bob.page.get_by_role("main").get_by_role("listitem")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("second @bob ▒▒▒")
    expect(cards.first).to_contain_text(title_of(server, room))
    assert faults_of(bob.page) == []
    expect(bob.page.get_by_role("link", name="Mentions", exact=True)).to_have_attribute(
        "aria-current", "page"
    )
    cards.last.get_by_role("link", name="Ann").click()
    expect(bob.page.get_by_role("menu", name="Ann")).to_be_visible()
    bob.page.keyboard.press("Escape")
    cards.last.get_by_role("link", name="first").click(position={"x": 300, "y": 50})
    expect(bob.page).to_have_url(f"{server.url}{room}#m1")
    bob.is_connected()
    expect(bob.page.locator(".message .text").first).to_have_text("first @bob")


def test_room_that_was_joined_in_another_tab_appears_with_its_mention(
    server: ServerProcess, pair: tuple[Visitor, Visitor]
) -> None:
    ann, bob = pair
    other = make_room(server, f"Elm {uuid.uuid4().hex[:8]}")
    tab = bob.page.context.new_page()
    tab.goto(server.url + other)
    tab.get_by_role("button", name="Join").click()
    expect(tab.locator("#state")).to_have_attribute("data-state", "connected", timeout=20_000)
    tab.close()
    expect(link(bob, other)).to_be_visible()
    ann.go(other)
    ann.page.get_by_role("button", name="Join").click()
    ann.is_connected()
    ann.say("@bob")
    expect(link(bob, other)).to_contain_text("1 mention")


def test_many_are_not_called_without_a_question(server: ServerProcess, new_visitor: NewVisitor) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    path = ann.create_room(f"Ash {uuid.uuid4().hex[:8]}")
    ann.enter(path, f"Ann {uuid.uuid4().hex[:6]}")
    bob.enter(path, f"Bob {uuid.uuid4().hex[:6]}")
    ann.say("@room, the two of you")
    ann.reads("@room, the two of you")
    ann.page.evaluate("document.getElementById('chat').dataset.joined = '60'")
    ann.say("tea, @room?")
    dialog = ann.page.get_by_role("dialog", name="This notifies 60 people. Send it?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(ann.writing).to_have_value("tea, @room?")
    ann.page.get_by_role("button", name="Send").click()
    dialog.get_by_role("button", name="Send").click()
    bob.reads("@room, the two of you", "tea, @room?")
    expect(bob.page.locator(".message .mention.me")).to_have_text(["@room", "@room"])
    expect(ann.writing).to_have_value("")
    assert (ann.faults, bob.faults) == ([], [])
