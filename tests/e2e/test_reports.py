"""Reports: filed from a message's menu, decided in the panel, and told to the reporter."""

import uuid

from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.kit import Visitor
from tests.e2e.programs import ask, number, program
from tests.e2e.test_actions import choose, message, open_menu
from tests.e2e.test_direct import write_to
from tests.support.accounts import PASSWORD
from tests.support.server import ServerProcess, manage

MAKE_STAFF = """
import os
from django.contrib.auth.models import User
User.objects.create_superuser("sue", "", os.environ["STAFF_PASSWORD"])
"""


MAKE_MODERATOR = """
from chat.models import Participant, Room
Room.objects.get(pk={}).moderators.add(Participant.objects.named({!r}).get())
"""


def file(visitor: Visitor, seq: int, reason: str, note: str = "") -> None:
    """Report a message by its menu."""
    choose(visitor, seq, "Report…")
    dialog = visitor.page.locator("#report")
    dialog.get_by_label(reason).check()
    dialog.get_by_label("Note").fill(note)
    dialog.get_by_role("button", name="Report", exact=True).click()
    expect(visitor.page.locator("#outcome")).to_contain_text("Reported.")


def open_reports(visitor: Visitor) -> Locator:
    """The entries of the panel."""
    if visitor.page.locator("#people-button").get_attribute("aria-expanded") == "false":
        visitor.open_panel("people")
    visitor.page.locator("#reports-button").click()
    expect(visitor.page.locator("#reports")).to_be_visible()
    return visitor.page.locator("#reports li")


