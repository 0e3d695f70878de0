"""Who can post in a room, and how often, as people see it."""

import re

from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import PASSWORD, Visitor
from tests.e2e.programs import change_room, number
from tests.support.server import ServerProcess, manage


def limit(server: ServerProcess, room: str, **fields: object) -> None:
    """Change the room as staff do."""
    change = (
        "from chat.models import Room; from chat.permissions import SITE; from chat.services import rooms;"
        f"room = Room.objects.get(pk={number(room)});"
        f"rooms.limit_posting(room=room, actor=SITE, fields={fields!r})"
    )
    manage("shell", "--verbosity=0", "--command", change, env=server.env)


def pace_of(visitor: Visitor) -> Locator:
    return visitor.page.locator("#pace")


def test_slow_mode_counts_down_and_keeps_what_is_written(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.say("before")
    limit(server, room, slow_seconds=300)
    expect(pace_of(ann)).to_have_text("Slow mode: 5 minutes between messages")
    ann.say("first")
    expect(pace_of(ann)).to_contain_text("Slow mode: next message in")
    ann.writing.fill("second")
    ann.writing.press("Enter")
    expect(ann.page.locator(".composer .refusal")).to_have_text("Not sent yet: this room is in slow mode.")
    expect(ann.writing).to_have_value("second")
    limit(server, room, slow_seconds=0)
    expect(pace_of(ann)).to_be_hidden()
    ann.writing.press("Enter")
    ann.reads("before", "first", "second")


def test_message_that_the_server_finds_too_soon_is_shown_with_the_reason(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    """The page that is loaded anew knows no earlier message: the server does."""
    limit(server, room, slow_seconds=300)
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.say("first")
    ann.reads("first")
    ann.page.reload()
    ann.is_connected()
    ann.say("second")
    failed = ann.page.locator(".unsent.failed")
    expect(failed).to_contain_text("this room is in slow mode; you can send again at")
    expect(pace_of(ann)).to_contain_text("Slow mode: next message in")


def test_guest_is_told_to_sign_in_where_only_accounts_can_post(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Guest of mine")
    ann.say("as a guest")
    limit(server, room, accounts_only=True)
    ann.is_told("Only people with an account can post here.")
    ann.cannot_write()
    ann.page.locator("#notice").get_by_role("link", name="Sign in").click()
    ann.page.get_by_role("link", name="Create account").click()
    ann.page.get_by_label("Password", exact=True).fill(PASSWORD)
    ann.page.get_by_label("Confirm password").fill(PASSWORD)
    ann.page.get_by_role("button", name="Create account").click()
    expect(ann.page).to_have_url(f"{server.url}{room}")
    ann.is_connected()
    expect(ann.page.locator("#notice")).to_be_hidden()
    ann.say("with an account")
    ann.reads("as a guest", "with an account")


def test_newcomer_accepts_the_rules_before_the_first_message(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    limit(server, room, rules="Be kind.\nNo ads.")
    ann = new_visitor(server.url)
    ann.enter(room, "Newcomer")
    ann.is_told("Be kind.")
    ann.cannot_write()
    ann.page.get_by_role("button", name="Accept rules").click()
    expect(ann.page.locator("#notice")).to_be_hidden()
    expect(ann.writing).to_be_focused()
    ann.say("hello")
    ann.reads("hello")
    ann.page.reload()
    ann.is_connected()
    expect(ann.page.locator("#notice")).to_be_hidden()
    limit(server, room, rules="Be kinder.")
    ann.is_told("Be kinder.")
    ann.cannot_write()
    limit(server, room, rules="")
    expect(ann.page.locator("#notice")).to_be_hidden()
    ann.say("again")
    ann.reads("hello", "again")


def test_muted_member_is_told_until_when_and_why(server: ServerProcess, new_visitor: NewVisitor) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    room = ann.create_room("Quiet please")
    ann.enter(room, "Ann Quiet")
    bob.enter(room, "Bob Loud")
    bob.say("listen")
    bob.reads("listen")
    bob.writing.fill("more of it")
    ann.page.locator("#people .person", has_text="Bob").click()
    ann.page.get_by_role("menuitem", name="Mute Bob").click()
    ann.page.get_by_role("menuitem", name="Mute with a reason…").click()
    dialog = ann.page.get_by_role("dialog", name="Mute Bob Loud")
    dialog.get_by_label("Reason").fill("too loud")
    dialog.get_by_role("button", name="Mute").click()
    for _ in range(2):
        bob.is_told("A moderator has muted you in this room. Until ")
        bob.is_told("Reason: too loud")
        bob.cannot_write()
        bob.page.reload()
        bob.is_connected()
    tools = bob.page.locator(".message .tools").last.get_by_role("button", include_hidden=True)
    bob.page.locator(".message").last.hover()
    expect(tools.filter(visible=True)).to_have_accessible_name("More actions")
    for visitor in (ann, bob):  # on the card, for moderators and for the member
        visitor.page.locator("#people .person", has_text="Bob").click()
        told = visitor.page.locator("#menu .mute")
        expect(told).to_contain_text("Muted in this room. Until ")
        expect(told).to_contain_text("Reason: too loud")
    ann.page.get_by_role("menuitem", name="Unmute Bob").click()
    expect(bob.page.locator("#notice")).to_be_hidden()
    bob.page.keyboard.press("Escape")
    for visitor in (ann, bob):
        visitor.page.locator("#people .person", has_text="Bob").click()
        expect(visitor.page.locator("#menu .about")).to_be_visible()
        expect(visitor.page.locator("#menu .mute")).to_be_hidden()
        visitor.page.keyboard.press("Escape")
    expect(bob.writing).to_be_enabled()
    expect(bob.writing).to_have_value("more of it")


def test_mute_by_the_owner_is_not_offered_to_be_lifted_by_moderators(
    server: ServerProcess, new_visitor: NewVisitor
) -> None:
    """A moderator who is muted by the owner is told at once, like anyone else."""
    ann, bob, eve = (new_visitor(server.url) for _ in range(3))
    room = ann.create_room("Ranks")
    ann.enter(room, "Ann Rank")
    bob.enter(room, "Bob Rank")
    eve.enter(room, "Eve Rank")
    expect(bob.page.locator("#reports-button")).to_contain_text("Your reports")
    expect(ann.page.locator("#reports-button")).not_to_contain_text("Your")
    change_room(ann, "PUT", room, "/moderators/Bob Rank")
    expect(bob.page.get_by_text("You are now a moderator")).to_be_visible()
    expect(bob.page.locator("#reports-button")).not_to_contain_text("Your")
    change_room(ann, "POST", room, "/mutes", name="Eve Rank")
    person = bob.page.locator("#people .one", has_text="Eve")
    expect(person.get_by_text("muted")).to_be_visible()
    person.get_by_role("button").click()
    expect(bob.page.locator("#menu .mute")).to_contain_text("Only the owner or staff can unmute.")
    expect(bob.page.get_by_role("menuitem", name=re.compile("^(Unm|M)ute"))).to_have_count(0)
    bob.page.keyboard.press("Escape")
    change_room(ann, "POST", room, "/mutes", name="Bob Rank")
    bob.is_told("A moderator has muted you in this room.")
    bob.cannot_write()
    change_room(ann, "POST", room, "/mutes", name="Bob Rank", on=False)
    expect(bob.writing).to_be_enabled()


def test_mute_that_ends_lets_write_again(server: ServerProcess, new_visitor: NewVisitor) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    room = ann.create_room("Quiet for a moment")
    ann.enter(room, "Ann Moment")
    bob.enter(room, "Bob Moment")
    change_room(ann, "POST", room, "/mutes", name="Bob Moment", seconds=3)
    bob.is_told("A moderator has muted you")
    expect(bob.writing).to_be_enabled()
    bob.say("again")
    bob.reads("again")
