"""Direct conversations: their start, their notifications, and their drafts."""

import httpx
import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import ask, program
from tests.e2e.test_drafts import Line
from tests.support.server import ServerProcess

# A real notification, of which the page keeps a note: what it shows is where no test can look.
NOTE = """
    window.shown = [];
    const Real = Notification;
    window.Notification = class extends Real {
        constructor(title, options) {
            super(title, options);
            window.shown.push({ title, body: options.body, note: this });
        }
    };
"""
# What the page sees when another tab is in front: headless Chromium has all tabs in sight.
AWAY = """away => {
    const visibility = { configurable: true, get: () => (away ? "hidden" : "visible") };
    Object.defineProperty(document, "hidden", { configurable: true, get: () => away });
    Object.defineProperty(document, "visibilityState", visibility);
    document.hasFocus = () => !away;
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def talk(visitor: Visitor, name: str) -> Locator:
    """The sidebar's link to the conversation with this participant."""
    return visitor.page.locator("[data-talks] a").filter(has_text=name)


def title_of(server: ServerProcess, room: str) -> str:
    return str(httpx.get(f"{server.url}/chats{room.removeprefix('/room')}", trust_env=False).json()["title"])


def write_to(visitor: Visitor, name: str) -> None:
    """Begin a conversation with a member of the room."""
    visitor.page.locator("#people").get_by_role("button", name=name).click()
    visitor.page.get_by_role("menuitem", name="Send direct message").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(name)
    visitor.is_connected()


def test_a_direct_message_is_counted_until_it_is_read(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    title = f"{title_of(server, room)} · wschat"
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    expect(talk(bob, "Ann")).to_have_count(0)
    write_to(ann, "Bob")
    expect(ann.page).to_have_url(f"{server.url}/direct/Bob")
    ann.say("psst")
    ann.say("are you there?")
    ann.reads("psst", "are you there?")
    expect(talk(ann, "Bob")).to_have_attribute("aria-current", "page")
    expect(bob.page).to_have_title(f"(2) {title}")
    expect(talk(bob, "Ann")).to_contain_text("2 unread messages")
    expect(bob.messages).to_have_count(0)  # the room hears nothing of it

    bob.page.reload()
    expect(talk(bob, "Ann")).to_contain_text("2 unread messages")
    expect(bob.page).to_have_title(f"(2) {title}")

    second = Visitor(bob.page.context.new_page(), server.url)
    second.go("/direct/Ann")
    second.reads("psst", "are you there?")
    expect(second.page).to_have_title("Ann · wschat")
    expect(talk(bob, "Ann").locator(".count")).to_have_count(0)  # read there, and so no longer counted here
    expect(bob.page).to_have_title(title)
    second.say("I am")
    ann.reads("psst", "are you there?", "I am")
    expect(ann.page).to_have_title("Bob · wschat")
    assert second.faults == []


def test_what_the_server_counted_is_in_the_title_before_there_is_a_connection(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    bob = new_visitor(server.url)
    bob.enter(room, "Bob")
    with program(server.ws_url, room, "Carol") as carol:
        ask(carol, type="direct", to="Bob", text="psst")
        expect(talk(bob, "Carol")).to_contain_text("1 unread message")
        bob.page.add_init_script("window.WebSocket = class extends EventTarget { close() {} send() {} };")
        bob.page.reload()
        expect(bob.page).to_have_title(f"(1) {title_of(server, room)} · wschat")


def test_nothing_is_marked_as_a_mention_in_a_conversation(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    write_to(ann, "Bob")
    ann.say("@Bob and @Ann, @room")
    bob.go("/direct/Ann")
    for visitor in (ann, bob):
        visitor.reads("@Bob and @Ann, @room")
        expect(visitor.page.locator(".message.mentions, .mention")).to_have_count(0)


def test_direct_message_shows_a_notification_while_away(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    bob = new_visitor(server.url, permissions=["notifications"])
    bob.page.add_init_script(NOTE)
    bob.enter(room, "Bob")
    bell = bob.page.get_by_role("button", name="Notify me of direct messages and mentions")
    expect(bell).to_have_attribute("aria-pressed", "true")
    with program(server.ws_url, room, "Carol") as carol:
        ask(carol, type="direct", to="Bob", text="while you look")
        expect(talk(bob, "Carol")).to_contain_text("1 unread message")
        assert bob.page.evaluate("shown.length") == 0
        bob.page.evaluate(AWAY, True)
        ask(carol, type="direct", to="Bob", text="**while** you are away")
        bob.page.wait_for_function("() => shown.length === 1")
        note = bob.page.evaluate("(({ title, body }) => [title, body])(shown[0])")
        assert note == ["Carol", "while you are away"]
        bob.page.evaluate("shown[0].note.dispatchEvent(new Event('click'))")
        expect(bob.page).to_have_url(f"{server.url}/direct/Carol")
        bob.reads("while you look", "while you are away")

        bob.page.evaluate(AWAY, True)
        ask(carol, type="direct", to="Bob", text="here as well")
        bob.page.wait_for_function("() => shown.length === 2")
        expect(bob.page).to_have_title("(1) Carol · wschat")
        bob.page.evaluate(AWAY, False)
        expect(bob.page).to_have_title("Carol · wschat")

        bell.click()  # no more of them
        bob.page.evaluate(AWAY, True)
        ask(carol, type="direct", to="Bob", text="in silence")
        expect(bob.page).to_have_title("(1) Carol · wschat")
        assert bob.page.evaluate("shown.length") == 2


def test_each_conversation_has_its_own_draft(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    with program(server.ws_url, room, "Bob"), program(server.ws_url, room, "Carol"):
        ann.enter(room, "Ann")
        drafts = {room: "for all", "/direct/Bob": "for Bob", "/direct/Carol": "for Carol"}
        for place, text in drafts.items():
            ann.go(place)
            ann.is_connected()
            expect(ann.writing).to_have_value("")
            ann.writing.fill(text)
        for place, text in drafts.items():
            ann.go(place)
            expect(ann.writing).to_have_value(text)
        ann.is_connected()
        ann.writing.press("Enter")
        ann.reads("for Carol")
        ann.go("/direct/Bob")
        expect(ann.writing).to_have_value("for Bob")
        ann.go("/direct/Carol")
        expect(ann.writing).to_have_value("")


@pytest.mark.timeout(120)  # the connection may pause for 30 s
def test_a_conversation_is_the_same_after_a_lost_connection(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    line = Line(ann)
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    bob.go("/direct/Ann")
    bob.is_connected()
    bob.say("psst")
    ann.go("/direct/Bob")
    ann.reads("psst")
    expect(ann.page.locator("#description")).to_have_text("online")
    line.cut()
    bob.say("missed")
    line.mend()
    ann.reads("psst", "missed")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("Bob")
    expect(ann.page.locator("#description")).to_have_text("online")
    expect(ann.page).to_have_title("Bob · wschat")
    ann.sees_people("Ann", "Bob")


def test_card_in_the_conversation_offers_nothing_that_the_page_is_already(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    write_to(ann, "Bob")
    ann.page.locator("#people").get_by_role("button", name="Bob").click()
    card = ann.page.get_by_role("menu", name="Bob")
    expect(card.get_by_role("menuitem", name="Block…")).to_be_visible()
    expect(card.get_by_role("menuitem").filter(has_text="Report…")).to_be_focused()
    for name in ("Mention", "Send direct message"):
        expect(card.get_by_role("menuitem", name=name)).to_have_count(0)
