"""Commands that a connection can send, whatever its protocol. `id` is the client's, for the answer.

Those with a tag are messages of `wschat.v1` as well (`chat.dialects.v1_in`), with their docstrings.
"""

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from chat.events import LARGEST_SEQ

RoomId: TypeAlias = Annotated[int, Meta(ge=0, le=LARGEST_SEQ, description="The room's number.")]
Seq: TypeAlias = Annotated[int, Meta(description="The number of an event in its room's log.")]


class Hello(Struct, frozen=True, gc=False):
    """Identify this connection. `token`: of an account, or of a guest's session.

    Not `returns`: the protocol gives no session, so that a new guest cannot come back as the same one.
    """

    name: str | None = None
    color: str | None = None
    token: str = ""
    id: int | None = None
    returns: bool = True


class Join(Struct, frozen=True, gc=False):
    """Join a room. `name`: the name to use there, None for the name from `Hello`.

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
    """Send a message. Sent again with the same `nonce`, it gets the first answer again."""

    text: str
    name: str | None = None
    color: str = ""
    room: int | None = None
    nonce: str | None = None
    reply_to: int | None = None
    id: int | None = None


class Edit(Struct, frozen=True, gc=False, tag="edit"):
    """Change the text of your message `target`."""

    room: RoomId
    target: Seq
    text: str
    id: int | None = None


class Erase(Struct, frozen=True, gc=False, tag="delete"):
    """Delete the message `target`: your own, or any message if you moderate the room."""

    room: RoomId
    target: Seq
    id: int | None = None


class React(Struct, frozen=True, gc=False, tag="react"):
    """Add an emoji to the message `target`, or remove yours."""

    room: RoomId
    target: Seq
    emoji: str
    on: bool = True
    id: int | None = None


class Pin(Struct, frozen=True, gc=False, tag="pin"):
    """For moderators, and both members of a conversation: pin the message `target`, or unpin it."""

    room: RoomId
    target: Seq
    on: bool = True
    id: int | None = None


class Mute(Struct, frozen=True, gc=False, tag="mute"):
    """For moderators: mute this name for `seconds`, or until further notice.

    With `on` false, let them speak again.
    """

    room: RoomId
    name: str
    seconds: int | None = None
    on: bool = True
    id: int | None = None


class SetModerator(Struct, frozen=True, gc=False, tag="moderator"):
    """For the owner of the room, and staff: let a participant moderate it; with `on` false, no longer."""

    room: RoomId
    name: str
    on: bool = True
    id: int | None = None


class Describe(Struct, frozen=True, gc=False, tag="describe"):
    """For clients that may change the room: change its description."""

    room: RoomId
    description: str
    id: int | None = None


class Write(Struct, frozen=True, gc=False, tag="typing"):
    """Tell the room that you are typing."""

    room: RoomId
    id: int | None = None


class MarkRead(Struct, frozen=True, gc=False, tag="read"):
    """Move your read mark forward."""

    room: RoomId
    seq: Seq
    id: int | None = None


class GetHistory(Struct, frozen=True, gc=False, tag="history"):
    """Get messages: the latest before a seq, the first after a seq, or the latest of all."""

    room: RoomId
    before: Seq | None = None
    after: Seq | None = None
    limit: int = 50
    id: int | None = None


class Search(Struct, frozen=True, gc=False):
    """Get messages with all of these words: the latest before a seq, or the latest of all."""

    room: int
    words: tuple[str, ...]
    before: int | None = None
    limit: int = 50
    id: int | None = None


class GetPins(Struct, frozen=True, gc=False, tag="pins"):
    """Get the messages pinned to a room."""

    room: RoomId
    id: int | None = None


class GetModerators(Struct, frozen=True, gc=False, tag="moderators"):
    """Ask who runs a room: its owner and its moderators."""

    room: RoomId
    id: int | None = None


class GetMembers(Struct, frozen=True, gc=False, tag="members"):
    """Get the members of a room."""

    room: RoomId
    id: int | None = None


class Direct(Struct, frozen=True, gc=False, tag="direct"):
    """Open the direct conversation with a user; with a `text`, send it there."""

    to: str
    text: str | None = None
    nonce: str | None = None
    id: int | None = None


class Ping(Struct, frozen=True, gc=False, tag="ping"):
    """Check that the connection is alive."""

    id: int | None = None


class Label(Struct, frozen=True, gc=False):
    """Send a message under a self-declared label, which is not a name, without joining.

    `proof`: a JWT signed with the secret that the server shares with those who may speak.
    """

    text: str
    label: str
    proof: str = ""
    id: int | None = None


class SignIn(Struct, frozen=True, gc=False):
    """Sign in to an account with its password."""

    name: str
    password: str
    id: int | None = None


class Under(Struct, frozen=True, gc=False):
    """Run a command under a name; the first one becomes the name of the connection.

    `token`: what the connection was given when it signed in.
    """

    name: str
    token: str | None
    command: "Join | Leave | Send | Direct"
    id: int | None = None


Posting: TypeAlias = Send | Edit | Erase | React | Pin | Mute | SetModerator | Describe
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
    | GetModerators
    | GetMembers
    | Direct
    | Ping
    | Label
    | SignIn
    | Under
)
