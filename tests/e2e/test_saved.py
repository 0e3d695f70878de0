"""Messages saved for later."""

import re

from playwright.sync_api import expect

from tests.e2e.axe import faults_of
from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.test_actions import choose, open_menu
from tests.support.server import ServerProcess


def test_name_in_a_list_opens_the_card_of_the_person(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    """In saved messages, in mentions and in a search, as in a room."""
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    bob.say("@Ann hello")
    ann.reads("@Ann hello")
    choose(ann, 1, "Save for later")
    page = ann.page
    for path in ("/saved", "/mentions", "/search?q=hello"):
        ann.go(path)
        name = page.get_by_role("main").locator(".person").first
        expect(name).to_have_attribute("aria-haspopup", "menu")
        name.click()
        card = page.get_by_role("menu", name="Bob")
        expect(card.locator(".about")).to_contain_text("Guest")
        expect(card.get_by_role("menuitem", name="Send direct message")).to_be_focused()
        expect(card.get_by_role("menuitem", name="Block…")).to_be_visible()
        expect(card.get_by_role("group", name="Rooms in common")).to_be_visible()
        expect(page).to_have_url(f"{server.url}{path}")
        page.keyboard.press("Escape")
        expect(card).to_be_hidden()
        expect(name).to_be_focused()
        page.get_by_role("main").get_by_role("link", name="@Ann", exact=True).click()
        expect(page.get_by_role("menu", name="Ann")).to_contain_text("you")
        page.keyboard.press("Escape")
        assert faults_of(page) == []
        name.focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Block…").click()
    page.get_by_role("dialog").get_by_role("button", name="Block").click()
    expect(page.get_by_text("Message from a blocked person")).to_be_visible()


def test_message_is_saved_found_and_removed(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.go("/")
    ann.enter(room, "Ann")
    for text in ("first", "**second** ||psst||"):
        ann.say(text)
    expect(ann.messages).to_have_count(2)
    choose(ann, 1, "Save for later")
    expect(ann.page.get_by_text("Saved for later")).to_be_visible()
    expect(ann.page.get_by_text("Saved for later")).to_be_hidden(timeout=20_000)
    choose(ann, 2, "Save for later")
    expect(ann.page.get_by_text("Saved for later")).to_be_visible()
    expect(open_menu(ann, 2).get_by_role("menuitem", name="Remove from saved messages")).to_be_visible()
    ann.page.keyboard.press("Escape")
    go = ann.page.get_by_role("link", name="Saved messages")
    go.click()
    cards = ann.page.get_by_role("main").get_by_role("listitem")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("second ▒▒▒")
    expect(cards.first.locator(".person .avatar")).to_have_attribute("data-initials", "A")
    expect(cards.first.locator(".person .avatar")).to_have_attribute("style", re.compile("background"))
    expect(go).to_have_attribute("aria-current", "page")
    other = Visitor(ann.page.context.new_page(), server.url)
    other.go(room)
    other.is_connected()
    cards.last.get_by_role("link", name="first").focus()
    choose(other, 2, "Remove from saved messages")
    expect(cards).to_have_count(1)
    expect(cards.get_by_role("link", name="first")).to_be_focused()
    choose(other, 2, "Save for later")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("second ▒▒▒")
    other.page.close()
    cards.first.get_by_role("button", name="Remove").click()
    expect(cards).to_have_count(1)
    cards.get_by_role("link", name="first").click()
    expect(ann.page).to_have_url(f"{server.url}{room}#m1")
    ann.is_connected()
    tab = Visitor(ann.page.context.new_page(), server.url)
    tab.go(room)
    tab.is_connected()
    expect(tab.messages.first).to_be_visible()
    while not open_menu(tab, 1).get_by_role("menuitem", name="Remove from saved messages").count():
        tab.page.keyboard.press("Escape")  # what is saved comes after the messages
    assert tab.faults == []
