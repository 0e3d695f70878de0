"""Numbering."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import DUPLICATE_ROOM, INVALID_FIELD, ROOM_LOCKED, ROOM_NOT_FOUND, ChatError
from chat.events import Erased, Message, RoomChanged, RoomDeleted, Sender
from chat.log.batch import Entitled, RoomFacts, RoomState, Said, digest, number
from chat.log.drafts import Change, Delete, Draft, Erase, Say

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OPEN = RoomFacts("t", "", "public", locked=False, generation=1)
LOCKED = RoomFacts("t", "", "public", locked=True, generation=1)


def say(text="hi", room=1, nonce=None, participant=None, reply_to=None):
    who = Sender("ann", "", participant)
    return Say(room=room, at=NOW, sender=who, text=text, nonce=nonce, reply_to=reply_to)


def codes(outcomes):
    return [outcome.error.kind.code if outcome.error else outcome.event.seq for outcome in outcomes]


@given(st.lists(st.integers(1, 3), max_size=40), st.integers(0, 10**9))
def test_each_room_counts_on_without_holes(rooms, start):
    states = {room: RoomState(room, start) for room in (1, 2, 3)}
    outcomes = number([say(room=room) for room in rooms], states, {}, {})
    for room in (1, 2, 3):
        seqs = [o.event.seq for o in outcomes if o.event.room == room]
        assert seqs == list(range(start + 1, start + 1 + len(seqs)))
        assert states[room].last_seq == start + len(seqs)


def test_same_nonce_in_one_batch_is_one_message():
    states = {1: RoomState(1, 0)}
    first, second = number([say(nonce="n", participant=5), say(nonce="n", participant=5)], states, {}, {})
    assert first.fresh
    assert not second.fresh
    assert first.event is second.event
    assert states[1].last_seq == 1


def test_nonce_of_an_earlier_message_gets_that_message_even_if_the_room_is_gone():
    earlier = Message(1, 3, NOW, Sender("ann", "", 5), "hi", "n")
    drafts = [say(nonce="n", participant=5)]
    (outcome,) = number(drafts, {1: RoomState(1, 9, deleted=True)}, {(5, "n"): Said(earlier)}, {})
    assert outcome.event is earlier
    assert not outcome.fresh


OTHERS = [{"text": "ho"}, {"text": "hi "}, {"room": 2}, {"reply_to": 1}]


@pytest.mark.parametrize("other", OTHERS, ids=str)
@pytest.mark.parametrize("keeps", [True, False])
def test_nonce_of_another_message_in_the_batch_is_refused(other, keeps):
    states = {room: RoomState(room, 0, keeps=keeps) for room in (1, 2)}
    drafts = [say(nonce="n", participant=5), say(**{"nonce": "n", "participant": 5} | other)]
    first, second, third = number([*drafts, say("next")], states, {}, {})
    assert first.event.text == "hi"
    assert (second.error.kind, second.error.field) == (INVALID_FIELD, "nonce")
    assert third.event.seq == (2 if keeps else 0)


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_nonce_of_another_earlier_message_is_refused(other):
    said = {(5, "n"): Said(Message(1, 3, NOW, Sender("ann", "", 5), "hi", "n"))}
    states = {room: RoomState(room, 9) for room in (1, 2)}
    (outcome,) = number([say(**{"nonce": "n", "participant": 5} | other)], states, said, {})
    assert (outcome.error.kind, outcome.error.field) == (INVALID_FIELD, "nonce")


@pytest.mark.parametrize("changed", [{"text": "ho", "edited": NOW}, {"text": "", "erased": True}], ids=str)
def test_message_that_was_changed_since_is_known_by_what_was_sent(changed):
    now = Message(**{"room": 1, "seq": 3, "at": NOW, "sender": Sender("ann", "", 5), "nonce": "n"} | changed)
    drafts = [say(text, nonce="n", participant=5) for text in ("hi", "ho", "")]
    outcomes = number(drafts, {1: RoomState(1, 9)}, {(5, "n"): Said(now, digest("n", "hi"))}, {})
    assert codes(outcomes) == [3, 303, 303]
    outcomes = number(drafts[:1], {1: RoomState(1, 9)}, {(5, "n"): Said(now)}, {})
    assert codes(outcomes) == [3]  # of one that was changed before digests were kept


def test_same_nonce_of_another_participant_or_of_none_is_another_message():
    drafts = [say(nonce="n", participant=5), say(nonce="n", participant=6), say(nonce="n"), say(nonce="n")]
    assert codes(number(drafts, {1: RoomState(1, 0)}, {}, {})) == [1, 2, 3, 4]


def test_message_behind_a_lock_is_refused_and_one_before_it_is_not():
    drafts = [say(), Change(room=1, at=NOW), say(), say()]
    outcomes = number(drafts, {1: RoomState(1, 0)}, {}, {1: LOCKED, 3: Entitled()})
    assert codes(outcomes) == [1, 2, ROOM_LOCKED.code, 3]


def test_nothing_follows_the_deletion_of_the_room():
    drafts = [say(), Delete(room=1, at=NOW), say(), Delete(room=1, at=NOW)]
    outcomes = number(drafts, {1: RoomState(1, 0)}, {}, {})
    assert codes(outcomes) == [1, 2, ROOM_NOT_FOUND.code, ROOM_NOT_FOUND.code]
    assert isinstance(outcomes[1].event, RoomDeleted)


def test_room_that_is_not_there_is_not_found():
    assert codes(number([say(room=7)], {}, {}, {})) == [ROOM_NOT_FOUND.code]


def test_room_that_keeps_nothing_gives_no_seq():
    states = {1: RoomState(1, 4, keeps=False)}
    (outcome,) = number([say()], states, {}, {})
    assert outcome.event.seq == 0
    assert states[1].last_seq == 4


def test_change_that_the_database_refused_takes_no_seq():
    refused = ChatError(DUPLICATE_ROOM)
    outcomes = number([Change(room=1, at=NOW), say()], {1: RoomState(1, 0)}, {}, {0: refused})
    assert codes(outcomes) == [DUPLICATE_ROOM.code, 1]


def test_changes_and_erasures_become_events():
    drafts: list[Draft] = [Change(room=1, at=NOW), Erase(room=1, at=NOW, target=1)]
    change, erased = number(drafts, {1: RoomState(1, 1)}, {}, {0: OPEN})
    assert change.event == RoomChanged(1, 2, NOW, "t", "", "public", locked=False, generation=1)
    assert erased.event == Erased(1, 3, NOW, target=1)
