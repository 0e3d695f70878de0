"""Events: what happens in rooms, in the types that all layers share.

An event with a `seq` is in the log of its room; one without (`Joined`, `Left`) is live only and may be lost.
Times are aware and in UTC. Events are msgspec structs, tagged, so that the bus can carry them between
processes and each dialect can encode them.
"""

from datetime import datetime
from typing import ClassVar, Final, TypeAlias

from msgspec import Struct

LARGEST_SEQ: Final = 2**53 - 1  # the largest whole number that every JSON parser keeps
MOST_REPLIES: Final = 100  # to a message are counted; this many means that many or more
NO_SEQ: Final = 0  # of events that have no place in the order: live ones, and messages that are not kept


class Sender(Struct, frozen=True, gc=False):
    """The sender of a message: a name, a colour, and the participant if verified."""

    name: str
    color: str = ""
    participant: int | None = None


class Reaction(Struct, frozen=True, gc=False):
    """An emoji under a message, with the names and, in the same order, the numbers of those who added it."""

    emoji: str
    who: tuple[str, ...]
    participants: tuple[int, ...] = ()


class Message(Struct, frozen=True, gc=False, tag="message"):
    """A message. `erased`: read from the log after its deletion, without its text.

    `edited`: when it got its present text. `reply_to`: the seq of the message that it answers. `reactions`,
    `pinned` and `replies` are known in a snapshot alone, where the events that made them do not follow.
    `mentions`: the names in the text that are mentions, as they were when it was sent. `replies`: how many
    messages answer it, deleted ones included, MOST_REPLIES at most.
    """

    room: int
    seq: int
    at: datetime
    sender: Sender
    text: str
    nonce: str | None = None
    erased: bool = False
    reply_to: int | None = None
    edited: datetime | None = None
    reactions: tuple[Reaction, ...] = ()
    pinned: bool = False
    mentions: tuple[str, ...] = ()
    replies: int = 0


class Edited(Struct, frozen=True, gc=False, tag="edited"):
    """The text of the message `target` was changed."""

    room: int
    seq: int
    at: datetime
    target: int
    text: str


class Erased(Struct, frozen=True, gc=False, tag="erased"):
    """The message `target` was deleted, and its text removed from the log."""

    room: int
    seq: int
    at: datetime
    target: int


class Restored(Struct, frozen=True, gc=False, tag="restored"):
    """The deleted message `target` has its text again, which it got by an edit `edited` then, if by one."""

    room: int
    seq: int
    at: datetime
    target: int
    text: str
    edited: datetime | None = None


class Reacted(Struct, frozen=True, gc=False, tag="reacted"):
    """A member added an emoji to the message `target`, or removed it."""

    room: int
    seq: int
    at: datetime
    target: int
    who: Sender
    emoji: str
    on: bool


class Pinned(Struct, frozen=True, gc=False, tag="pinned"):
    """A member pinned the message `target` to the room, or unpinned it."""

    room: int
    seq: int
    at: datetime
    target: int
    who: Sender
    on: bool


class RoomChanged(Struct, frozen=True, gc=False, tag="room_changed"):
    """The room was changed. Tokens of a password generation below `generation` are void."""

    room: int
    seq: int
    at: datetime
    title: str
    description: str
    visibility: str
    locked: bool
    generation: int
    slow_seconds: int = 0
    accounts_only: bool = False
    approve_first: bool = False
    rules: str = ""
    rules_version: int = 0
    who_can_pin: str = "moderators"
    who_can_mention_all: str = "auto"


class RoomDeleted(Struct, frozen=True, gc=False, tag="room_deleted"):
    """The room was deleted; its members are removed."""

    room: int
    seq: int
    at: datetime


class Muted(Struct, frozen=True, gc=False, tag="muted"):
    """This name is muted `until` then (None: until further notice), or unmuted (`on` is false)."""

    room: int
    seq: int
    at: datetime
    name: str
    until: datetime | None
    on: bool
    reason: str = ""


class ModeratorSet(Struct, frozen=True, gc=False, tag="moderator"):
    """A participant may moderate the room from now on, or (`on` is false) no longer."""

    room: int
    seq: int
    at: datetime
    who: Sender
    on: bool


class Kicked(Struct, frozen=True, gc=False, tag="kicked"):
    """A member was removed from the room."""

    room: int
    seq: int
    at: datetime
    who: Sender
    reason: str = ""


class Banned(Struct, frozen=True, gc=False, tag="banned"):
    """This name may not be in the room `until` then (None: until further notice).

    With `on` false, it may again. `pattern`: the name is a pattern of names. `networks`: nor may clients from
    there; members are not told of them. `spared`: those who run the room, whom neither concerns. `newcomers`:
    in place of a name, no one new may come in, or with `hold`, what they post first waits.
    """

    room: int
    seq: int
    at: datetime
    name: str
    until: datetime | None
    reason: str
    on: bool
    participant: int | None = None
    pattern: bool = False
    networks: tuple[str, ...] = ()
    spared: tuple[int, ...] = ()
    newcomers: bool = False
    hold: bool = False


