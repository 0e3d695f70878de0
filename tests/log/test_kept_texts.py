"""Deletions by moderators keep the text for a week; staff restore it. On a real database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from chat.errors import MESSAGE_NOT_FOUND, ROOM_UNAUTHORIZED, ChatError
from chat.events import Edited, Erased, Logged, Message, Restored, Sender
from chat.log import log as log_module
from chat.log import recovery
from chat.log.drafts import Draft
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.kinds.message import MessageDraft, UnkeptMessages
from chat.log.kinds.reaction import ReactionDraft
from chat.log.kinds.restoration import RestorationDraft
from chat.log.log import Log
from chat.models import AuditEntry, Event, KeptText, Participant, Room
from chat.permissions import SITE, Actor
from chat.services import retention
from tests.support.marks import whole_db

pytestmark = whole_db


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    yield log
    log.stop()


class Club:
    """A room of olga's, in which eve speaks."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.people = {
            name: Participant.objects.create(name=name, name_key=name).pk for name in ("olga", "eve")
        }
        self.room = Room.objects.create(title="club", title_key="club", owner_id=self.people["olga"]).pk
        self.eve = Sender("eve", "", self.people["eve"])
        self.olga = Actor(self.people["olga"])

    def do(self, kind: type[Draft], **fields: Any) -> Logged | None:
        given: dict[str, Any] = {"room": self.room, "at": now()} | fields
        return self.log.append_and_wait(kind(**given))

    def say(self, text: str, **fields: Any) -> int:
        said = self.do(
            MessageDraft, **{"sender": self.eve, "text": text, "actor": Actor(self.eve.participant)} | fields
        )
        assert isinstance(said, Message)
        return said.seq

    def edit(self, target: int, text: str) -> None:
        self.do(EditDraft, target=target, text=text, sender=self.eve, actor=Actor(self.eve.participant))

    def delete(self, target: int, **fields: Any) -> Logged | None:
        return self.do(
            DeletionDraft, **{"target": target, "by": self.people["olga"], "actor": self.olga} | fields
        )

    def delete_own(self, target: int) -> Logged | None:
        return self.delete(target, by=self.people["eve"], actor=Actor(self.people["eve"]))

    def restore(self, target: int, **fields: Any) -> Logged | None:
        return self.do(RestorationDraft, **{"target": target, "actor": SITE} | fields)

    def read(self, seq: int) -> Message:
        (message,) = [one for one in recovery.read_history(self.room, limit=50).messages if one.seq == seq]
        return message


@pytest.fixture
def club(log: Log) -> Club:
    return Club(log)


def kept() -> list[str]:
    return list(KeptText.objects.order_by("pk").values_list("text", flat=True))


def test_text_that_a_moderator_deletes_is_kept(club: Club):
    seq = club.say("spam")
    club.delete(seq)
    assert club.read(seq).erased
    assert kept() == ["spam"]
    assert not Event.objects.filter(text="spam").exists()


def test_text_that_its_sender_deletes_is_gone(club: Club):
    club.delete_own(club.say("a secret"))
    assert kept() == []


def test_sender_deletes_what_a_moderator_has_deleted_for_good(club: Club):
    seq = club.say("a secret")
    club.delete(seq)
    assert club.delete_own(seq) is None
    assert kept() == []


def test_restored_message_is_as_before_without_reactions(club: Club):
    seq = club.say("one")
    club.edit(seq, "two")
    before = club.read(seq)
    club.do(
        ReactionDraft, target=seq, emoji="👍", sender=club.eve, on=True, actor=Actor(club.eve.participant)
    )
    club.delete(seq)
    restored = club.restore(seq)
    assert isinstance(restored, Restored)
    assert (restored.target, restored.text, restored.edited) == (seq, "two", before.edited)
    assert club.read(seq) == before
    assert recovery.read_after(club.room, restored.seq - 1) == [restored]
    assert kept() == []
    assert [found.seq for found in recovery.search_messages(club.room, ("two",), limit=5).messages] == [seq]


def test_message_restored_and_deleted_again_leaves_no_text(club: Club):
    seq = club.say("spam")
    club.delete(seq)
    club.restore(seq)
    club.delete(seq)
    assert not Event.objects.filter(text="spam").exists()
    club.restore(seq)
    club.delete_own(seq)
    assert not Event.objects.filter(text="spam").exists()
    assert kept() == []


def test_restoration_and_deletion_in_one_batch_leave_no_text(club: Club):
    seq = club.say("spam")
    club.delete(seq)
    eve = Actor(club.eve.participant)
    drafts: list[Draft] = [
        RestorationDraft(room=club.room, at=now(), target=seq, actor=SITE),
        DeletionDraft(room=club.room, at=now(), target=seq, by=eve.participant, actor=eve),
    ]
    with transaction.atomic():
        outcomes = log_module._commit_batch(drafts, UnkeptMessages())
    assert [type(one.event) for one in outcomes] == [Restored, Erased]
    assert not Event.objects.filter(text="spam").exists()


def test_resent_message_is_known_after_its_restoration(club: Club):
    seq = club.say("spam", nonce="n")
    club.delete(seq)
    club.restore(seq)
    assert club.say("spam", nonce="n") == seq


def test_restored_message_can_be_edited(club: Club):
    seq = club.say("one")
    club.delete(seq)
    club.restore(seq)
    club.edit(seq, "two")
    assert club.read(seq).text == "two"
    club.delete(seq)
    edits = [
        event.text for event in recovery.read_after(club.room, 0) if isinstance(event, Edited | Restored)
    ]
    assert edits == ["", ""]


def test_what_is_not_kept_cannot_be_restored(club: Club):
    standing, gone = club.say("here"), club.say("gone")
    club.delete_own(gone)
    for target in (standing, gone, 99):
        with pytest.raises(ChatError) as refused:
            club.restore(target)
        assert refused.value.kind is MESSAGE_NOT_FOUND


def test_only_staff_restore(club: Club):
    seq = club.say("spam")
    club.delete(seq)
    plain = User.objects.create(username="sam", is_staff=True)  # without the permission
    account = Participant.objects.get(user=plain).pk
    for actor in (club.olga, Actor(club.eve.participant), Actor(account), Actor()):
        with pytest.raises(ChatError) as refused:
            club.restore(seq, actor=actor)
        assert refused.value.kind is ROOM_UNAUTHORIZED
    assert kept() == ["spam"]


def test_restoration_is_in_the_audit_log(club: Club):
    seq = club.say("spam")
    club.delete(seq)
    club.restore(seq)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.act, entry.subject_name, entry.message, entry.room) == ("restore", "eve", seq, club.room)


def test_message_of_a_deleted_room_is_deleted_and_restored(club: Club):
    seq = club.say("spam")
    Room.objects.filter(pk=club.room).update(deleted_at=now())
    club.delete(seq, by=None, actor=SITE)
    assert kept() == ["spam"]
    club.restore(seq)
    assert club.read(seq).text == "spam"


def test_kept_text_is_gone_after_a_week(club: Club):
    old, young = club.say("old"), club.say("young")
    club.delete(old)
    club.delete(young)
    KeptText.objects.of_message(club.room, old).update(at=now() - timedelta(days=7))
    with pytest.raises(ChatError):  # even before it is forgotten
        club.restore(old)
    retention.forget_kept_texts(now())
    assert kept() == ["young"]


def test_kept_text_goes_with_its_message_when_the_room_forgets_it(club: Club):
    seq = club.say("spam")
    club.delete(seq)
    Room.objects.filter(pk=club.room).update(retention_days=1)
    retention.purge_events(now() + timedelta(days=2))
    assert kept() == []
