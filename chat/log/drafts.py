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
from chat.log.filters import Judgement, RecentTexts
from chat.log.held import HeldMessages
from chat.log.mentions import Mentionables
from chat.log.room_state import RoomState
from chat.log.rules import Acceptances
from chat.log.slow_mode import LastPosts, Poster
from chat.permissions import ANONYMOUS, POST_ANYWAY, Actor, Permission

Reply: TypeAlias = Callable[["Outcome"], None]
NonceKey: TypeAlias = tuple[int, str]
EventHead: TypeAlias = tuple[int, int, datetime]  # what all logged events begin with: room, seq, time
Columns: TypeAlias = tuple[int | None, str, str, str | None, str, int | None, str | None]


class DraftHead(TypedDict):
    """What a connection sets in each of its drafts."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a draft did, for the audit log: to whom, about which message, and why.

    `note` is for moderators alone. `details`: what else is to be known of it, as JSON.
    """

    name: str
    subject: Sender | None = None
    message: int | None = None
    reason: str = ""
    note: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Draft(ABC):
    """One event to be. A subclass is a kind: all that is true of it stands in its module.

    `event`: what it becomes. `asked_by`: the commands of clients. `open_to_all`: it needs no right unless
    the room is guarded. `acts`: what it may be for the audit log (`describe_act`). `key`: by what the event
    is known if it is sent again; None if it may happen again.
    """

    event: ClassVar[type[Struct]]
    asked_by: ClassVar[tuple[type[Struct], ...]] = ()
    open_to_all: ClassVar[bool] = False
    acts: ClassVar[tuple[str, ...]] = ()

    room: int
    at: datetime
    actor: Actor = ANONYMOUS
    reply: Reply | None = None
    key: NonceKey | None = field(default=None, init=False)
    judgement: Judgement | None = field(default=None, init=False, repr=False)  # of its text, by filters

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

    def describe_act(self, state: RoomState) -> Act | None:
        """What this draft, which has just become an event, did; None if it is nothing for the audit log."""
        return None

    @staticmethod
    @abstractmethod
    def to_columns(event: Any) -> Columns:
        """The event's values for the columns of the log that not all kinds have."""

    @staticmethod
    @abstractmethod
    def from_row(head: EventHead, row: EventRow) -> Logged:
        """The event that a row of this kind holds."""

    @property
    def reaches_deleted(self) -> bool:
        """Whether it may be for a deleted room."""
        return False

    @property
    def may_need_right(self) -> bool:
        """Whether its decision may ask for a right of its actor, in a room that is open."""
        return not self.open_to_all

    @property
    def speaker(self) -> Sender | None:
        """As whom the actor does it, if under a name: bans cover that name, too."""
        return getattr(self, "sender", None)

    @property
    def poster(self) -> Poster | None:
        """Who posts by it, as slow mode and held messages see it; None if it posts nothing."""
        return None

    def find_earlier(self, batch: "Batch") -> Logged | None:
        """The event that this draft is sent for once more. Raises 303 if its `key` is that of another one."""
        return None

    def check_guards(self, state: RoomState, batch: "Batch") -> "Outcome | None":
        """Raise what a guarded room has against the draft, apart from bans. Others are not asked.

        Returns the outcome of a draft that needs no decision any more.
        """
        return None

    def check_may_speak(self, who: Sender, state: RoomState, batch: "Batch") -> None:
        """Raise what keeps a sender from speaking in the room now.

        That is 107; for those who do not run it 106, 109, 114, or in a direct conversation 116, 117.
        The database is asked for the right of those only who would be refused.
        """
        if state.mutes:
            state.check_not_muted(who, self.at, lambda: batch.rights.read_rank(self))
        try:
            state.check_may_speak(who, self.at, batch.rights.has_account)
            if state.rules_version:
                batch.acceptances.check_accepted(self.room, who.participant, state.rules_version)
        except ChatError:
            if not batch.rights.has_permission(self, POST_ANYWAY):
                raise


class Rights(Protocol):
    """What the actors of a batch may do, as the database says now; see `chat.log.current_rights`."""

    def has_permission(self, draft: Draft, permission: Permission, *, is_sender: bool = False) -> bool:
        """Whether the draft's actor has the permission in its room."""

    def check_permission(self, draft: Draft, permission: Permission, *, is_sender: bool = False) -> None:
        """Raise the error of the permission unless the draft's actor has it in its room."""

    def read_choice(self, draft: Draft, permission: Permission) -> str:
        """What the draft's room has chosen for the permission."""

    def has_account(self, who: Sender) -> bool:
        """Whether the sender of a draft has an account, which is open."""

    def read_rank(self, draft: Draft) -> int:
        """The rank of the draft's actor in its room."""

    def read_rank_of(self, room: int, participant: int) -> int:
        """The rank of a participant in the room."""

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

    `events`: what is numbered so far and will be stored; in the database there is none of it yet. `acts`:
    what of it the audit log has to know. `posts`: when senders last posted in rooms with slow mode. `held`:
    which messages were held. `acceptances`: what senders have accepted in rooms with rules. `recent`: the
    latest texts, where repetitions are looked for. `mentionables`: who can be mentioned, and who was.
    `noting`: of some messages the log is to note where their names come from. `after`: what guards want done
    once the draft has its event; a draft that gets none leaves no trace.
    """

    rooms: Mapping[int, RoomState]
    rights: Rights
    sent: dict[NonceKey, SentMessage] = field(default_factory=dict)
    events: list[Logged] = field(default_factory=list)
    acts: list[tuple[Draft, Act]] = field(default_factory=list)
    posts: LastPosts = field(default_factory=LastPosts)
    held: HeldMessages = field(default_factory=HeldMessages)
    acceptances: Acceptances = field(default_factory=Acceptances)
    recent: RecentTexts = field(default_factory=dict)
    mentionables: Mentionables = field(default_factory=Mentionables)
    noting: bool = False
    after: list[Callable[[Logged], object]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a draft: its event, an error, or nothing if nothing changed.

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
