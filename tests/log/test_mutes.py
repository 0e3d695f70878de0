"""Mutes, on a real database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chat.errors import INVALID_FIELD, MUTED, ROOM_UNAUTHORIZED, ChatError
from chat.events import Message, Muted, Sender
from chat.log.drafts import Draft
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.kinds.message import MessageDraft
from chat.log.kinds.mute import MuteDraft
from chat.log.kinds.reaction import ReactionDraft
from chat.log.log import Log
from chat.models import Mute, Participant
from chat.permissions import SITE
from chat.services import moderation
from tests.support.marks import whole_db

pytestmark = whole_db


def now() -> datetime:
    return datetime.now(UTC)


def test_muted_member_can_neither_send_nor_edit(log: Log):
    ann = Participant.objects.create(name="ann", name_key="ann").pk
    who = Sender("ann", "", ann)
    said = log.append_and_wait(MessageDraft(room=1, at=now(), sender=who, text="one"))
    assert isinstance(said, Message)
    muted = log.append_and_wait(MuteDraft(room=1, at=now(), name="ANN", actor=SITE))
    assert isinstance(muted, Muted)
    assert muted == Muted(1, said.seq + 1, muted.at, "ANN", None, on=True)
    renamed, label = Sender("anna", "", ann), Sender("Ann")
    refused: list[Draft] = [
        MessageDraft(room=1, at=now(), sender=who, text="x"),
        MessageDraft(room=1, at=now(), sender=renamed, text="x"),
        MessageDraft(room=1, at=now(), sender=label, text="x"),
        EditDraft(room=1, at=now(), target=said.seq, text="x", sender=who),
        ReactionDraft(room=1, at=now(), target=said.seq, sender=who, emoji="x", on=True),
    ]
    for draft in refused:
        with pytest.raises(ChatError) as error:
            log.append_and_wait(draft)
        assert error.value.kind == MUTED
    assert log.append_and_wait(DeletionDraft(room=1, at=now(), target=said.seq, by=ann)) is not None
    assert log.append_and_wait(MessageDraft(room=1, at=now(), sender=who, text="x", actor=SITE)) is not None
    assert log.append_and_wait(MessageDraft(room=1, at=now(), sender=Sender("bob"), text="x")) is not None
    assert log.append_and_wait(MuteDraft(room=1, at=now(), name="ann", on=False, actor=SITE)) is not None
    assert log.append_and_wait(MuteDraft(room=1, at=now(), name="ann", on=False, actor=SITE)) is None
    assert log.append_and_wait(MessageDraft(room=1, at=now(), sender=renamed, text="back")) is not None


def test_mute_ends_by_itself_and_is_for_moderators(log: Log):
    at = now()
    with pytest.raises(ChatError) as error:
        log.append_and_wait(MuteDraft(room=1, at=at, name="bob"))
    assert error.value.kind == ROOM_UNAUTHORIZED
    log.append_and_wait(MuteDraft(room=1, at=at, name="bob", until=at + timedelta(seconds=60), actor=SITE))
    with pytest.raises(ChatError) as error:
        log.append_and_wait(
            MessageDraft(room=1, at=at + timedelta(seconds=10), sender=Sender("bob"), text="x")
        )
    assert error.value.retry_after == 50
    assert log.append_and_wait(
        MessageDraft(room=1, at=at + timedelta(seconds=61), sender=Sender("bob"), text="x")
    )
    moderation.forget_ended_mutes(at + timedelta(seconds=61))
    assert not Mute.objects.exists()


def test_number_of_mutes_of_a_room_is_bounded(log: Log, monkeypatch: pytest.MonkeyPatch):
    """Each message to the room has all of them read, while the senders in all rooms wait."""
    monkeypatch.setattr("chat.validation.MOST_MUTES", 4)
    at = now()

    def mute(name: str, **fields: Any) -> int:
        try:
            given: dict[str, Any] = {"at": at, "actor": SITE}
            log.append_and_wait(MuteDraft(room=1, name=name, **given | fields))
        except ChatError as error:
            return error.kind.code
        return 0

    soon = at + timedelta(seconds=1)
    assert [mute(name, until=soon) for name in ("ann", "ben", "cat", "dan")] == [0, 0, 0, 0]
    assert mute("eve") == INVALID_FIELD.code
    assert mute("ann", until=at + timedelta(hours=1)) == 0  # in place of the first
    assert mute("eve", at=soon) == 0  # the others are over, and go
    assert sorted(Mute.objects.values_list("name", flat=True)) == ["ann", "eve"]
    assert mute("fay", at=soon, by_filter=True) == 0
    assert sorted(Mute.objects.values_list("name", flat=True)) == ["ann", "eve"]
    assert mute("fay", at=soon) == 0
    assert mute("gus", on=False, at=soon) == 0
    assert mute("eve", on=False, at=soon) == 0
    assert mute("gus", at=soon) == 0


def test_mute_of_the_next_one_of_a_name_keeps_the_first_one_muted(log: Log):
    people: dict[str, int] = {}
    for name in ("anna", "anne"):
        people[name] = Participant.objects.create(name="ann", name_key="ann").pk
        for _ in range(2):
            log.append_and_wait(MuteDraft(room=1, at=now(), name="ann", actor=SITE))
        Participant.objects.filter(pk=people[name]).update(name=name, name_key=name)
    log.append_and_wait(MuteDraft(room=1, at=now(), name="ann", actor=SITE, until=now() + timedelta(hours=1)))
    assert Mute.objects.count() == 3
    said = [
        MessageDraft(room=1, at=now(), sender=Sender(name, "", people.get(name)), text="x")
        for name in ("anna", "anne", "ann")
    ]
    for draft in said:
        with pytest.raises(ChatError) as error:
            log.append_and_wait(draft)
        assert (error.value.kind, error.value.retry_after) == (MUTED, None)
    log.append_and_wait(MuteDraft(room=1, at=now(), name="ann", on=False, actor=SITE))
    assert not Mute.objects.exists()
    for draft in said:
        assert log.append_and_wait(draft) is not None
