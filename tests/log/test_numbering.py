"""Numbering, with a kind and rights that need no database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import (
    DUPLICATE_ROOM,
    INVALID_FIELD,
    MUTED,
    ROOM_LOCKED,
    ROOM_NOT_FOUND,
    ROOM_UNAUTHORIZED,
    ChatError,
)
from chat.events import Logged, Message, RoomDeleted, Sender
from chat.log.drafts import Batch, Columns, Draft, EventHead, EventRow, NonceKey, Outcome, SentMessage
from chat.log.kinds.message import MessageDraft, digest_text
from chat.log.log import number_draft
from chat.log.room_state import ActiveMute, RoomState
from chat.permissions import ANONYMOUS, SITE, Actor, Permission

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DEED = Permission(frozenset(), "")


class FakeRights:
    """Staff may do all, others nothing. `asked`: how often. `accounts`: the participants who have one."""

    def __init__(self, *accounts: int) -> None:
        self.asked = 0
        self.accounts = accounts

    def check_permission(self, draft: Draft, permission: Permission, *, is_sender: bool = False) -> None:
        if not self.has_permission(draft, permission, is_sender=is_sender):
            raise ChatError(ROOM_UNAUTHORIZED)

    def has_permission(self, draft: Draft, permission: Permission, *, is_sender: bool = False) -> bool:
        self.asked += 1
        return draft.actor.staff

    def has_account(self, who: Sender) -> bool:
        return who.participant in self.accounts

    def read_rank(self, draft: Draft) -> int:
        return 3 if draft.actor.staff else 0

    def read_rank_of(self, room: int, participant: int) -> int:
        return 0

    def read_choice(self, draft: Draft, permission: Permission) -> str:
        raise AssertionError("nothing here depends on what a room has chosen")

    def forget_room(self, room: int) -> None:
        raise AssertionError("nothing here changes who may do what")


@dataclass(slots=True, kw_only=True)
class FakeDraft(Draft):
    """Becomes the end of the room, if there is a `change`, which then is made to the room's state."""

    event = RoomDeleted
    change: Callable[[RoomState], None] | None = lambda state: None
    error: ChatError | None = None
    everywhere: bool = False

    @property
    def reaches_deleted(self) -> bool:
        return self.everywhere

    def decide(self, state: RoomState, batch: Batch) -> Logged | None:
        batch.rights.check_permission(self, DEED)
        if self.error is not None:
            raise self.error
        if self.change is None:
            return None
        self.change(state)
        return RoomDeleted(self.room, state.next_seq, self.at)

    @staticmethod
    def to_columns(event: Logged) -> Columns:
        raise AssertionError("numbering stores nothing")

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> Logged:
        raise AssertionError("numbering reads nothing")


def say(text="hi", room=1, nonce=None, participant=None, reply_to=None, actor=ANONYMOUS):
    who = Sender("ann", "", participant)
    return MessageDraft(room=room, at=NOW, sender=who, text=text, nonce=nonce, reply_to=reply_to, actor=actor)


def fake(change=lambda state: None, error=None, actor: Actor = SITE, everywhere=False) -> FakeDraft:
    return FakeDraft(room=1, at=NOW, change=change, error=error, actor=actor, everywhere=everywhere)


def number(
    drafts: Sequence[Draft],
    *states: RoomState,
    sent: dict[NonceKey, SentMessage] | None = None,
    rights: FakeRights | None = None,
) -> list[Outcome]:
    rooms = {state.room: state for state in states}
    batch = Batch(rooms, rights or FakeRights(), sent or {})
    return [number_draft(draft, batch) for draft in drafts]


def lock(state: RoomState) -> None:
    state.locked = True
    state.update_guard()


def delete(state: RoomState) -> None:
    state.deleted = True


def restore(state: RoomState) -> None:
    state.deleted = False


def mute(state: RoomState) -> None:
    state.mutes["ann", None] = ActiveMute("ann", None, NOW + timedelta(seconds=60), 1)
    state.update_guard()


def codes(outcomes):
    return [outcome.error.kind.code if outcome.error else outcome.event.seq for outcome in outcomes]


@given(st.lists(st.integers(1, 3), max_size=40), st.integers(0, 10**9))
def test_each_room_counts_on_without_holes(rooms, start):
    states = {room: RoomState(room, start) for room in (1, 2, 3)}
    outcomes = number([say(room=room) for room in rooms], *states.values())
    for room in (1, 2, 3):
        seqs = [o.event.seq for o in outcomes if o.event.room == room]
        assert seqs == list(range(start + 1, start + 1 + len(seqs)))
        assert states[room].last_seq == start + len(seqs)


def test_same_nonce_in_one_batch_is_one_message():
    state = RoomState(1, 0)
    first, second = number([say(nonce="n", participant=5), say(nonce="n", participant=5)], state)
    assert first.fresh
    assert not second.fresh
    assert first.event is second.event
    assert state.last_seq == 1


def test_nonce_of_an_earlier_message_gets_that_message_even_if_the_room_is_gone():
    earlier = Message(1, 3, NOW, Sender("ann", "", 5), "hi", "n")
    drafts = [say(nonce="n", participant=5)]
    (outcome,) = number(drafts, RoomState(1, 9, deleted=True), sent={(5, "n"): SentMessage(earlier)})
    assert outcome.event is earlier
    assert not outcome.fresh


