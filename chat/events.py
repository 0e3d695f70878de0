"""Commands in, events out: the only words that layers share.

An event with a `seq` is in the log of its room; one without (`Joined`, `Left`) is live only and may be lost.
Times are aware and in UTC. Events are msgspec structs, tagged, so that the bus can carry them between
processes and each dialect can encode them.
"""

from datetime import datetime
from typing import TypeAlias

from msgspec import Struct


class Sender(Struct, frozen=True, gc=False):
    """Whoever says something: a name, a colour, and the participant behind it if proven."""

    name: str
    color: str = ""
    participant: int | None = None


class Message(Struct, frozen=True, gc=False, tag="message"):
    """Somebody said something. `erased`: read from the log after its deletion, the text is gone."""

    room: int
    seq: int
    at: datetime
    sender: Sender
    text: str
    nonce: str | None = None
    erased: bool = False


class Erased(Struct, frozen=True, gc=False, tag="erased"):
    """The message `target` was deleted; its text is gone from the log as well."""

    room: int
    seq: int
    at: datetime
    target: int


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


Logged: TypeAlias = Message | Erased | RoomChanged | RoomDeleted
Live: TypeAlias = Joined | Left
Event: TypeAlias = Logged | Live


class Hello(Struct, frozen=True, gc=False):
    """Say who this connection is, for all the rooms that it will join."""

    name: str
    color: str = ""
    id: int | None = None


class Join(Struct, frozen=True, gc=False):
    """Enter a room. `name`: what to be called there, None for the name said in `Hello`.

    `room`: None for the one that the connection's address names. `since`: the last seq that the client
    has; else `last`: how many of the latest events it wants; None for no history. `token`: a room token,
    where the room needs one.
    """

    name: str | None = None
    color: str = ""
    room: int | None = None
    since: int | None = None
    last: int | None = None
    token: str = ""
    id: int | None = None


class Leave(Struct, frozen=True, gc=False):
    """Leave a room. A `name` other than the one joined with is refused."""

    name: str | None = None
    room: int | None = None
    id: int | None = None


class Send(Struct, frozen=True, gc=False):
    """Say something. With a `nonce`, saying it again gets the first answer again."""

    text: str
    name: str | None = None
    color: str = ""
    room: int | None = None
    nonce: str | None = None
    id: int | None = None


Command: TypeAlias = Hello | Join | Leave | Send


class Accepted(Struct, frozen=True, gc=False):
    """What a command that was done came to: the seq of its event, or how far the room is; who is in it."""

    seq: int | None = None
    members: tuple[Sender, ...] | None = None