class Joined(Struct, frozen=True, gc=False, tag="joined"):
    """A member joined the room."""

    seq: ClassVar[int] = NO_SEQ

    room: int
    at: datetime
    who: Sender


class Left(Struct, frozen=True, gc=False, tag="left"):
    """A member left the room."""

    seq: ClassVar[int] = NO_SEQ

    room: int
    at: datetime
    who: Sender


class Typing(Struct, frozen=True, gc=False, tag="typing"):
    """A member is typing."""

    seq: ClassVar[int] = NO_SEQ

    room: int
    at: datetime
    who: Sender


class Read(Struct, frozen=True, gc=False, tag="read"):
    """A participant has read up to `upto`: for their own connections alone.

    `unread` messages of others follow it, when the room has come to `as_of`; `mentions` of these mention the
    participant. `back`: the mark has moved back.
    """

    seq: ClassVar[int] = NO_SEQ

    room: int
    at: datetime
    upto: int
    unread: int = 0
    as_of: int = 0
    mentions: int = 0
    back: bool = False


class Rejected(Struct, frozen=True, gc=False, tag="rejected"):
    """A moderator rejected the held message of this nonce. For the connections of its sender alone."""

    seq: ClassVar[int] = NO_SEQ

    room: int
    at: datetime
    nonce: str | None


class Mentioned(Struct, frozen=True, gc=False, tag="mentioned"):
    """The message `target` of `sender` mentions a participant. For their connections alone.

    `title`: of the room. `target`: NO_SEQ if the room keeps no messages.
    """

    seq: ClassVar[int] = NO_SEQ

    room: int
    at: datetime
    title: str
    target: int
    sender: Sender
    text: str


class Blocked(Struct, frozen=True, gc=False, tag="blocked"):
    """A participant has blocked `who`; with `on` false, unblocked. For their own connections alone."""

    seq: ClassVar[int] = NO_SEQ
    room: ClassVar[int] = 0  # it is of no room

    at: datetime
    who: Sender
    on: bool


class JoinedRoomChanged(Struct, frozen=True, gc=False, tag="joined_room"):
    """A participant has joined a room or, with `on` false, left it for good; or has set what calls them.

    `level`: that, until `level_until` (None: until they change it). For their own connections alone.
    """

    seq: ClassVar[int] = NO_SEQ

    room: int
    at: datetime
    on: bool
    level: str = "all"
    level_until: datetime | None = None


class MessageSaved(Struct, frozen=True, gc=False, tag="saved"):
    """A participant has saved the message `target`; with `on` false, no longer.

    For their own connections alone.
    """

    seq: ClassVar[int] = NO_SEQ

    room: int
    at: datetime
    target: int
    on: bool


class RulesAccepted(Struct, frozen=True, gc=False, tag="rules_accepted"):
    """A participant has accepted the rules of this version. For their own connections alone."""

    seq: ClassVar[int] = NO_SEQ

    room: int
    at: datetime
    version: int


class Unfinished(Struct, frozen=True, gc=False, tag="unfinished"):
    """A participant has begun to write this text; "": no longer. For their own connections alone."""

    seq: ClassVar[int] = NO_SEQ

    room: int
    at: datetime
    text: str
    reply_to: int | None = None


class Removed(Struct, frozen=True, gc=False, tag="removed"):
    """This connection is no longer in the room, for the reason of that error. For it alone."""

    seq: ClassVar[int] = NO_SEQ

    room: int
    at: datetime
    code: int
    error: str


class Expiring(Struct, frozen=True, gc=False, tag="expiring"):
    """The room token of this connection expires in `seconds`, and its stay with it. For it alone."""

    seq: ClassVar[int] = NO_SEQ

    room: int
    at: datetime
    seconds: float


class ReportsWaiting(Struct, frozen=True, gc=False, tag="reports_waiting"):
    """This many reports of the room wait: for those who decide them, without those about themselves."""

    seq: ClassVar[int] = NO_SEQ

    room: int
    at: datetime
    waiting: int


Logged: TypeAlias = (
    Message
    | Edited
    | Erased
    | Restored
    | Reacted
    | Pinned
    | RoomChanged
    | RoomDeleted
    | Muted
    | ModeratorSet
    | Kicked
    | Banned
)
Live: TypeAlias = (
    Joined
    | Left
    | Typing
    | Read
    | Rejected
    | Mentioned
    | Blocked
    | JoinedRoomChanged
    | MessageSaved
    | RulesAccepted
    | Unfinished
    | Removed
    | Expiring
    | ReportsWaiting
)
Event: TypeAlias = Logged | Live


def tag_of(struct: type[Struct]) -> str:
    """The word for this type of events or messages: on the wire, on the bus, and as a kind in the log."""
    return str(struct.__struct_config__.tag)