OTHERS = [{"text": "ho"}, {"text": "hi "}, {"room": 2}, {"reply_to": 1}]


@pytest.mark.parametrize("other", OTHERS, ids=str)
@pytest.mark.parametrize("keeps", [True, False])
def test_nonce_of_another_message_in_the_batch_is_refused(other, keeps):
    states = [RoomState(room, 0, keeps=keeps) for room in (1, 2)]
    drafts = [say(nonce="n", participant=5), say(**{"nonce": "n", "participant": 5} | other)]
    first, second, third = number([*drafts, say("next")], *states)
    assert first.event.text == "hi"
    assert (second.error.kind, second.error.field) == (INVALID_FIELD, "nonce")
    assert third.event.seq == (2 if keeps else 0)


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_nonce_of_another_earlier_message_is_refused(other):
    sent = {(5, "n"): SentMessage(Message(1, 3, NOW, Sender("ann", "", 5), "hi", "n"))}
    states = [RoomState(room, 9) for room in (1, 2)]
    (outcome,) = number([say(**{"nonce": "n", "participant": 5} | other)], *states, sent=sent)
    assert (outcome.error.kind, outcome.error.field) == (INVALID_FIELD, "nonce")


@pytest.mark.parametrize("changed", [{"text": "ho", "edited": NOW}, {"text": "", "erased": True}], ids=str)
def test_message_that_was_changed_since_is_known_by_what_was_sent(changed):
    now = Message(**{"room": 1, "seq": 3, "at": NOW, "sender": Sender("ann", "", 5), "nonce": "n"} | changed)
    drafts = [say(text, nonce="n", participant=5) for text in ("hi", "ho", "")]
    outcomes = number(drafts, RoomState(1, 9), sent={(5, "n"): SentMessage(now, digest_text("n", "hi"))})
    assert codes(outcomes) == [3, 303, 303]
    outcomes = number(drafts[:1], RoomState(1, 9), sent={(5, "n"): SentMessage(now)})
    assert codes(outcomes) == [3]  # of one that was changed before digests were kept


def test_same_nonce_of_another_participant_or_of_none_is_another_message():
    drafts = [say(nonce="n", participant=5), say(nonce="n", participant=6), say(nonce="n"), say(nonce="n")]
    assert codes(number(drafts, RoomState(1, 0))) == [1, 2, 3, 4]


def test_message_after_a_lock_is_refused_and_one_before_it_is_not():
    drafts = [say(), fake(lock), say(), say(actor=SITE)]
    assert codes(number(drafts, RoomState(1, 0))) == [1, 2, ROOM_LOCKED.code, 3]


def test_message_after_a_mute_is_refused_and_one_before_it_is_not():
    outcomes = number([say(), fake(mute), say()], RoomState(1, 0))
    assert codes(outcomes) == [1, 2, MUTED.code]
    assert outcomes[2].error.retry_after == 60


def test_right_is_asked_for_only_where_a_message_would_be_refused():
    rights = FakeRights()
    number([say(), say(), say(room=2)], RoomState(1, 0), RoomState(2, 0), rights=rights)
    assert rights.asked == 0
    other = ActiveMute("bob", None, None, 1)
    number(
        [say(), say(room=2)],
        RoomState(1, 0, locked=True, guarded=True),
        RoomState(2, 0, mutes={("bob", None): other}, guarded=True),
        rights=rights,
    )
    assert rights.asked == 1


def test_nothing_follows_the_deletion_of_the_room_but_what_reaches_it():
    drafts = [say(), fake(delete), say(), fake(), fake(restore, everywhere=True), say()]
    outcomes = number(drafts, RoomState(1, 0))
    assert codes(outcomes) == [1, 2, ROOM_NOT_FOUND.code, ROOM_NOT_FOUND.code, 3, 4]
    assert isinstance(outcomes[1].event, RoomDeleted)


def test_room_that_is_not_there_is_not_found():
    assert codes(number([say(room=7), fake(everywhere=True)])) == [ROOM_NOT_FOUND.code] * 2


def test_room_that_keeps_nothing_gives_no_seq():
    state = RoomState(1, 4, keeps=False)
    (outcome,) = number([say()], state)
    assert outcome.event.seq == 0
    assert state.last_seq == 4


def test_refused_draft_takes_no_seq():
    drafts = [fake(error=ChatError(DUPLICATE_ROOM)), fake(actor=ANONYMOUS), say()]
    assert codes(number(drafts, RoomState(1, 0))) == [DUPLICATE_ROOM.code, ROOM_UNAUTHORIZED.code, 1]


def test_draft_that_changes_nothing_is_no_event_and_takes_no_seq():
    nothing, message = number([fake(None), say()], RoomState(1, 0))
    assert nothing == Outcome()
    assert message.event.seq == 1


def test_outcome_names_the_pair_of_a_conversation():
    outcomes = number([say(), fake(), fake(None)], RoomState(1, 0, pair=(5, 6)))
    assert [outcome.pair for outcome in outcomes] == [(5, 6), (5, 6), None]
