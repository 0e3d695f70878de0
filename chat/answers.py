"""Answers: the results of commands, for the connection that sent them."""

from typing import Final, TypeAlias

from msgspec import Struct

from chat.events import Message, Sender

MOST_MEMBERS: Final = 500  # in the answer to a join: else the joins of n people would take n² names


class Conversation(Struct, frozen=True, gc=False):
    """A direct conversation: the other member, its latest seq, and how far you read, or received.

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
    """A room as its member sees it. `moderator`: the member can moderate it. `owner`: and name moderators."""

    title: str
    description: str
    visibility: str
    locked: bool
    moderator: bool
    owner: bool


class Done(Struct, frozen=True, gc=False):
    """A command succeeded, with no result."""


class Stored(Struct, frozen=True, gc=False):
    """A command became the event `seq`; None if there was nothing to change."""

    seq: int | None


class Welcome(Struct, frozen=True, gc=False):
    """The identity of the connection. `session`: with it a guest returns with the same identity.

    `max_frame`: how many bytes the server takes in one message, if that is told.
    """

    who: Sender
    account: bool
    session: str | None
    conversations: tuple[Conversation, ...]
    max_frame: int | None = None


class Entered(Struct, frozen=True, gc=False):
    """The connection joined a room whose latest event is `seq`. `messages`: the latest, if requested.

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
    """A page of messages, oldest first, as of `seq`. `more`: there are more in this direction."""

    seq: int
    messages: tuple[Message, ...]
    more: bool


class Pins(Struct, frozen=True, gc=False):
    """The messages pinned to a room, latest pin first, as of `seq`."""

    seq: int
    messages: tuple[Message, ...]


class Moderators(Struct, frozen=True, gc=False):
    """The owner and the moderators of a room."""

    owner: Sender | None
    moderators: tuple[Sender, ...]


class Members(Struct, frozen=True, gc=False):
    """The members of a room."""

    members: tuple[Sender, ...]


class Opened(Struct, frozen=True, gc=False):
    """The requested conversation. `seq`: of the message sent, or else of its latest event.

    `away`: the other one is not connected, and gets it later.
    """

    room: int
    other: Sender
    seq: int
    away: bool = False


class SignedIn(Struct, frozen=True, gc=False):
    """The connection is signed in to an account. `token`: to send with what follows on it."""

    token: str


Answer: TypeAlias = (
    Done | Stored | Welcome | Entered | History | Pins | Moderators | Members | Opened | SignedIn
)
