"""Answers: what a command came to, for the connection that sent it."""

from typing import Final, TypeAlias

from msgspec import Struct

from chat.events import Message, Sender

MOST_MEMBERS: Final = 500  # in the answer to a join: else the joins of n people would take n² names


class Conversation(Struct, frozen=True, gc=False):
    """A room of two: the other one, how far it has come, how far the asker has read, or at least got.

    `away`: the other one is not connected. `unread`: messages of the other one that the asker has not read.
    """

    room: int
    other: Sender
    seq: int
    read: int = 0
    got: int = 0
    away: bool = False
    unread: int = 0


class RoomInfo(Struct, frozen=True, gc=False):
    """A room as its member sees it. `moderator`: the member may moderate it. `owner`: and name moderators."""

    title: str
    description: str
    visibility: str
    locked: bool
    moderator: bool
    owner: bool


class Done(Struct, frozen=True, gc=False):
    """A command was done, and there is nothing to say about it."""


class Stored(Struct, frozen=True, gc=False):
    """A command became the event `seq`; None if there was nothing to change."""

    seq: int | None


class Welcome(Struct, frozen=True, gc=False):
    """Who one is from now on. `session`: with it a guest comes back as the same one.

    `max_frame`: how many bytes the server takes in one message, if that is told.
    """

    who: Sender
    account: bool
    session: str | None
    conversations: tuple[Conversation, ...]
    max_frame: int | None = None


class Entered(Struct, frozen=True, gc=False):
    """One is in a room that has come to `seq`. `messages`: its latest ones, if they were asked for.

    `members` are the first MOST_MEMBERS of so many `people`. `unread`: messages of others after the marker
    `read`, as of `seq`.
    """

    seq: int
    info: RoomInfo
    members: tuple[Sender, ...]
    people: int
    read: int
    unread: int
    messages: tuple[Message, ...] | None


class History(Struct, frozen=True, gc=False):
    """A page of messages, oldest first, as of `seq`. `more`: there are others in this direction."""

    seq: int
    messages: tuple[Message, ...]
    more: bool


class Pins(Struct, frozen=True, gc=False):
    """The messages that are pinned to a room, the latest pin first, as of `seq`."""

    seq: int
    messages: tuple[Message, ...]


class Moderators(Struct, frozen=True, gc=False):
    """Who runs a room."""

    owner: Sender | None
    moderators: tuple[Sender, ...]


class Members(Struct, frozen=True, gc=False):
    """Who is in a room."""

    members: tuple[Sender, ...]


class Opened(Struct, frozen=True, gc=False):
    """The conversation that was asked for. `seq`: of what was said there, or how far it is.

    `away`: the other one is not connected, and gets it later.
    """

    room: int
    other: Sender
    seq: int
    away: bool = False


class SignedIn(Struct, frozen=True, gc=False):
    """One is the owner of an account now. `token`: to be shown with what follows on this connection."""

    token: str


Answer: TypeAlias = (
    Done | Stored | Welcome | Entered | History | Pins | Moderators | Members | Opened | SignedIn
)
