"""People: avatars in one colour, and the card that a name opens from anywhere."""

import re
import uuid

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.axe import faults_of
from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import rooms_program
from tests.e2e.test_actions import choose
from tests.support.server import ServerProcess, manage

COLOR = "background-color"


def card(visitor: Visitor) -> Locator:
    return visitor.page.locator("#menu")


def name_of(visitor: Visitor, name: str) -> Locator:
    return visitor.page.locator(".message:not(.follows) .person").filter(has_text=name).last


def initial(key: str) -> str:
    return key[0].upper()


@pytest.fixture
def both(server: ServerProcess, new_visitor: NewVisitor) -> tuple[Visitor, Visitor, str]:
    """Ann, who owns a room, and Bob Fox, who said something in it."""
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    room = ann.create_room(f"Garden {uuid.uuid4().hex[:8]}")
    key = uuid.uuid4().hex[:6]
    ann.enter(room, f"Ann {key}")
    bob.enter(room, f"{key} Bob Fox")
    bob.say("hello")
    ann.reads("hello")
    return ann, bob, key


def test_name_of_a_message_opens_the_card(both: tuple[Visitor, Visitor, str]) -> None:
    ann, _, key = both
    name_of(ann, "Fox").click()
    expect(card(ann)).to_contain_text("Guest · online")
    expect(card(ann).get_by_role("group", name="Rooms in common").get_by_role("menuitem")).to_contain_text(
        "Garden"
    )
    expect(card(ann).get_by_role("menuitem", name="Send direct message")).to_be_visible()
    expect(card(ann).get_by_role("menuitem", name="Mute")).to_be_visible()
    card(ann).get_by_role("menuitem", name="Mention").click()
    expect(ann.writing).to_have_value(f"@{key} Bob Fox ")
    expect(ann.writing).to_be_focused()


def test_mention_opens_the_card_of_the_person(both: tuple[Visitor, Visitor, str]) -> None:
    ann, bob, key = both
    ann.say(f"**Look**, @{key} Bob Fox, @room and @Nobody")
    expect(ann.messages.last).to_contain_text("Look")
    mention = ann.page.locator(".message .mention")
    expect(mention).to_have_text([f"@{key} Bob Fox", "@room"])
    expect(ann.page.locator(".message").get_by_role("link")).to_have_text([f"@{key} Bob Fox"])
    mention.first.click()
    menu = ann.page.get_by_role("menu", name=f"{key} Bob Fox")
    expect(menu).to_contain_text("Guest · online")
    expect(menu.get_by_role("menuitem", name="Mute")).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(mention.first).to_be_focused()
    mention.last.click()
    expect(card(ann)).to_be_hidden()
    with bob.page.context.expect_page() as opened:
        bob.page.locator(".message a.mention").click(modifiers=["ControlOrMeta"])
    expect(opened.value.get_by_role("heading", level=1)).to_have_text(f"{key} Bob Fox")
    expect(card(bob)).to_be_hidden()


def test_mention_is_reached_by_keyboard(both: tuple[Visitor, Visitor, str]) -> None:
    _, bob, key = both
    bob.say(f"I am @{key} Bob Fox")
    bob.reads("hello", f"I am @{key} Bob Fox")
    bob.page.locator(".message").last.focus()
    mention = bob.page.locator(".message a.mention")
    expect(mention).to_have_attribute("tabindex", "0")
    bob.page.keyboard.press("Tab")
    expect(mention).to_be_focused()
    bob.page.keyboard.press("Enter")
    expect(card(bob)).to_contain_text("you")


def test_mention_opens_the_card_in_the_panels(both: tuple[Visitor, Visitor, str]) -> None:
    """Beside the button that leads to the message, which is named by its words."""
    ann, _, key = both
    page = ann.page
    ann.say(f"for @{key} Bob Fox")
    ann.reads("hello", f"for @{key} Bob Fox")
    choose(ann, 2, "Pin")
    for panel in ("pins", "search"):
        ann.open_panel(panel)
        if panel == "search":
            page.get_by_label("Search in ").fill("for")
            page.keyboard.press("Enter")
        hit = page.locator(f"#{panel} .hits li")
        hit.get_by_role("link", name=f"@{key} Bob Fox").click()
        expect(card(ann)).to_contain_text("Guest · online")
        page.keyboard.press("Escape")
        assert faults_of(page) == []
        hit.get_by_role("button", name=f"for @{key} Bob Fox").click(position={"x": 12, "y": 12})
        expect(page.locator("#rows [data-seq='2']")).to_be_focused()