def test_moderator_decides_by_key_and_the_reporter_is_told(
    server: ServerProcess, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    room = ann.create_room(f"Room {uuid.uuid4().hex[:8]}")  # which is Ann's
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    with program(server.ws_url, room, "Eve") as eve:
        for text in ("buy this", "and this", "hello"):
            ask(eve, type="send", room=number(room), text=text)
        file(bob, 1, "Spam", "the third one")
        badges = ann.page.locator("[data-reports-count]")
        # On the button of the panel, in it, and on that of the sheet, which phones show instead.
        expect(badges).to_have_text(["11 report is waiting"] * 3)
        file(bob, 2, "Something else")
        expect(badges.first).to_contain_text("2 reports are waiting")
        expect(bob.page.locator("[data-reports-count]").first).to_be_hidden()
        ann.page.reload()
        ann.is_connected()
        expect(badges.first).to_contain_text("2 reports are waiting")
        entries = open_reports(ann)
        expect(entries).to_have_count(2)
        expect(entries.last).to_contain_text("About Eve, reported by Bob")
        expect(entries.last.locator(".reported")).to_have_text("buy this")
        expect(entries.last.locator(".note")).to_have_text("the third one")
        entries.last.focus()
        ann.page.keyboard.press("c")
        expect(entries.last).to_contain_text("Claimed by Ann")
        expect(entries.last).to_be_focused()
        expect(entries.last.get_by_role("button", name="Take over")).to_have_count(0)
        entries.last.get_by_role("button", name="Release").click()
        expect(entries.last).not_to_contain_text("Claimed by")
        entries.last.focus()
        ann.page.keyboard.press("d")
        expect(entries).to_have_count(1)
        expect(entries.first).to_be_focused()
        expect(message(bob, 1)).to_contain_text("deleted")
        ann.page.keyboard.press("m")
        ann.page.get_by_role("menuitem", name="For 1 hour").click()
        expect(ann.page.locator("#reports [role=status]")).to_have_text("No reports are waiting.")
        expect(badges.first).to_be_hidden()
        ann.page.get_by_role("button", name="Done", exact=True).click()
        expect(entries).to_have_count(2)
        expect(entries.first).to_contain_text("Decided: the sender was muted (Ann)")
        mine = open_reports(bob)
        expect(mine).to_have_count(2)
        expect(mine.last).to_contain_text("Decided: the message was deleted")
        expect(mine.last).not_to_contain_text("Ann")
        expect(bob.page.locator("#reports .tabs")).to_be_hidden()


def test_second_of_two_who_claim_a_report_is_told_whose_it_is(
    server: ServerProcess, new_visitor: NewVisitor
) -> None:
    ann, bob, cat = new_visitor(server.url), new_visitor(server.url), new_visitor(server.url)
    room = ann.create_room(f"Room {uuid.uuid4().hex[:8]}")
    for visitor, name in ((ann, "Ann"), (bob, "Bob"), (cat, "Cat")):
        visitor.enter(room, name)
    manage("shell", "--verbosity=0", "--command", MAKE_MODERATOR.format(number(room), "Cat"), env=server.env)
    cat.page.reload()
    cat.is_connected()
    with program(server.ws_url, room, "Eve") as eve:
        ask(eve, type="send", room=number(room), text="buy this")
        file(bob, 1, "Spam")
    entries = [open_reports(visitor) for visitor in (ann, cat)]
    for shown in entries:
        expect(shown).to_have_count(1)
    entries[0].press("c")
    expect(entries[0].locator(".state")).to_have_text("Claimed by Ann")
    entries[1].press("c")
    expect(cat.page.locator("#reports [role=status]")).to_contain_text("Ann has claimed this report")
    expect(entries[1].locator(".state")).to_have_text("Claimed by Ann")
    entries[1].press("c")  # knowing that
    expect(entries[1].locator(".state")).to_have_text("Claimed by Cat")


def test_only_messages_of_others_can_be_reported(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    ann.enter(room, "Ann")
    ann.say("mine")
    expect(open_menu(ann, 1).get_by_role("menuitem", name="Report…")).to_have_count(0)
    ann.page.keyboard.press("Escape")
    with program(server.ws_url, room, "Eve") as eve:
        ask(eve, type="send", room=number(room), text="x")
        choose(ann, 2, "Report…")
        ann.page.locator("#report").get_by_role("button", name="Cancel").click()
        expect(ann.page.locator("#report")).to_be_hidden()
        ann.page.locator("#people").get_by_role("button", name="Eve").click()
        ann.page.get_by_role("menuitem", name="Report…").click()
        dialog = ann.page.locator("#report")
        expect(dialog.get_by_role("heading")).to_have_text("Report Eve")
        dialog.get_by_role("button", name="Report", exact=True).click()
        expect(dialog).to_be_visible()  # without a reason
        dialog.get_by_label("Harassment").check()
        dialog.get_by_role("button", name="Report", exact=True).click()
        expect(ann.page.locator("#outcome")).to_contain_text("Reported.")
        expect(open_reports(ann)).to_contain_text("Waiting for a decision")


def test_reporter_chooses_what_staff_see_of_a_conversation(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    ann, bob = new_visitor(server.url), new_visitor(server.url)
    ann.enter(room, "Ann")
    bob.enter(room, "Bob")
    write_to(bob, "Ann")
    for text in ("one", "two", "three"):
        bob.say(text)
    ann.go("/direct/Bob")
    ann.is_connected()
    ann.reads("one", "two", "three")
    choose(ann, 3, "Report…")
    dialog = ann.page.locator("#report")
    expect(dialog.locator(".around .words")).to_have_text(["one", "two"])
    dialog.get_by_label("two").check()
    dialog.get_by_label("Hate").check()
    dialog.get_by_role("button", name="Report", exact=True).click()
    expect(ann.page.locator("#outcome")).to_contain_text("Reported.")
    expect(open_reports(ann)).to_contain_text("About Bob in a direct conversation")


def test_staff_decide_by_key_while_the_focus_is_in_the_report(
    server: ServerProcess, room: str, new_visitor: NewVisitor
) -> None:
    manage("shell", "--verbosity=0", "--command", MAKE_STAFF, env=server.env | {"STAFF_PASSWORD": PASSWORD})
    with program(server.ws_url, room, "Fay") as fay, program(server.ws_url, room, "Gus") as gus:
        seq = ask(fay, type="send", room=number(room), text="buy this")["seq"]
        report = ask(gus, type="report", room=number(room), target=seq, reason="spam")["report"]
    sue = new_visitor(server.url)
    sue.go(f"/admin/chat/report/{report}/change/")
    sue.page.get_by_label("Username").fill("sue")
    sue.page.get_by_label("Password").fill(PASSWORD)
    sue.page.keyboard.press("Enter")
    expect(sue.page.locator("#report")).to_be_focused()
    sue.page.get_by_label("Reason").fill("x")
    sue.page.keyboard.type("ncd")  # in a field they are letters
    expect(sue.page.get_by_label("Reason")).to_have_value("xncd")
    sue.page.locator("#report .said").first.click()
    sue.page.keyboard.press("c")
    expect(sue.page.get_by_role("button", name="Release")).to_be_visible()
    expect(sue.page.locator("#report")).to_be_focused()
    sue.page.keyboard.press("d")
    expect(sue.page.locator(".messagelist")).to_contain_text(f"Report {report}: Delete the message.")
