"""Commands: what a connection may ask for, whatever its protocol. `id` is the client's, for the answer."""

from typing import TypeAlias

from msgspec import Struct


class Hello(Struct, frozen=True, gc=False):
    """Say who this connection is. `token`: of an account, or of a guest's session.

    Not `returns`: the protocol gives no session, so that a new guest cannot come back as the same one.
    """

    name: str | None = None
    color: str | None = None
    token: str = ""
    id: int | None = None
    returns: bool = True


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


class Pin(Struct, frozen=True, gc=False):
    """Pin a message to the room, or take it down."""

    room: int
    target: int
    on: bool = True
    id: int | None = None


class Mute(Struct, frozen=True, gc=False):
    """Let nobody of this name speak in the room for so long (None: until further notice), or again."""

    room: int
    name: str
    seconds: int | None = None
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


class Search(Struct, frozen=True, gc=False):
    """Ask for messages with all of these words: the latest before a seq, or the latest of all."""

    room: int
    words: tuple[str, ...]
    before: int | None = None
    limit: int = 50
    id: int | None = None


class GetPins(Struct, frozen=True, gc=False):
    """Ask for the messages that are pinned to a room."""

    room: int
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


class Label(Struct, frozen=True, gc=False):
    """Say something under a label that anybody may use: it is nobody's name, and nobody joins.

    `proof`: a JWT signed with the secret that the server shares with those who may speak.
    """

    text: str
    label: str
    proof: str = ""
    id: int | None = None


class SignIn(Struct, frozen=True, gc=False):
    """Become the owner of an account, by its password."""

    name: str
    password: str
    id: int | None = None


class Under(Struct, frozen=True, gc=False):
    """Do a command under a name, which the first time becomes that of the connection.

    `token`: what the connection was given when it signed in.
    """

    name: str
    token: str | None
    command: "Join | Leave | Send | Direct"
    id: int | None = None


Posting: TypeAlias = Send | Edit | Erase | React | Pin | Mute
Command: TypeAlias = (
    Hello
    | Join
    | Leave
    | Posting
    | Write
    | MarkRead
    | GetHistory
    | Search
    | GetPins
    | GetMembers
    | Direct
    | Ping
    | Label
    | SignIn
    | Under
)
