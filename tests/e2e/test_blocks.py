"""Ann blocks Bob: on his card, on his page, and in her profile."""

import uuid

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.test_actions import choose
from tests.e2e.test_people import card, name_of
from tests.support.server import ServerProcess

FOLDED = "Message from a blocked person Show"


class Pair:
    """Ann and Bob in a room in which Bob has said "hello"."""

    def __init__(self, ann: Visitor, bob: Visitor, room: str, key: str) -> None:
        self.ann, self.bob, self.room = ann, bob, room
        self.of_ann, self.of_bob = f"Ann {key}", f"{key} Bob Fox"

    def choose(self, label: str) -> None:
        """Choose it on the card of Bob."""
        name_of(self.ann, "Fox").click()
        card(self.ann).get_by_role("menuitem", name=label).click()

    def block(self) -> None:
        self.choose("Block…")
        dialog = self.ann.page.get_by_role("dialog")
        expect(dialog).to_contain_text(f"Block {self.of_bob}?")
        dialog.get_by_role("button", name="Block").click()
        expect(words(self.ann.page).first).to_have_text(FOLDED)


def words(page: Page) -> Locator:
    return page.locator(".message .text")


@pytest.fixture
def pair(server: ServerProcess, new_visitor: NewVisitor) -> Pair:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    room = ann.create_room(f"Garden {uuid.uuid4().hex[:8]}")
    found = Pair(ann, bob, room, uuid.uuid4().hex[:6])
    ann.enter(room, found.of_ann)
    bob.enter(room, found.of_bob)
    bob.say("hello")
    ann.reads("hello")
    return found


def test_messages_of_a_blocked_person_are_folded_in_all_tabs(pair: Pair) -> None:
    ann, bob = pair.ann, pair.bob
    tab = Visitor(ann.page.context.new_page(), ann.site)
    tab.go(pair.room)
    tab.is_connected()
    tab.reads("hello")
    pair.block()
    expect(words(tab.page)).to_have_text([FOLDED])
    bob.say(f"@{pair.of_ann} look")
    expect(words(ann.page)).to_have_text([FOLDED, FOLDED])
    ann.page.get_by_role("button", name="Show").first.click()
    expect(words(ann.page)).to_have_text(["hello", FOLDED])
    ann.go(pair.room)
    expect(words(ann.page)).to_have_text([FOLDED, FOLDED])
    ann.is_connected()
    pair.choose("Unblock")
    for page in (ann.page, tab.page):
        expect(words(page)).to_have_text(["hello", f"@{pair.of_ann} look"])
    assert tab.faults == []


def test_blocked_message_is_shown_by_keyboard(pair: Pair) -> None:
    page = pair.ann.page
    pair.block()
    page.locator(".message").last.focus()
    for _ in range(9):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Show":
            break
    page.keyboard.press("Enter")
    expect(words(page)).to_have_text(["hello"])
    expect(page.locator(".message").last).to_be_focused()


def test_neither_of_the_two_writes_to_the_other(pair: Pair) -> None:
    ann, bob = pair.ann, pair.bob
    pair.block()
    bob.go(f"/direct?name={pair.of_ann}")
    bob.is_connected()
    bob.writing.fill("psst")
    bob.page.keyboard.press("Enter")
    expect(bob.page.locator("#pending")).to_contain_text("accepts no direct messages from you")
    ann.go(f"/direct?name={pair.of_bob}")
    expect(ann.page.locator("#notice")).to_contain_text(f"You have blocked {pair.of_bob}.")
    expect(ann.writing).not_to_be_editable()
    ann.page.get_by_role("button", name="Unblock").click()
    expect(ann.writing).to_be_focused()
    ann.say("now")
    bob.reads("now")


def test_person_is_blocked_on_their_page_and_unblocked_in_the_profile(pair: Pair) -> None:
    page = pair.ann.page
    pair.ann.go(f"/person?name={pair.of_bob}")
    page.get_by_text("Block…").click()
    page.get_by_role("button", name="Block").click()
    expect(page.get_by_text("You have blocked this person.")).to_be_visible()
    pair.ann.go("/profile")
    blocked = page.get_by_role("region", name="Blocked people").get_by_role("listitem")
    expect(blocked).to_have_text([f"{pair.of_bob} Unblock"])
    blocked.get_by_role("button", name="Unblock").click()
    expect(page.get_by_text("You have blocked no one.")).to_be_visible()


def test_messages_of_a_blocked_person_are_folded_in_the_panels(pair: Pair) -> None:
    ann, page = pair.ann, pair.ann.page
    choose(ann, 1, "Pin")
    choose(ann, 1, "Reply")
    ann.say("hello you")
    page.locator(".message .replies").first.click()
    replies, pinned, found = (page.locator(f"#{panel} .hits > li") for panel in ("replies", "pins", "search"))
    expect(replies.locator(".words")).to_have_text(["hello", "hello you"])
    pair.block()
    expect(replies).to_contain_text(["Message from a blocked person", "hello you"])
    page.get_by_role("button", name="Pinned messages").click()
    expect(pinned).to_contain_text("Message from a blocked person")
    page.keyboard.press("Control+Shift+f")
    page.locator("#search-text").fill("hello")
    page.keyboard.press("Enter")
    expect(found).to_contain_text(["hello you", "Message from a blocked person"])
    expect(page.locator("#search mark")).to_have_count(1)
    found.get_by_role("button", name="Show").press("Enter")
    expect(found.nth(1).locator("mark")).to_have_text("hello")
    expect(found.nth(1).get_by_role("button", name="hello")).to_be_focused()
    for panel in (replies, pinned):
        expect(panel.first.locator(".words")).to_have_text("hello")
    expect(words(page)).to_have_text(["hello", "hello you"])


def test_messages_of_a_blocked_person_are_folded_in_the_lists(pair: Pair) -> None:
    ann, bob, page = pair.ann, pair.bob, pair.ann.page
    bob.say(f"@{pair.of_ann} look")
    choose(ann, 2, "Save for later")
    pair.block()
    for path in (f"/search?q=look {pair.of_ann}", "/saved", "/mentions"):
        ann.go(path)
        found = page.locator(".found")
        text = found.locator(".found-text")
        expect(found).to_contain_text("Message from a blocked person")
        expect(text).to_be_hidden()
        found.get_by_text("Show").click()
        expect(text).to_have_text(f"@{pair.of_ann} look")
        found.get_by_role("link", name=f"@{pair.of_ann} look").click(position={"x": 300, "y": 50})
        expect(page).to_have_url(f"{ann.site}{pair.room}#m2")
