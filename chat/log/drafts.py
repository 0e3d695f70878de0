"""Drafts: events that are not in the log yet; what each kind answers for itself, and what became of one.

Each draft names its `actor`: the right to it is decided when it is numbered, as it is then.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self, TypeAlias, TypedDict

from msgspec import Struct

from chat.errors import ChatError
from chat.events import Logged, Message, Sender
from chat.log.room_state import RoomState
from chat.permissions import ANONYMOUS, POST_ANYWAY, Actor, Permission

Reply: TypeAlias = Callable[["Outcome"], None]
NonceKey: TypeAlias = tuple[int, str]
EventHead: TypeAlias = tuple[int, int, datetime]  # what all logged events begin with: room, seq, time
Columns: TypeAlias = tuple[int | None, str, str, str | None, str, int | None, str | None]


class DraftHead(TypedDict):
    """What a connection gives to each of its drafts."""

    room: int
    at: datetime
    actor: Actor
    reply: Reply | None


class EventRow(Protocol):
    """A row of the log, as far as its kind reads it: `chat.models.Event`."""

    name: str
    color: str
    sender_id: int | None
    nonce: str | None
    text: str
    target: int | None
    data: Any
    edited_at: datetime | None
    erased_at: datetime | None


@dataclass(slots=True, kw_only=True)
class Draft(ABC):
    """One event to be. A subclass is a kind: all that is true of it stands in its module.

    `event`: what it becomes. `asked_by`: the commands of clients. `plain`: it needs no right unless
    the room is locked or has mutes.
    """

    event: ClassVar[type[Struct]]
    asked_by: ClassVar[tuple[type[Struct], ...]] = ()
    plain: ClassVar[bool] = False

    room: int
    at: datetime
    actor: Actor = ANONYMOUS
    reply: Reply | None = None

    @classmethod
    def from_command(cls, command: Any, who: Sender, head: DraftHead) -> Self:
        """The draft that a client's command asks for."""
        raise NotImplementedError(f"no command asks for a {cls.__name__}")

    @abstractmethod
    def decide(self, state: RoomState, batch: "Batch") -> Logged | None:
        """Make the event, as `state.next_seq`, and bring the room's state and the kind's own rows up to date.

        None if it would change nothing. Raises ChatError, before anything is changed. The room is locked in
        the database and not deleted, unless the draft `reaches_deleted`.
        """

    @staticmethod
    @abstractmethod
    def to_columns(event: Any) -> Columns:
        """The event's values for the columns of the log that not all kinds have."""

    @staticmethod
    @abstractmethod
    def from_row(head: EventHead, row: EventRow) -> Logged:
        """The event that a row of this kind holds."""

    @property
    def key(self) -> NonceKey | None:
        """By what the event is known if it is sent again; None for a kind that may happen again."""
        return None

    @property
    def reaches_deleted(self) -> bool:
        """Whether it may be for a deleted room."""
        return False

    def find_earlier(self, batch: "Batch") -> Logged | None:
        """The event that this draft is sent for once more. Raises 303 if its `key` is that of another one."""
        return None

    def check_may_speak(self, who: Sender, state: RoomState, batch: "Batch") -> None:
        """Raise 106, 107 for a sender who may not speak in the room now and does not run it.

        The database is asked for the right of those only who would be refused.
        """
        try:
            state.check_may_speak(who, self.at)
        except ChatError:
            if not batch.rights.has_permission(self, POST_ANYWAY):
                raise


class Rights(Protocol):
    """What the actors of a batch may do, as the database says now: `chat.log.rights.CurrentRights`."""

    def has_permission(self, draft: Draft, permission: Permission, *, is_sender: bool = False) -> bool:
        """Whether the draft's actor has the permission in its room."""

    def check_permission(self, draft: Draft, permission: Permission, *, is_sender: bool = False) -> None:
        """Raise the error of the permission unless the draft's actor has it in its room."""

    def forget_room(self, room: int) -> None:
        """The room has changed: what is known of it may be so no more."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that bears a nonce. `digest`: of the text that it was sent with, if that text is gone."""

    message: Message
    digest: str | None = None


@dataclass(slots=True)
class Batch:
    """What is known while a batch is numbered. `sent`: messages by nonce, those of the batch included.

    `events`: what is numbered so far and will be stored; in the database there is none of it yet.
    """

    rooms: Mapping[int, RoomState]
    rights: Rights
    sent: dict[NonceKey, SentMessage] = field(default_factory=dict)
    events: list[Logged] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a draft: its event, an error, or nothing, since there was nothing to change.

    Not `fresh`: sent earlier, under the same nonce. `pair`: it happened in the direct conversation of these
    two.
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
