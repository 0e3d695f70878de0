"""Bulk deletions and deleted messages in the admin site."""

import pytest
from django.test import Client

from chat.models import AuditEntry, BulkDeletion, Event, KeptText, Lease, Participant, Room
from chat.permissions import SITE
from chat.presence.writer import presence
from chat.services import direct
from chat.services.messages import delete_message
from tests.admin.conftest import MakeRoom, MakeStaff, SayIn
from tests.admin.test_questions import confirmed
from tests.services.test_bulk_deletions import now, work
from tests.support.marks import whole_db

pytestmark = whole_db

BULK, KEPT = "/admin/chat/bulkdeletion/", "/admin/chat/kepttext/"


@pytest.fixture(autouse=True)
def _process() -> None:
    Lease.objects.create(pk=presence.lease, renewed_at=now())


def standing() -> list[str]:
    return list(
        Event.objects.filter(kind="message", erased_at=None).order_by("pk").values_list("text", flat=True)
    )


def test_messages_of_a_participant_are_deleted_after_a_question(
    moderator: Client, say_in: SayIn, make_room: MakeRoom
):
    ann = Participant.objects.create(name="ann", name_key="ann")
    for room in (make_room("Gardeners"), make_room("Bakers")):
        say_in(room, "hers")
        say_in(room, "his", name="bob")
    Event.objects.filter(name="ann").update(sender=ann)
    page = moderator.get(f"/admin/chat/participant/{ann.pk}/change/").content.decode()
    asked = f"{BULK}of/{ann.pk}/"
    assert f'href="{asked}"' in page
    question = moderator.get(asked).content.decode()
    assert "“ann”" in question
    assert standing() == ["hers", "his"] * 2
    answer = moderator.post(asked, {"since": "all", "reason": "spam"})
    bulk = BulkDeletion.objects.get()
    assert answer.headers["Location"] == f"{BULK}{bulk.pk}/change/"
    shown = moderator.get(answer.headers["Location"])
    assert "0 of 2" in shown.content.decode()
    assert shown.headers["Refresh"]
    work()
    assert standing() == ["his", "his"]
    shown = moderator.get(answer.headers["Location"])
    assert "2 of 2" in shown.content.decode()
    assert "Refresh" not in shown.headers
    assert "2 of 2" in moderator.get(BULK).content.decode()
    entry = AuditEntry.objects.latest("pk")
    assert (entry.act, entry.actor_name, entry.reason) == ("delete_all", "mona", "spam")


@pytest.mark.parametrize(("where", "left"), [("room", ["spam"]), ("everywhere", [])])
def test_messages_of_a_label_are_deleted_in_a_room_or_everywhere(
    moderator: Client, say_in: SayIn, make_room: MakeRoom, where: str, left: list[str]
):
    here, there = make_room("Gardeners"), make_room("Bakers")
    say_in(here, "spam")
    say_in(there, "spam")
    Participant.objects.create(name="ann", name_key="ann")  # who has the name now
    event = Event.objects.get(room=here, kind="message")
    page = moderator.get(f"/admin/chat/event/{event.pk}/change/").content.decode()
    asked = f"{BULK}of/message/{event.pk}/"
    assert f'href="{asked}"' in page
    assert "Gardeners" in moderator.get(asked).content.decode()
    moderator.post(asked, {"since": "all", "where": where})
    if where == "room":  # there the message tells the sender
        assert BulkDeletion.objects.get().sender is None
    work()
    assert standing() == left


def test_refusal_is_shown_with_the_question(moderator: Client, say_in: SayIn):
    say_in(Room.objects.get(pk=1), "spam")
    event = Event.objects.get(kind="message")
    Event.objects.update(created_at="2026-01-01T00:00Z")
    answer = moderator.post(f"{BULK}of/message/{event.pk}/", {"since": "hour", "where": "room"})
    assert "no such messages" in answer.content.decode()


