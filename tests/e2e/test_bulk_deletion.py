"""Deleting all messages of a sender: the question, the progress, and the button to stop it."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.programs import ask, number, program, rooms_program
from tests.e2e.states import choose
from tests.e2e.test_screens import PHONE
from tests.support.server import ServerProcess, manage

# A bulk deletion that no process goes on with: the one that has it does not run, and its lease does not end.
HELD = """
import os, uuid
from datetime import timedelta
from django.utils import timezone
from chat.models import BulkDeletion, Lease
now = timezone.now()
lease = Lease.objects.create(pk=uuid.uuid4(), renewed_at=now + timedelta(days=1))
BulkDeletion.objects.create(
    room_id=int(os.environ["ROOM"]), name="Eve", at=now, total=9, deleted=4, permission="x", runner=lease
)
"""


def test_owner_deletes_all_messages_of_a_sender(server: ServerProcess, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    room = ann.create_room(f"Room {uuid.uuid4().hex[:8]}")
    ann.enter(room, "Ann")
    with program(server.ws_url, room, "Eve") as eve:
        for text in ("one", "two", "three"):
            ask(eve, type="send", room=number(room), text=text)
        ann.reads("one", "two", "three")
        choose(ann, 2, "Delete all from sender…")
        dialog = ann.page.get_by_role("dialog")
        expect(dialog.locator(".unowned")).to_be_hidden()
        dialog.get_by_role("button", name="Delete all").click()
        expect(ann.page.locator("#outcome")).to_have_text("3 messages from Eve deleted")
        ann.reads(*["This message was deleted."] * 3)
    expect(ann.page.locator("#deleting")).to_be_hidden()


def test_owner_removes_one_reaction_of_another(server: ServerProcess, new_visitor: NewVisitor) -> None:
    ann = new_visitor(server.url)
    room = ann.create_room(f"Room {uuid.uuid4().hex[:8]}")
    ann.enter(room, "Ann")
    with program(server.ws_url, room, "Eve") as eve:
        seq = ask(eve, type="send", room=number(room), text="look")["seq"]
        for emoji in ("👍", "🎉"):
            ask(eve, type="react", room=number(room), target=seq, emoji=emoji)
        expect(ann.page.locator(".message .chip")).to_have_text(["👍 1", "🎉 1"])
        choose(ann, seq, "Who reacted")
        ann.page.get_by_role("menuitem", name="Remove 👍 from Eve").click()
        expect(ann.page.locator("#outcome")).to_have_text("Reaction from Eve removed")
        expect(ann.page.locator(".message .chip")).to_have_text(["🎉 1"])
        ann.page.locator(".message .chip").click()
        choose(ann, seq, "Who reacted")
        expect(ann.page.get_by_role("menuitem")).to_have_text(["Remove 🎉 from Eve", "Close"])  # not her own


def test_moderator_is_told_what_an_unverified_name_covers(
    server: ServerProcess, new_visitor: NewVisitor
) -> None:
    ann = new_visitor(server.url)
    room = ann.create_room(f"Room {uuid.uuid4().hex[:8]}")
    ann.enter(room, "Ann")
    with rooms_program(server.ws_url, room, "Eve") as eve:
        eve.send('{"event_type": "send", "name": "Eve", "msg": "spam"}')
        ann.reads("spam")
    choose(ann, 1, "Delete all from sender…")
    expect(ann.page.locator("#delete-all .unowned")).to_be_visible()


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["desktop", "phone"])
def test_moderator_who_comes_later_sees_the_progress_and_stops_it(
    server: ServerProcess, new_visitor: NewVisitor, screen: dict[str, object]
) -> None:
    ann = new_visitor(server.url, **screen)
    room = ann.create_room(f"Room {uuid.uuid4().hex[:8]}")
    manage("shell", "--verbosity=0", "--command", HELD, env=server.env | {"ROOM": str(number(room))})
    ann.enter(room, "Ann")
    bar = ann.page.locator("#deleting")
    expect(bar).to_contain_text("Deleting messages from Eve: 4 of 9")
    bar.get_by_role("button", name="Stop").click()
    expect(ann.page.locator("#outcome")).to_have_text("Stopped after deleting 4 messages from Eve")
    expect(bar).to_be_hidden()
