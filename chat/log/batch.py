"""Numbering: what a batch of drafts becomes, given the state of its rooms. Pure.

A draft is what somebody wants to put into the log. `number` walks the batch in order, so that a message
behind a lock is refused and one before it is not, whatever the batch that both fell into.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from chat.errors import CLIENT_UNAUTHORIZED, MESSAGE_NOT_FOUND, ROOM_LOCKED, ROOM_NOT_FOUND, ChatError
from chat.events import Edited, Erased, Logged, Message, Reacted, RoomChanged, RoomDeleted, Sender

Reply: TypeAlias = Callable[["Outcome"], None]
NonceKey: TypeAlias = tuple[int, str]


@dataclass(slots=True)
class RoomState:
    """A room's row, as far as the log needs it. `number` brings it up to date as it goes.

    `pair`: the participants, of a conversation of two.
    """

    room: int
    last_seq: int
    locked: bool = False
    deleted: bool = False
    keeps: bool = True
    pair: tuple[int, int] | None = None


@dataclass(slots=True, kw_only=True)
class Say:
    """A message. With `nonce` (and a participant) it is said once, however often it is sent."""

    room: int
    at: datetime
    sender: Sender
    text: str
    nonce: str | None = None
    reply_to: int | None = None
    moderator: bool = False
    reply: Reply | None = None

    @property
    def key(self) -> NonceKey | None:
        if self.nonce is None or self.sender.participant is None:
            return None
        return self.sender.participant, self.nonce


@dataclass(slots=True, kw_only=True)
class Rewrite:
    """Another text for the message `target` of `by`."""

    room: int
    at: datetime
    target: int
    text: str
    by: int
    moderator: bool = False
    reply: Reply | None = None


@dataclass(slots=True, kw_only=True)
class Erase:
    """The deletion of the message `target`, which is that of `by`, or anybody's for a moderator."""

    room: int
    at: datetime
    target: int
    by: int | None = None
    moderator: bool = False
    reply: Reply | None = None


@dataclass(slots=True, kw_only=True)
class React:
    """An emoji of `who`, the participant `by`, under the message `target`, put there or taken away."""

    room: int
    at: datetime
    target: int
    who: Sender
    by: int
    emoji: str
    on: bool
    moderator: bool = False
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


Draft: TypeAlias = Say | Rewrite | Erase | React | Change | Delete


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a draft: its event, an error, or nothing, since there was nothing to change.

    Not `fresh`: said earlier, under the same nonce. `pair`: it happened in the conversation of these two.
    """

    event: Logged | None = None
    error: ChatError | None = None
    fresh: bool = True
    pair: tuple[int, int] | None = None

    def result(self) -> Logged | None:
        """The event, if there is one. Raises the error."""
        if self.error is not None:
            raise self.error
        return self.event


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """A room's properties after a change."""

    title: str
    description: str
    visibility: str
    locked: bool
    generation: int


@dataclass(frozen=True, slots=True)
class Unchanged:
    """All is as the draft wants it already."""


# What the database made of a draft that is more than a row of the log: what the room is now, or why not.
Effect: TypeAlias = RoomFacts | Unchanged | ChatError | None


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
    if state is None or (state.deleted and not restores(draft)):
        raise ChatError(ROOM_NOT_FOUND)
    if isinstance(effect, ChatError):
        raise effect
    if isinstance(effect, Unchanged):
        return Outcome()
    if isinstance(draft, Say):
        return Outcome(_say(draft, state, known), pair=state.pair)
    return Outcome(_change(draft, _next(state), state, effect), pair=state.pair)


def _change(
    draft: Rewrite | Erase | React | Change | Delete, seq: int, state: RoomState, effect: Effect
) -> Logged:
    head = draft.room, seq, draft.at
    if isinstance(draft, Rewrite):
        return Edited(*head, draft.target, draft.text)
    if isinstance(draft, Erase):
        return Erased(*head, draft.target)
    if isinstance(draft, React):
        return Reacted(*head, draft.target, draft.who, draft.emoji, draft.on)
    if isinstance(draft, Delete):
        state.deleted = True
        return RoomDeleted(*head)
    if not isinstance(effect, RoomFacts):
        raise TypeError(f"a change has facts as its effect, not {effect!r}")
    state.locked, state.deleted = effect.locked, False
    return RoomChanged(
        *head, effect.title, effect.description, effect.visibility, effect.locked, effect.generation
    )


def _say(draft: Say, state: RoomState, known: dict[NonceKey, Message]) -> Message:
    if state.locked and not draft.moderator:
        raise room_locked()
    seq = _next(state) if state.keeps else 0
    message = Message(
        draft.room, seq, draft.at, draft.sender, draft.text, draft.nonce, reply_to=draft.reply_to
    )
    if (key := draft.key) is not None and state.keeps:
        known[key] = message
    return message


def _next(state: RoomState) -> int:
    state.last_seq += 1
    return state.last_seq


def restores(draft: Draft) -> bool:
    """Whether the draft brings a deleted room back."""
    return isinstance(draft, Change) and "deleted_at" in draft.values


def room_locked() -> ChatError:
    """The one error for whoever may not speak in a locked room."""
    return ChatError(ROOM_LOCKED, detail="only those who run the room may speak here at the moment")


def not_yours() -> ChatError:
    """The one error for a message of somebody else."""
    return ChatError(CLIENT_UNAUTHORIZED, field="target", detail="that is the message of somebody else")


def no_such_message(field: str = "target") -> ChatError:
    """The one error for a message that is not there, or no longer."""
    return ChatError(MESSAGE_NOT_FOUND, field=field, detail="no such message in this room")
