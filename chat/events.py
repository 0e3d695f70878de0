"""Events: what happens in rooms, in the types that all layers share.

An event with a `seq` is in the log of its room; one without (`Joined`, `Left`) is live only and may be lost.
Times are aware and in UTC. Events are msgspec structs, tagged, so that the bus can carry them between
processes and each dialect can encode them.
"""

from datetime import datetime
from typing import Final, TypeAlias

from msgspec import Struct

LARGEST_SEQ: Final = 2**53 - 1  # the largest whole number that every JSON parser keeps


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


class ModeratorSet(Struct, frozen=True, gc=False, tag="moderator"):
    """A participant may moderate the room from now on, or (`on` is false) no longer."""

    room: int
    seq: int
    at: datetime
    who: Sender
    on: bool


class Joined(Struct, frozen=True, gc=False, tag="joined"):
    """A member joined the room."""

    room: int
    at: datetime
    who: Sender


class Left(Struct, frozen=True, gc=False, tag="left"):
    """A member left the room."""

    room: int
    at: datetime
    who: Sender


class Typing(Struct, frozen=True, gc=False, tag="typing"):
    """A member is typing."""

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
