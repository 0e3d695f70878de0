"""Numbering: what a batch of drafts becomes, given the state of its rooms. Pure.

`number` walks the batch in order, so that a message behind a lock or a mute is refused and one before it is
not, whatever the batch that both fell into.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from django.utils.crypto import salted_hmac

from chat import validation
from chat.errors import (
    CLIENT_UNAUTHORIZED,
    INVALID_FIELD,
    MESSAGE_NOT_FOUND,
    MUTED,
    ROOM_LOCKED,
    ROOM_NOT_FOUND,
    ChatError,
)
from chat.events import (
    Edited,
    Erased,
    Logged,
    Message,
    Muted,
    Pinned,
    Reacted,
    RoomChanged,
    RoomDeleted,
    Sender,
)
from chat.log.drafts import (
    Change,
    Delete,
    Draft,
    Erase,
    Mute,
    NonceKey,
    Outcome,
    Pin,
    React,
    Rewrite,
    Say,
    reaches_deleted,
)


@dataclass(frozen=True, slots=True)
class Silence:
    """Somebody who may not speak in a room: by name, and by identity where there is one."""

    key: str
    participant: int | None
    until: datetime | None

    def covers(self, who: Sender, at: datetime) -> bool:
        """Whether it keeps them from speaking at that moment."""
        if self.until is not None and self.until <= at:
            return False
        same = self.participant is not None and self.participant == who.participant
        return same or self.key == validation.name_key(who.name)


@dataclass(slots=True)
class RoomState:
    """A room's row, as far as the log needs it. `follow` brings it up to date.

    `pair`: the participants, of a conversation of two. `silences`: by the key of the name.
    """

    room: int
    last_seq: int
    locked: bool = False
    deleted: bool = False
    keeps: bool = True
    pair: tuple[int, int] | None = None
    silences: dict[str, Silence] = field(default_factory=dict)

    def copy(self) -> "RoomState":
        """One that goes its own way."""
        return replace(self, silences=dict(self.silences))

    def follow(self, draft: Draft, effect: "Effect") -> None:
        """Become what the room is after a draft that was not refused."""
        if isinstance(draft, Delete):
            self.deleted = True
        elif isinstance(effect, RoomFacts):
            self.locked, self.deleted = effect.locked, False
        elif isinstance(effect, Silence):
            self.silences[effect.key] = effect
        elif isinstance(effect, Lifted):
            self.silences.pop(effect.key, None)

    def check_may_speak(self, who: Sender, at: datetime) -> None:
        """Raise 106 while the room is locked, 107 for whoever is muted."""
        if self.locked:
            detail = "only those who run the room may speak here at the moment"
            raise ChatError(ROOM_LOCKED, detail=detail)
        for silence in self.silences.values():
            if silence.covers(who, at):
                raise _muted(silence, at)


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """A room's properties after a change."""

    title: str
    description: str
    visibility: str
    locked: bool
    generation: int


@dataclass(frozen=True, slots=True)
class Lifted:
    """Whoever has this key of a name may speak again."""

    key: str


@dataclass(frozen=True, slots=True)
class Unchanged:
    """All is as the draft wants it already."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message that bears a nonce. `digest`: of the text that it was sent with, if that is gone."""

    message: Message
    digest: str | None = None

    def is_sent_by(self, draft: Say) -> bool:
        """Whether the draft is this message, sent again: the same text in the same place."""
        message = self.message
        if (draft.room, draft.reply_to) != (message.room, message.reply_to):
            return False
        if self.digest is not None:
            return self.digest == digest(message.nonce or "", draft.text)
        # Of one that was changed before digests were kept, nobody knows: rather not said twice.
        return message.text == draft.text or message.edited is not None or message.erased


def digest(nonce: str, text: str) -> str:
    """What is kept of a text that is gone: enough to know it again; without our key it cannot be guessed."""
    return salted_hmac("chat.log.said", f"{nonce}\x00{text}", algorithm="sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Entitled:
    """It may be said, though the room is locked or has some who are muted: that has been looked at."""


# What the database made of a draft that is more than a row of the log: what is so now, or why not.
Effect: TypeAlias = RoomFacts | Silence | Lifted | Unchanged | Entitled | ChatError | None


def number(
    drafts: Sequence[Draft],
    rooms: Mapping[int, RoomState],
    said: Mapping[NonceKey, Said],
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


def _one(draft: Draft, state: RoomState | None, known: dict[NonceKey, Said], effect: Effect) -> Outcome:
    if isinstance(draft, Say) and draft.key in known:
        if not known[draft.key].is_sent_by(draft):
            detail = "another message of yours has this nonce; each needs one of its own"
            raise ChatError(INVALID_FIELD, field="nonce", detail=detail)
        return Outcome(known[draft.key].message, fresh=False)
    if state is None or (state.deleted and not reaches_deleted(draft)):
        raise ChatError(ROOM_NOT_FOUND)
    if isinstance(effect, ChatError):
        raise effect
    if isinstance(effect, Unchanged):
        return Outcome()
    if isinstance(draft, Say):
        return Outcome(_say(draft, state, known, effect), pair=state.pair)
    state.follow(draft, effect)
    return Outcome(_change(draft, _next(state), effect), pair=state.pair)


def _change(
    draft: Rewrite | Erase | React | Pin | Mute | Change | Delete, seq: int, effect: Effect
) -> Logged:
    head = draft.room, seq, draft.at
    if isinstance(draft, Rewrite):
        return Edited(*head, draft.target, draft.text)
    if isinstance(draft, Erase):
        return Erased(*head, draft.target)
    if isinstance(draft, React):
        return Reacted(*head, draft.target, draft.sender, draft.emoji, draft.on)
    if isinstance(draft, Pin):
        return Pinned(*head, draft.target, draft.sender, draft.on)
    if isinstance(draft, Mute):
        return Muted(*head, draft.name, draft.until, draft.on)
    if isinstance(draft, Delete):
        return RoomDeleted(*head)
    if not isinstance(effect, RoomFacts):
        raise TypeError(f"a change has facts as its effect, not {effect!r}")
    return RoomChanged(
        *head, effect.title, effect.description, effect.visibility, effect.locked, effect.generation
    )


def _say(draft: Say, state: RoomState, known: dict[NonceKey, Said], effect: Effect) -> Message:
    if (state.locked or state.silences) and not isinstance(effect, Entitled):
        state.check_may_speak(draft.sender, draft.at)
    seq = _next(state) if state.keeps else 0
    message = Message(
        draft.room, seq, draft.at, draft.sender, draft.text, draft.nonce, reply_to=draft.reply_to
    )
    if (key := draft.key) is not None:
        known[key] = Said(message)
    return message


def _next(state: RoomState) -> int:
    state.last_seq += 1
    return state.last_seq


def _muted(silence: Silence, at: datetime) -> ChatError:
    if silence.until is None:
        return ChatError(MUTED, detail="a moderator has muted you in this room")
    wait = (silence.until - at).total_seconds()
    detail = f"a moderator has muted you in this room until {silence.until:%Y-%m-%d %H:%M} UTC"
    return ChatError(MUTED, detail=detail, retry_after=wait)


def not_yours() -> ChatError:
    """The one error for a message of somebody else."""
    return ChatError(CLIENT_UNAUTHORIZED, field="target", detail="that is the message of somebody else")


def no_such_message(field: str = "target") -> ChatError:
    """The one error for a message that is not there, or no longer."""
    return ChatError(MESSAGE_NOT_FOUND, field=field, detail="no such message in this room")
