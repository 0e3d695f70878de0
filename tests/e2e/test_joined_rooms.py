"""What is changed of a room in one browser is seen in the others of the same person."""

from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.test_actions import choose, open_menu
from tests.e2e.test_drafts import Ann, Line, ann, entry
from tests.e2e.test_posting import limit
from tests.support.server import ServerProcess, manage

__all__ = ["ann"]  # a fixture shared with test_drafts


def level(visitor: Visitor) -> Locator:
    return visitor.page.get_by_label("Notifications", exact=True)


def is_out(visitor: Visitor, room: str) -> None:
    """The page says that its user has left, and offers to join again."""
    visitor.is_told("You left this room.")
    visitor.cannot_write()
    expect(visitor.page.locator("#notice").get_by_role("link", name="Join again")).to_be_visible()
    expect(entry(visitor, room)).to_have_count(0)
    expect(visitor.page.get_by_role("button", name="Leave room")).to_be_hidden()


def test_room_left_in_one_browser_is_over_in_the_others(
    ann: Ann, server: ServerProcess, new_visitor: NewVisitor
) -> None:
    bob = new_visitor(server.url)
    bob.enter(ann.room, "Bob")
    bob.sees_people(ann.name, "Bob")
    tab = Visitor(ann.phone.page.context.new_page(), server.url)
    tab.go(ann.room)
    tab.is_connected()
    elsewhere = Visitor(ann.phone.page.context.new_page(), server.url)
    elsewhere.go("/saved")
    expect(entry(elsewhere, ann.room)).to_be_visible()
    ann.laptop.leave()
    for visitor in (ann.phone, tab):
        is_out(visitor, ann.room)
    expect(entry(elsewhere, ann.room)).to_have_count(0)
    bob.sees_people("Bob")
    bob.say("gone?")
    expect(ann.phone.messages).to_have_count(0)
    ann.phone.page.locator("#notice").get_by_role("link", name="Join again").click()
    ann.phone.page.get_by_role("button", name="Join").click()
    ann.phone.is_connected()
    bob.sees_people(ann.name, "Bob")
    expect(entry(elsewhere, ann.room)).to_be_visible()
    expect(entry(ann.laptop, ann.room)).to_be_visible()


def test_room_left_while_another_browser_was_away_is_over_there_too(ann: Ann) -> None:
    line = Line(ann.phone)
    ann.phone.page.reload()
    ann.phone.is_connected()
    line.cut()
    ann.laptop.leave()
    line.mend()
    expect(ann.phone.page.locator("#state")).to_have_attribute("data-state", "ended", timeout=40_000)
    is_out(ann.phone, ann.room)


def test_room_joined_in_one_browser_comes_into_the_sidebar_of_the_others(
    ann: Ann, server: ServerProcess, new_visitor: NewVisitor
) -> None:
    owner = new_visitor(server.url)
    other = owner.create_room(f"Other {ann.name}")
    expect(entry(ann.phone, ann.room)).to_have_attribute("aria-current", "page")
    ann.laptop.go(other)
    ann.laptop.page.get_by_role("button", name="Join").click()
    expect(entry(ann.phone, other)).to_be_visible()
    expect(entry(ann.phone, ann.room)).to_have_attribute("aria-current", "page")


def test_level_set_in_one_browser_holds_in_the_others(ann: Ann) -> None:
    level(ann.laptop).select_option("mentions")
    expect(level(ann.phone)).to_have_value("mentions")
    ann.laptop.page.get_by_label("For how long").select_option("3600")
    expect(ann.phone.page.locator("#level .until")).to_contain_text("Until")
    ann.phone.page.get_by_role("link", name="Saved messages").click()
    level(ann.laptop).select_option("nothing")
    expect(entry(ann.phone, ann.room)).to_have_attribute("data-level", "nothing")
    line = Line(ann.phone)
    ann.phone.go(ann.room)
    ann.phone.is_connected()
    expect(level(ann.phone)).to_have_value("nothing")
    line.cut()
    level(ann.laptop).select_option("all")
    line.mend()
    expect(level(ann.phone)).to_have_value("all", timeout=40_000)
    expect(entry(ann.phone, ann.room)).to_have_attribute("data-level", "all")


def test_message_saved_in_one_browser_is_saved_in_the_others(ann: Ann) -> None:
    ann.laptop.say("keep this")
    ann.phone.reads("keep this")
    choose(ann.laptop, 1, "Save for later")
    expect(ann.laptop.page.get_by_text("Saved for later")).to_be_visible()
    menu = open_menu(ann.phone, 1)
    menu.get_by_role("menuitem", name="Remove from saved messages").click()
    expect(ann.phone.page.get_by_text("Removed from saved messages")).to_be_visible()
    expect(open_menu(ann.laptop, 1).get_by_role("menuitem", name="Save for later")).to_be_visible()


def test_rules_accepted_in_one_browser_are_accepted_in_the_others(ann: Ann, server: ServerProcess) -> None:
    limit(server, ann.room, rules="Be kind.")
    for visitor in (ann.laptop, ann.phone):
        visitor.is_told("Be kind.")
        visitor.cannot_write()
    ann.laptop.page.get_by_role("button", name="Accept rules").click()
    ann.phone.writing.fill("I will")
    ann.phone.writing.press("Enter")
    ann.laptop.reads("I will")


def test_color_chosen_in_one_browser_is_shown_in_the_others(ann: Ann) -> None:
    ann.phone.page.get_by_role("link", name="Saved messages").click()
    mine = ann.phone.page.locator("#sidebar summary .avatar")
    ann.laptop.go("/profile")
    ann.laptop.page.get_by_label("Colour").fill("#0a7d32")
    ann.laptop.page.get_by_role("button", name="Save").first.click()
    expect(mine).to_have_attribute("data-color", "#0a7d32")


def test_page_that_may_not_ask_for_names_any_more_says_so(ann: Ann, server: ServerProcess) -> None:
    """The server has told nothing: the row went past it."""
    manage(
        "shell",
        "-c",
        f"from chat.models import JoinedRoom as J; J.objects.filter(participant__name={ann.name!r}).delete()",
        env=server.env,
    )
    ann.phone.open_panel("people")
    ann.phone.open_panel("people")
    ann.phone.is_told("Your access has expired, or the password changed.")
    ann.phone.cannot_write()
