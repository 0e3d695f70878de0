"""The audit log: whatever keeps order is in it, and it stays, on a real database."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from chat.errors import ChatError
from chat.events import Message, Sender
from chat.log import log as log_module
from chat.log.drafts import Draft
from chat.log.kinds import KINDS
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.message import MessageDraft
from chat.log.kinds.moderator import ModeratorDraft
from chat.log.kinds.mute import MuteDraft
from chat.log.kinds.pin import PinDraft
from chat.log.kinds.room_change import RoomChangeDraft
from chat.log.kinds.room_deletion import RoomDeletionDraft
from chat.log.log import Log
from chat.models import AuditEntry, Event, Participant, Room
from chat.models.audit import AuditEntryIsFinal
from chat.permissions import GIVE_ROOM, LIMIT_POSTING, RESTORE_ROOM, SITE, Actor
from tests.support.marks import whole_db

pytestmark = whole_db

FROM = "192.0.2.7"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def club(log: Log) -> dict[str, Any]:
    """A room of olga's, in which 1 is a message of eve's."""
    people = {name: Participant.objects.create(name=name, name_key=name).pk for name in ("olga", "eve")}
    room = Room.objects.create(title="club", title_key="club", owner_id=people["olga"]).pk
    said = log.append_and_wait(
        MessageDraft(room=room, at=now(), sender=Sender("eve", "", people["eve"]), text="spam")
    )
    assert isinstance(said, Message)
    return {
        "room": room,
        "actor": Actor(people["olga"], address=FROM),
        "olga": people["olga"],
        "eve": people["eve"],
    }


def moderated(club: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"room": club["room"], "at": now(), "actor": club["actor"]} | fields


ACTS: dict[str, tuple[Callable[[dict[str, Any]], Draft], dict[str, Any]]] = {
    "delete": (
        lambda club: DeletionDraft(**moderated(club), target=1, by=club["olga"], reason="rude"),
        {"subject_name": "eve", "message": 1, "reason": "rude"},
    ),
    "mute": (
        lambda club: MuteDraft(**moderated(club), name="EVE", reason="rude"),
        {"subject_name": "EVE", "reason": "rude"},
    ),
    "pin": (
        lambda club: PinDraft(**moderated(club), target=1, sender=Sender("olga", "", club["olga"]), on=True),
        {"message": 1, "subject": None},
    ),
    "add_moderator": (
        lambda club: ModeratorDraft(**moderated(club), name="eve"),
        {"subject_name": "eve"},
    ),
    "lock": (
        lambda club: RoomChangeDraft(**moderated(club), values={"locked": True}, permission=LIMIT_POSTING),
        {"subject": None},
    ),
    "change_room": (
        lambda club: RoomChangeDraft(**moderated(club), values={"description": "new"}),
        {"details": {"description": ["", "new"]}},
    ),
    "delete_room": (lambda club: RoomDeletionDraft(**moderated(club)), {}),
    "give_room": (
        lambda club: RoomChangeDraft(
            **moderated(club, actor=SITE), values={"owner_id": club["eve"]}, permission=GIVE_ROOM
        ),
        {"actor": None, "actor_name": "(server)", "address": ""},
    ),
}
UNDONE: dict[str, Callable[[dict[str, Any]], list[Draft]]] = {
    "unmute": lambda club: [MuteDraft(**moderated(club), name="eve", on=on) for on in (True, False)],
    "unpin": lambda club: [
        PinDraft(**moderated(club), target=1, sender=Sender("olga", "", club["olga"]), on=on)
        for on in (True, False)
    ],
    "remove_moderator": lambda club: [
        ModeratorDraft(**moderated(club), name="eve", on=on) for on in (True, False)
    ],
    "unlock": lambda club: [
        RoomChangeDraft(**moderated(club), values={"locked": on}, permission=LIMIT_POSTING)
        for on in (True, False)
    ],
    "restore_room": lambda club: [
        RoomDeletionDraft(**moderated(club)),
        RoomChangeDraft(**moderated(club, actor=SITE), values={"deleted_at": None}, permission=RESTORE_ROOM),
    ],
}


def test_each_act_of_the_registry_is_tried_here():
    assert set(ACTS) | set(UNDONE) <= {act for kind in KINDS for act in kind.acts}


@pytest.mark.parametrize("act", ACTS)
def test_what_is_done_is_in_the_audit_log(log: Log, club: dict[str, Any], act: str):
    make, expected = ACTS[act]
    event = log.append_and_wait(make(club))
    assert event is not None
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.room, entry.room_title) == (act, club["room"], "club")
    assert abs((entry.at - event.at).total_seconds()) < 0.001
    wanted = {"actor": club["olga"], "actor_name": "olga", "address": FROM} | expected
    assert {name: getattr(entry, name) for name in wanted} == wanted


@pytest.mark.parametrize("act", UNDONE)
def test_what_is_undone_is_in_the_audit_log(log: Log, club: dict[str, Any], act: str):
    for draft in UNDONE[act](club):
        assert log.append_and_wait(draft) is not None
    assert AuditEntry.objects.count() == 2
    assert AuditEntry.objects.latest("pk").act == act


def test_what_members_do_with_their_own_is_not(log: Log, club: dict[str, Any]):
    eve = Actor(club["eve"])
    assert log.append_and_wait(
        DeletionDraft(room=club["room"], at=now(), target=1, by=club["eve"], actor=eve)
    )
    assert not AuditEntry.objects.exists()


def test_what_is_refused_or_changes_nothing_is_not(log: Log, club: dict[str, Any]):
    with pytest.raises(ChatError):
        log.append_and_wait(MuteDraft(**moderated(club, actor=Actor(club["eve"])), name="olga"))
    assert log.append_and_wait(MuteDraft(**moderated(club), name="eve", on=False)) is None
    assert not AuditEntry.objects.exists()


def test_entry_and_deed_are_stored_together_or_not_at_all(
    log: Log, club: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    def fail(acts: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(log_module, "write_acts", fail)
    with pytest.raises(ChatError):
        log.append_and_wait(DeletionDraft(**moderated(club), target=1))
    assert Event.objects.get(room=club["room"], seq=1).text == "spam"


def test_entry_outlives_all_that_it_is_about(log: Log, club: dict[str, Any]):
    log.append_and_wait(MuteDraft(**moderated(club), name="eve"))
    before = AuditEntry.objects.values().get()
    Event.objects.all().delete()
    Room.objects.filter(pk=club["room"]).delete()
    Participant.objects.all().delete()
    assert AuditEntry.objects.values().get() == before


CHANGES: list[Callable[[AuditEntry], object]] = [
    lambda entry: entry.save(),
    lambda entry: entry.save(update_fields=["reason"]),
    lambda entry: entry.delete(),
    lambda entry: AuditEntry.objects.update(reason="x"),
    lambda entry: AuditEntry.objects.filter(pk=entry.pk).delete(),
    lambda entry: AuditEntry.objects.bulk_update([entry], ["reason"]),
    lambda entry: AuditEntry.objects.update_or_create({"reason": "x"}, pk=entry.pk),
    lambda entry: AuditEntry._base_manager.filter(pk=entry.pk).update(reason="x"),
    lambda entry: AuditEntry.objects.bulk_create(
        [entry], update_conflicts=True, unique_fields=["pk"], update_fields=["reason"]
    ),
]


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_changes_or_deletes_an_entry(change: Callable[[AuditEntry], object]):
    entry = AuditEntry.objects.create(at=now(), act="mute", reason="spam")
    entry.reason = "x"
    with pytest.raises(AuditEntryIsFinal):
        change(entry)
    assert AuditEntry.objects.get().reason == "spam"
    # An entry of this number again is one that is there.
    with pytest.raises(Exception, match=r"(?i)unique"):
        AuditEntry(pk=entry.pk, at=now(), act="x").save()
    assert connection.is_usable()