def test_avatar_stays_in_its_place_when_the_pointer_is_on_the_name(
    both: tuple[Visitor, Visitor, str],
) -> None:
    ann, _, _ = both
    avatar = name_of(ann, "Fox").locator(".avatar")
    before = avatar.bounding_box()
    name_of(ann, "Fox").locator(".name").hover()
    expect(name_of(ann, "Fox").locator(".name")).to_have_css("text-decoration-line", "underline")
    assert avatar.bounding_box() == before


def test_card_is_reached_by_keyboard_and_gives_the_focus_back(both: tuple[Visitor, Visitor, str]) -> None:
    ann, _, key = both
    ann.page.locator(".message").last.focus()
    ann.page.keyboard.press("Tab")
    expect(name_of(ann, "Fox")).to_be_focused()
    ann.page.keyboard.press("Enter")
    expect(card(ann).get_by_role("menuitem").first).to_be_focused()
    expect(ann.page.get_by_role("menu", name=f"{key} Bob Fox")).to_be_visible()
    ann.page.keyboard.press("Escape")
    expect(name_of(ann, "Fox")).to_be_focused()


def test_card_of_an_unverified_name_offers_no_conversation(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    with rooms_program(server.ws_url, room, "Zed"):
        ann.page.locator("#people .person", has_text="Zed").click()
        expect(card(ann)).to_contain_text("This name is unverified")
        expect(card(ann).get_by_role("menuitem")).to_have_text(["Mention", "Report…"])


def test_new_colour_is_seen_everywhere_at_once(both: tuple[Visitor, Visitor, str]) -> None:
    ann, bob, key = both
    avatars = (
        name_of(ann, "Fox").locator(".avatar"),
        ann.page.locator("#people .person", has_text="Fox").locator(".avatar"),
        name_of(bob, "Fox").locator(".avatar"),
        bob.page.locator("#sidebar details .avatar"),
    )
    for avatar in avatars:
        expect(avatar).to_have_attribute("data-initials", f"{initial(key)}F")
    other = bob.page.context.new_page()
    other.goto(f"{bob.site}/profile")
    other.locator("#color").fill("#102030")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    for avatar in avatars:
        expect(avatar).to_have_css(COLOR, "rgb(16, 32, 48)")
    expect(avatars[0]).to_have_css("color", "rgb(255, 255, 255)")


def test_name_is_changed_in_the_profile_and_is_one_on_the_page(both: tuple[Visitor, Visitor, str]) -> None:
    _, bob, key = both
    bob.page.locator("#sidebar details > summary").click()
    bob.page.get_by_role("link", name="Profile").click()
    bob.page.get_by_label("Your name").fill(f"{key} Robert")
    bob.page.get_by_role("button", name="Save").click()
    expect(bob.page.locator("#sidebar details > summary bdi")).to_have_text(f"{key} Robert")
    bob.page.get_by_role("link", name="Garden").first.click()
    bob.is_connected()
    expect(bob.page.locator("#people .name").filter(has_text="Robert")).to_have_count(1)
    bob.say("it is me")
    expect(name_of(bob, "Robert")).to_be_visible()


def test_name_changed_in_another_browser_is_one_on_the_page_and_own_messages_stay_own(
    server: ServerProcess, both: tuple[Visitor, Visitor, str], new_visitor: NewVisitor
) -> None:
    ann, bob, key = both
    there = new_visitor(server.url, storage_state=bob.page.context.storage_state())
    there.go("/profile")
    there.page.get_by_label("Your name").fill(f"{key} Robert")
    there.page.get_by_role("button", name="Save").click()
    expect(bob.page.locator("#people .name").filter(has_text="Robert")).to_be_visible()
    expect(bob.page.locator("#sidebar details > summary bdi")).to_have_text(f"{key} Robert")
    bob.writing.press("ArrowUp")
    expect(bob.writing).to_have_value("hello")
    bob.writing.fill("hello again")
    bob.writing.press("Enter")
    ann.reads("hello again")


def test_renamed_person_is_once_in_the_panel_and_old_messages_open_their_card(
    server: ServerProcess, both: tuple[Visitor, Visitor, str], new_visitor: NewVisitor
) -> None:
    ann, bob, key = both
    ann.say(f"psst @{key} Bob Fox")
    there = new_visitor(server.url, storage_state=bob.page.context.storage_state())
    there.go("/profile")
    there.page.get_by_label("Your name").fill(f"{key} Robert")
    there.page.get_by_role("button", name="Save").click()
    everyone = ann.page.locator("#people .one .name")
    expect(everyone.filter(has_text="Robert")).to_have_count(1)
    expect(everyone).to_have_count(2, timeout=2_000)  # who is away is asked 5 s later at the earliest
    name_of(ann, "Fox").click()
    menu = ann.page.get_by_role("menu", name=f"{key} Robert")
    expect(menu).to_contain_text("Guest · online")
    expect(menu.get_by_role("menuitem", name="Mute")).to_be_visible()
    menu.get_by_role("menuitem", name="Mention").click()
    expect(ann.writing).to_have_value(f"@{key} Robert ")
    ann.writing.fill("")
    ann.page.locator("#rows a.mention").click()
    expect(menu).to_contain_text("Guest · online")
    ann.page.keyboard.press("Escape")
    ann.go("/search?q=psst")
    ann.page.locator(".found-list a.mention").click()
    expect(menu).to_contain_text("Guest · online")
    ann.go("/search?q=hello")
    ann.page.locator(".found-list a.person").filter(has_text=key).click()
    expect(ann.page.get_by_role("menu", name=f"{key} Robert")).to_contain_text("Guest · online")


def test_card_of_who_is_deleted_says_so(server: ServerProcess, both: tuple[Visitor, Visitor, str]) -> None:
    ann, bob, key = both
    bob.page.close()
    delete = f"from chat.models import Participant; Participant.objects.filter(name='{key} Bob Fox').delete()"
    manage("shell", "--verbosity=0", "--command", delete, env=server.env)
    name_of(ann, "Fox").click()
    expect(card(ann)).to_contain_text("This person is no longer here.")
    expect(card(ann).get_by_role("menuitem", name="Send direct message")).to_have_count(0)
    expect(card(ann).get_by_role("menuitem", name="Ban")).to_be_visible()
    assert faults_of(ann.page) == []


# The page asks when it comes to the front, and each minute.
ASK_UNTIL_AWAY = """() => {
    document.dispatchEvent(new Event("visibilitychange"));
    return document.querySelector("#description time") !== null;
}"""

ASK_UNTIL_ONLINE = """(online) => {
    document.dispatchEvent(new Event("visibilitychange"));
    return (document.querySelector("#description [data-online]") !== null) === online;
}"""


def test_last_seen_is_on_the_card_and_in_the_conversation(both: tuple[Visitor, Visitor, str]) -> None:
    ann, bob, key = both
    room = ann.page.url.removeprefix(ann.site)
    bob.go("/profile")
    bob.page.get_by_label("Show others when I was last here").check()
    bob.page.get_by_role("button", name="Save").click()
    expect(bob.page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    expect(bob.page.get_by_label("Show others when I was last here")).to_be_checked()
    bob.go(f"/direct?name=Ann {key}")
    bob.is_connected()
    bob.say("psst")
    line = ann.page.locator("#description")
    dot = ann.page.locator("#people .person", has_text="Fox").locator(".avatar")
    ann.go(f"/direct?name={key} Bob Fox")
    ann.is_connected()
    expect(line).to_have_text("online")
    expect(dot).to_have_class("avatar online")
    bob.page.goto("about:blank")
    ann.page.wait_for_function(ASK_UNTIL_AWAY, polling=300)
    expect(line).to_have_text("Last seen just now")
    expect(dot).to_have_class("avatar")
    ann.go(room)
    ann.is_connected()
    name_of(ann, "Fox").click()
    expect(card(ann)).to_contain_text("Guest · Last seen just now")
    expect(card(ann).locator("time")).to_have_attribute("title", re.compile(r"\d{4}, .* UTC"))
    ann.go(f"/direct?name={key} Bob Fox")
    ann.is_connected()
    bob.go(f"/direct?name=Ann {key}")
    bob.is_connected()
    bob.say("back")
    ann.reads("psst", "back")
    expect(line).not_to_contain_text("Last seen")
    ann.page.wait_for_function(ASK_UNTIL_ONLINE, arg=True, polling=300)
    bob.go("/profile")
    bob.page.get_by_label("Your name").fill(f"{key} Bob Wolf")
    bob.page.get_by_role("button", name="Save").click()
    expect(bob.page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    ann.page.wait_for_function(ASK_UNTIL_ONLINE, arg=False, polling=300)  # another one may take the name
