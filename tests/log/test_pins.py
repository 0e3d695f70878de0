"""Pins, on a real database."""

import pytest
from django.db import connection

from chat import validation
from chat.errors import INVALID_FIELD, MESSAGE_NOT_FOUND, ROOM_UNAUTHORIZED, ChatError, ErrorKind
from chat.events import Logged, Message, Pinned, Sender
from chat.log import recovery
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.kinds.pin import PinDraft
from chat.log.kinds.room_change import RoomChangeDraft
from chat.log.kinds.room_deletion import RoomDeletionDraft
from chat.log.log import Log
from chat.models import Event, Participant, Room
from chat.permissions import ANONYMOUS, SITE, Actor
from chat.services import retention
from tests.log.test_log import another_room, append_all, now, say
from tests.support.marks import whole_db

pytestmark = whole_db


def pin(target: int, *, on: bool = True, room: int = 1, actor: Actor = SITE) -> PinDraft:
    return PinDraft(room=room, at=now(), target=target, sender=Sender("ann"), on=on, actor=actor)


def pinned(room: int = 1) -> list[int]:
    return [message.seq for message in recovery.read_pins(room).messages]


def refusal(log: Log, draft: PinDraft) -> tuple[ErrorKind, str]:
    with pytest.raises(ChatError) as refused:
        log.append_and_wait(draft)
    return refused.value.kind, refused.value.field


def test_pin_is_an_event_and_shows_in_each_snapshot(log: Log):
    append_all(log, [say("one fox"), say("two foxes")])
    event = log.append_and_wait(pin(1))
    assert isinstance(event, Pinned)
    assert event == Pinned(1, 3, event.at, 1, Sender("ann"), on=True)
    assert recovery.read_after(1, 2) == [event]
    for page in (recovery.read_history(1, limit=5), recovery.search_messages(1, ("fox",), limit=5)):
        assert [message.pinned for message in page.messages] == [True, False]
    (message,) = recovery.read_pins(1).messages
    assert (message.text, message.pinned, recovery.read_pins(1).seq) == ("one fox", True, 3)


def test_messages_after_a_seq_come_without_later_pins(log: Log):
    append_all(log, [say()])
    append_all(log, [pin(1)])
    message, event = recovery.read_after(1, 0)
    assert isinstance(message, Message)
    assert (message.pinned, type(event)) == (False, Pinned)


def test_latest_pin_comes_first_and_unpinned_messages_are_gone(log: Log):
    append_all(log, [say(), say(), say(), say(room=another_room("other").pk)])
    for target in (2, 1, 3):
        log.append_and_wait(pin(target))
    assert pinned() == [3, 1, 2]
    taken = log.append_and_wait(pin(1, on=False))
    assert isinstance(taken, Pinned)
    assert (taken.on, pinned()) == (False, [3, 2])
    log.append_and_wait(pin(2, on=False))
    log.append_and_wait(pin(2))
    assert pinned() == [2, 3]


def test_pin_that_changes_nothing_is_no_event(log: Log):
    append_all(log, [say()])
    outcomes = append_all(log, [pin(1), pin(1), pin(1, on=False), pin(1, on=False)])
    assert [outcome.event is not None for outcome in outcomes] == [True, False, True, False]
    assert recovery.last_seqs([1]) == {1: 3}


@pytest.mark.parametrize("on", [True, False])
def test_only_moderators_pin_existing_messages(log: Log, on: bool):
    append_all(log, [say(), say("gone")])
    log.append_and_wait(pin(1))
    log.append_and_wait(DeletionDraft(room=1, at=now(), target=2, actor=SITE))
    assert refusal(log, pin(1, on=on, actor=ANONYMOUS)) == (ROOM_UNAUTHORIZED, "")
    for target in (2, 3, 99):
        assert refusal(log, pin(target, on=on)) == (MESSAGE_NOT_FOUND, "target")
    assert pinned() == [1]


def test_room_has_a_maximum_number_of_pins(log: Log):
    append_all(log, [say() for _ in range(validation.MOST_PINS + 1)])
    outcomes = append_all(log, [pin(seq) for seq in range(1, validation.MOST_PINS + 2)])
    assert [outcome.error is None for outcome in outcomes] == [True] * validation.MOST_PINS + [False]
    kind, field = refusal(log, pin(validation.MOST_PINS + 1))
    assert (kind, field) == (INVALID_FIELD, "target")
    log.append_and_wait(pin(1, on=False))
    log.append_and_wait(pin(validation.MOST_PINS + 1))
    assert len(pinned()) == validation.MOST_PINS


def test_erased_message_is_pinned_no_more_and_an_edited_one_is(log: Log):
    ann = Participant.objects.create(name="ann").pk
    append_all(log, [say(participant=ann), say(participant=ann)])
    append_all(log, [pin(1), pin(2)])
    log.append_and_wait(DeletionDraft(room=1, at=now(), target=1, by=ann))
    rewrite = EditDraft(room=1, at=now(), target=2, text="new", sender=Sender("ann", "", ann))
    log.append_and_wait(rewrite)
    assert [(message.seq, message.text) for message in recovery.read_pins(1).messages] == [(2, "new")]
    assert [message.pinned for message in recovery.read_history(1, limit=5).messages] == [False, True]


def test_pin_goes_with_its_message_when_the_room_forgets(log: Log):
    append_all(log, [say()])
    append_all(log, [pin(1)])
    assert pinned() == [1]
    Room.objects.filter(pk=1).update(retention_days=0)
    retention.purge_events(now())
    assert pinned() == []


def test_locked_room_takes_pins_and_a_deleted_one_does_not(log: Log):
    room = another_room("other").pk
    append_all(
        log, [say(room=room), RoomChangeDraft(room=room, at=now(), actor=SITE, values={"locked": True})]
    )
    event: Logged | None = log.append_and_wait(pin(1, room=room))
    assert event is not None
    log.append_and_wait(RoomDeletionDraft(room=room, at=now(), actor=SITE))
    with pytest.raises(ChatError):
        log.append_and_wait(pin(1, on=False, room=room))


def test_pins_are_found_by_an_index_of_their_own(log: Log):
    append_all(log, [say() for _ in range(3000)])
    append_all(log, [pin(7), pin(9)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert "event_pinned" in Event.objects.pinned(1).explain()
