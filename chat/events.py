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


class Reaction(Struct, frozen=True, gc=False):
    """An emoji under a message, and the names of those who put it there."""

    emoji: str
    who: tuple[str, ...]


class Message(Struct, frozen=True, gc=False, tag="message"):
    """Somebody said something. `erased`: read from the log after its deletion, the text is gone.

    `edited`: when it got its present text. `reply_to`: the seq of the message that it answers. `reactions`
    are known in a snapshot alone, where the events that made them do not follow.
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


class Typing(Struct, frozen=True, gc=False, tag="typing"):
    """Somebody is writing."""

    room: int
    at: datetime
    who: Sender


class Read(Struct, frozen=True, gc=False, tag="read"):
    """A participant has read up to `upto`: for their own connections alone."""

    room: int
    at: datetime
    upto: int


class Removed(Struct, frozen=True, gc=False, tag="removed"):
    """This connection is no longer in the room, for the reason of that error. For it alone."""

    room: int
    at: datetime
    code: int
    error: str


Logged: TypeAlias = Message | Edited | Erased | Reacted | RoomChanged | RoomDeleted
Live: TypeAlias = Joined | Left | Typing | Read | Removed
Event: TypeAlias = Logged | Live


class Hello(Struct, frozen=True, gc=False):
    """Say who this connection is. `token`: of an account, or of a guest's session."""

    name: str | None = None
    color: str | None = None
    token: str = ""
    id: int | None = None


class Join(Struct, frozen=True, gc=False):
    """Enter a room. `name`: what to be called there, None for the one known from `Hello`.

    `room`: None for the one that the connection's address names. `since`: the last seq that the client
    has; else `last`: how many of the latest messages it wants. `token`: a room token, where one is needed.
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
    reply_to: int | None = None
    id: int | None = None


class Edit(Struct, frozen=True, gc=False):
    """Give a message of one's own another text."""

    room: int
    target: int
    text: str
    id: int | None = None


class Erase(Struct, frozen=True, gc=False):
    """Delete a message: one's own, or anybody's for those who run the room."""

    room: int
    target: int
    id: int | None = None


class React(Struct, frozen=True, gc=False):
    """Put an emoji under a message, or take it away."""

    room: int
    target: int
    emoji: str
    on: bool = True
    id: int | None = None


class Write(Struct, frozen=True, gc=False):
    """Say that one is writing."""

    room: int
    id: int | None = None


class MarkRead(Struct, frozen=True, gc=False):
    """Move one's read mark forward."""

    room: int
    seq: int
    id: int | None = None


class GetHistory(Struct, frozen=True, gc=False):
    """Ask for a page of messages: the latest before a seq, the first after one, or the latest of all."""

    room: int
    before: int | None = None
    after: int | None = None
    limit: int = 50
    id: int | None = None


class GetMembers(Struct, frozen=True, gc=False):
    """Ask who is in a room."""

    room: int
    id: int | None = None


class Direct(Struct, frozen=True, gc=False):
    """Find or begin the conversation with somebody, and say something there if there is a `text`."""

    to: str
    text: str | None = None
    nonce: str | None = None
    id: int | None = None


class Ping(Struct, frozen=True, gc=False):
    """Ask for a sign of life."""

    id: int | None = None


Posting: TypeAlias = Send | Edit | Erase | React
Command: TypeAlias = (
    Hello | Join | Leave | Posting | Write | MarkRead | GetHistory | GetMembers | Direct | Ping
)


class Conversation(Struct, frozen=True, gc=False):
    """A room of two: the other one, how far it has come, how far the asker has read."""

    room: int
    other: Sender
    seq: int
    read: int = 0


class RoomInfo(Struct, frozen=True, gc=False):
    """A room as its member sees it. `moderator`: the member runs it."""

    title: str
    description: str
    visibility: str
    locked: bool
    moderator: bool


class Done(Struct, frozen=True, gc=False):
    """A command was done, and there is nothing to say about it."""


class Stored(Struct, frozen=True, gc=False):
    """A command became the event `seq`; None if there was nothing to change."""

    seq: int | None


class Welcome(Struct, frozen=True, gc=False):
    """Who one is from now on. `session`: with it a guest comes back as the same one."""

    who: Sender
    account: bool
    session: str | None
    conversations: tuple[Conversation, ...]


class Entered(Struct, frozen=True, gc=False):
    """One is in a room that has come to `seq`. `messages`: its latest ones, if they were asked for."""

    seq: int
    info: RoomInfo
    members: tuple[Sender, ...]
    read: int
    messages: tuple[Message, ...] | None


class History(Struct, frozen=True, gc=False):
    """A page of messages, oldest first, as of `seq`. `more`: there are others in this direction."""

    seq: int
    messages: tuple[Message, ...]
    more: bool


class Members(Struct, frozen=True, gc=False):
    """Who is in a room."""

    members: tuple[Sender, ...]


class Opened(Struct, frozen=True, gc=False):
    """The conversation that was asked for. `seq`: of what was said there, or how far it is."""

    room: int
    other: Sender
    seq: int


Answer: TypeAlias = Done | Stored | Welcome | Entered | History | Members | Opened