def test_buttons_stop_restore_and_erase(moderator: Client, say_in: SayIn):
    for text in ("one", "two"):
        say_in(Room.objects.get(pk=1), text)
    event = Event.objects.filter(kind="message").latest("pk")
    moderator.post(f"{BULK}of/message/{event.pk}/", {"since": "all", "where": "room"})
    page = f"{BULK}{BulkDeletion.objects.get().pk}/"
    assert f"{page}stop/" in moderator.get(f"{page}change/").content.decode()
    moderator.post(f"{page}stop/")
    work()
    assert BulkDeletion.objects.get().state == "stopped"
    assert standing() == ["one", "two"]
    moderator.post(f"{BULK}of/message/{event.pk}/", {"since": "all", "where": "room"})
    work()
    page = f"{BULK}{BulkDeletion.objects.latest('pk').pk}/"
    shown = moderator.get(f"{page}change/").content.decode()
    assert f"{page}restore/" in shown
    assert f"{page}erase/" in shown
    moderator.post(f"{page}restore/")
    work()
    assert standing() == ["one", "two"]
    moderator.post(f"{BULK}of/message/{event.pk}/", {"since": "all", "where": "room"})
    work()
    page = f"{BULK}{BulkDeletion.objects.latest('pk').pk}/"
    assert KeptText.objects.count() == 2
    assert "cannot be restored" in moderator.get(f"{page}erase/").content.decode()
    assert KeptText.objects.count() == 2
    moderator.post(f"{page}erase/")
    assert not KeptText.objects.exists()


def test_deleted_messages_are_listed_restored_and_erased(moderator: Client, say_in: SayIn):
    room = Room.objects.get(pk=1)
    for text in ("one <b>", "two", "three"):
        delete_message(room=room, seq=say_in(room, text).seq, actor=SITE)
    page = moderator.get(KEPT).content.decode()
    assert "one &lt;b&gt;" in page
    mona = Participant.objects.get(name="mona")
    KeptText.objects.update(by=mona.pk)
    assert f'/participant/{mona.pk}/change/">mona</a>' in moderator.get(KEPT).content.decode()
    keys = {kept.text: kept.pk for kept in KeptText.objects.all()}
    moderator.post(KEPT, {"action": "restore_selected", "_selected_action": [keys["one <b>"], keys["two"]]})
    assert standing() == ["one <b>", "two"]
    asked = moderator.post(KEPT, {"action": "delete_selected", "_selected_action": [keys["three"]]})
    assert KeptText.objects.count() == 1
    confirmed(moderator, KEPT, asked.content.decode())
    assert not KeptText.objects.exists()
    assert AuditEntry.objects.latest("pk").act == "erase_kept"
    assert moderator.get(f"{KEPT}{keys['three']}/change/").status_code == 302


def test_texts_of_direct_conversations_are_not_shown(admin: Client, say_in: SayIn):
    ann, bob = (Participant.objects.create(name=name, name_key=name).pk for name in ("ann", "bob"))
    talk = Room.objects.get(pk=direct.open_with(ann, "bob").room)
    said = say_in(talk, "between us")
    event = Event.objects.get(room=talk, seq=said.seq)
    KeptText.objects.create(event=event, text="between us", at=now())
    assert "between us" not in admin.get(KEPT).content.decode()
    assert admin.get(f"{KEPT}{event.pk}/change/").status_code == 302
    assert admin.get(f"{BULK}of/message/{event.pk}/").status_code == 404
    assert bob


def test_each_page_needs_its_permission(make_staff: MakeStaff, say_in: SayIn):
    say_in(Room.objects.get(pk=1), "x")
    event = Event.objects.get(kind="message")
    bulk = BulkDeletion.objects.create(name="x", at=now(), permission="x")
    nobody, viewer = make_staff(), make_staff("view_bulkdeletion", "view_kepttext", "view_event")
    for address in (
        BULK,
        KEPT,
        f"{BULK}{bulk.pk}/change/",
        f"{BULK}of/message/{event.pk}/",
        f"{BULK}{bulk.pk}/erase/",
    ):
        assert nobody.get(address).status_code == 403
    for address in (BULK, KEPT, f"{BULK}{bulk.pk}/change/"):
        answer = viewer.get(address)
        assert answer.status_code == 200
        assert "/stop/" not in answer.content.decode()
    for verb in ("stop", "restore", "erase"):
        assert viewer.post(f"{BULK}{bulk.pk}/{verb}/").status_code == 403
    assert viewer.post(f"{BULK}of/message/{event.pk}/", {"since": "all", "where": "room"}).status_code == 403
    assert "Delete all" not in viewer.get(f"/admin/chat/event/{event.pk}/change/").content.decode()
