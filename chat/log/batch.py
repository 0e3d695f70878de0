"""Numbering: what a batch of drafts becomes, given the state of its rooms. Pure.

A draft is what somebody wants to put into the log. `number` walks the batch in order, so that a message
behind a lock is refused and one before it is not, whatever the batch that both fell into.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from chat.errors import MESSAGE_NOT_FOUND, ROOM_LOCKED, ROOM_NOT_FOUND, ChatError
from chat.events import Erased, Logged, Message, RoomChanged, RoomDeleted, Sender

Reply: TypeAlias = Callable[["Outcome"], None]
NonceKey: TypeAlias = tuple[int, str]


@dataclass(slots=True)
class RoomState:
    """A room's row, as far as the log needs it. `number` brings it up to date as it goes."""

    room: int
    last_seq: int
    locked: bool = False
    deleted: bool = False
    keeps: bool = True


@dataclass(slots=True, kw_only=True)
class Say:
    """A message. With `nonce` (and a participant) it is said once, however often it is sent."""

    room: int
    at: datetime
    sender: Sender
    text: str
    nonce: str | None = None
    moderator: bool = False
    reply: Reply | None = None

    @property
    def key(self) -> NonceKey | None:
        if self.nonce is None or self.sender.participant is None:
            return None
        return self.sender.participant, self.nonce


@dataclass(slots=True, kw_only=True)
class Erase:
    """The deletion of the message `target`."""

    room: int
    at: datetime
    target: int
    reply: Reply | None = None


@dataclass(slots=True, kw_only=True)
class Change:
    """New values for columns of the room, checked already. `bump`: the password is new, void all tokens."""

    room: int
    at: datetime
    values: dict[str, Any] = field(default_factory=dict)
    bump: bool = False
    reply: Reply | None = None


@dataclass(slots=True, kw_only=True)
class Delete:
    """The deletion of the room itself."""

    room: int
    at: datetime
    reply: Reply | None = None


Draft: TypeAlias = Say | Erase | Change | Delete


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a draft: its event, or an error. Not `fresh`: said earlier, under the same nonce."""

    event: Logged | None = None
    error: ChatError | None = None
    fresh: bool = True

    def result(self) -> Logged:
        """The event. Raises the error."""
        if self.event is None:
            raise self.error or ChatError(ROOM_NOT_FOUND)
        return self.event


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """A room's properties after a change."""

    title: str
    description: str
    visibility: str
    locked: bool
    generation: int


# What the side effects of one draft came to: the facts of the changed room, the target erased, or why not.
Effect: TypeAlias = RoomFacts | int | ChatError | None


def number(
    drafts: Sequence[Draft],
    rooms: Mapping[int, RoomState],
    said: Mapping[NonceKey, Message],
    effects: Mapping[int, Effect],
) -> list[Outcome]:
    """Give each draft its event or its refusal, in order.

    `said` holds earlier messages by nonce; `effects` what the database made of drafts that are more than a
    message, by position in `drafts`.
    """
    known = dict(said)
    outcomes = []
    for position, draft in enumerate(drafts):
        try:
            outcomes.append(_one(draft, rooms.get(draft.room), known, effects.get(position)))
        except ChatError as error:
            outcomes.append(Outcome(error=error))
    return outcomes


def _one(draft: Draft, state: RoomState | None, known: dict[NonceKey, Message], effect: Effect) -> Outcome:
    if isinstance(draft, Say) and draft.key in known:
        return Outcome(known[draft.key], fresh=False)
    if state is None or state.deleted:
        raise ChatError(ROOM_NOT_FOUND)
    if isinstance(effect, ChatError):
        raise effect
    if isinstance(draft, Say):
        return Outcome(_say(draft, state, known))
    seq = _next(state)
    if isinstance(draft, Erase):
        return Outcome(Erased(draft.room, seq, draft.at, draft.target))
    if isinstance(draft, Delete):
        state.deleted = True
        return Outcome(RoomDeleted(draft.room, seq, draft.at))
    if not isinstance(effect, RoomFacts):
        raise TypeError(f"a change has facts as its effect, not {effect!r}")
    state.locked = effect.locked
    facts = effect
    return Outcome(
        RoomChanged(
            draft.room,
            seq,
            draft.at,
            facts.title,
            facts.description,
            facts.visibility,
            facts.locked,
            facts.generation,
        )
    )


def _say(draft: Say, state: RoomState, known: dict[NonceKey, Message]) -> Message:
    if state.locked and not draft.moderator:
        raise ChatError(ROOM_LOCKED, detail="only those who run the room may speak here at the moment")
    seq = _next(state) if state.keeps else 0
    message = Message(draft.room, seq, draft.at, draft.sender, draft.text, draft.nonce)
    if (key := draft.key) is not None and state.keeps:
        known[key] = message
    return message


def _next(state: RoomState) -> int:
    state.last_seq += 1
    return state.last_seq


def no_such_message() -> ChatError:
    """The one error for a message that is not there, or no longer."""
    return ChatError(MESSAGE_NOT_FOUND, field="target", detail="no such message in this room")
