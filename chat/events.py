"""Events: what happens in rooms, in the only words that layers share.

An event with a `seq` is in the log of its room; one without (`Joined`, `Left`) is live only and may be lost.
Times are aware and in UTC. Events are msgspec structs, tagged, so that the bus can carry them between
processes and each dialect can encode them.
"""

from datetime import datetime
from typing import Final, TypeAlias

from msgspec import Struct

LARGEST_SEQ: Final = 2**53 - 1  # the largest whole number that every JSON parser keeps


class Sender(Struct, frozen=True, gc=False):
    """Whoever says something: a name, a colour, and the participant behind it if proven."""

    name: str
    color: str = ""
    participant: int | None = None


class Reaction(Struct, frozen=True, gc=False):
    """An emoji under a message, and the names of those who put it there."""

    emoji: str
    who: tuple[str, ...]


class Message(Struct, frozen=True, gc=False, tag="message"):
    """Somebody said something. `erased`: read from the log after its deletion, the text is gone.

    `edited`: when it got its present text. `reply_to`: the seq of the message that it answers. `reactions`
    and `pinned` are known in a snapshot alone, where the events that made them do not follow.
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


class Edited(Struct, frozen=True, gc=False, tag="edited"):
    """The message `target` has another text."""

    room: int
    seq: int
    at: datetime
    target: int
    text: str


class Erased(Struct, frozen=True, gc=False, tag="erased"):
    """The message `target` was deleted; its text is gone from the log as well."""

    room: int
    seq: int
    at: datetime
    target: int


class Reacted(Struct, frozen=True, gc=False, tag="reacted"):
    """Somebody put an emoji under the message `target`, or took it away."""

    room: int
    seq: int
    at: datetime
    target: int
    who: Sender
    emoji: str
    on: bool


class Pinned(Struct, frozen=True, gc=False, tag="pinned"):
    """Somebody pinned the message `target` to the room, or took it down."""

    room: int
    seq: int
    at: datetime
    target: int
    who: Sender
    on: bool


class RoomChanged(Struct, frozen=True, gc=False, tag="room_changed"):
    """The room has new properties. Tokens of a password generation below `generation` are void."""

    room: int
    seq: int
    at: datetime
    title: str
    description: str
    visibility: str
    locked: bool
    generation: int


class RoomDeleted(Struct, frozen=True, gc=False, tag="room_deleted"):
    """The room is gone; whoever is in it is let out."""

    room: int
    seq: int
    at: datetime


class Muted(Struct, frozen=True, gc=False, tag="muted"):
    """Whoever goes by this name may not speak in the room until then (None: until further notice), or
    (`on` is false) may do so again.
    """

    room: int
    seq: int
    at: datetime
    name: str
    until: datetime | None
    on: bool


class ModeratorSet(Struct, frozen=True, gc=False, tag="moderator"):
    """A participant may moderate the room from now on, or (`on` is false) no longer."""

    room: int
    seq: int
    at: datetime
    who: Sender
    on: bool


class Joined(Struct, frozen=True, gc=False, tag="joined"):
    """Somebody entered the room."""

    room: int
    at: datetime
    who: Sender


class Left(Struct, frozen=True, gc=False, tag="left"):
    """Somebody left the room."""

    room: int
    at: datetime
    who: Sender


class Typing(Struct, frozen=True, gc=False, tag="typing"):
    """Somebody is writing."""

    room: int
    at: datetime
    who: Sender


class Read(Struct, frozen=True, gc=False, tag="read"):
    """A participant has read up to `upto`: for their own connections alone.

    `unread` messages of others are behind that, when the room has come to `as_of`.
    """

    room: int
    at: datetime
    upto: int
    unread: int = 0
    as_of: int = 0


class Removed(Struct, frozen=True, gc=False, tag="removed"):
    """This connection is no longer in the room, for the reason of that error. For it alone."""

    room: int
    at: datetime
    code: int
    error: str


Logged: TypeAlias = (
    Message | Edited | Erased | Reacted | Pinned | RoomChanged | RoomDeleted | Muted | ModeratorSet
)
Live: TypeAlias = Joined | Left | Typing | Read | Removed
Event: TypeAlias = Logged | Live


def tag_of(struct: type[Struct]) -> str:
    """The word for this type of events or messages: on the wire, on the bus, and as a kind in the log."""
    return str(struct.__struct_config__.tag)
