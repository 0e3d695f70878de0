"""What clients of `wschat.v1` get: answers and events, from which the published schemas are made.

Those that inherit from an event are the event as it is, with a word for clients: the event itself is sent.
"""

from datetime import datetime
from typing import TypeAlias

from msgspec import UNSET, Struct, UnsetType

from chat import events


class WhoOut(Struct):
    """Somebody. `verified`: false for those who speak a protocol in which anybody may claim any name."""

    name: str
    color: str
    verified: bool


class ReactionOut(Struct):
    """An emoji under a message, and the names of those who put it there."""

    emoji: str
    who: tuple[str, ...]


class MessageOut(Struct, tag="message"):
    """Somebody said something. `edited`: when it got this text. `erased`: deleted, its text is gone.

    `reactions` and `pinned` are in answers; behind an event come the events that tell them.
    """

    room: int
    seq: int
    at: datetime
    sender: WhoOut
    text: str
    nonce: str | UnsetType = UNSET
    reply_to: int | UnsetType = UNSET
    edited: datetime | UnsetType = UNSET
    erased: bool | UnsetType = UNSET
    reactions: list[ReactionOut] | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET


class EditedOut(events.Edited, frozen=True, tag="edited"):
    """The message `target` has another text."""


class ErasedOut(events.Erased, frozen=True, tag="erased"):
    """The message `target` was deleted."""


class ReactedOut(Struct, tag="reacted"):
    """Somebody put an emoji under the message `target`, or took it away."""

    room: int
    seq: int
    at: datetime
    target: int
    who: WhoOut
    emoji: str
    on: bool


class PinnedOut(Struct, tag="pinned"):
    """Somebody pinned the message `target` to the room, or took it down."""

    room: int
    seq: int
    at: datetime
    target: int
    who: WhoOut
    on: bool


class MutedOut(events.Muted, frozen=True, tag="muted"):
    """Nobody of this name may speak in the room `until` then (null: until further notice).

    With `on` false they may do so again.
    """


class ModeratorOut(Struct, tag="moderator"):
    """A participant may moderate the room from now on; with `on` false, no longer."""

    room: int
    seq: int
    at: datetime
    who: WhoOut
    on: bool


class RoomOut(Struct, tag="room"):
    """The room has new properties."""

    room: int
    seq: int
    at: datetime
    title: str
    description: str
    visibility: str
    locked: bool


class RoomDeletedOut(events.RoomDeleted, frozen=True, tag="room_deleted"):
    """The room is gone."""


class JoinedOut(Struct, tag="joined"):
    """Somebody entered the room."""

    room: int
    at: datetime
    who: WhoOut


class LeftOut(Struct, tag="left"):
    """Somebody left the room."""

    room: int
    at: datetime
    who: WhoOut


class TypingOut(Struct, tag="typing"):
    """Somebody is writing."""

    room: int
    at: datetime
    who: WhoOut


class ReadOut(Struct, tag="read"):
    """Another connection of yours has moved your read mark to `seq`.

    `unread`: messages of others after that, as of the seq `as_of`, counted up to 100.
    """

    room: int
    at: datetime
    seq: int
    unread: int
    as_of: int


class RemovedOut(events.Removed, frozen=True, tag="removed"):
    """You are no longer in the room, for the reason of this error."""


class ClosingOut(Struct, tag="closing"):
    """The server is about to stop. Come back `retry_after` seconds after the connection has ended."""

    retry_after: float


EventOut: TypeAlias = (
    MessageOut
    | EditedOut
    | ErasedOut
    | ReactedOut
    | PinnedOut
    | MutedOut
    | ModeratorOut
    | RoomOut
    | RoomDeletedOut
    | JoinedOut
    | LeftOut
    | TypingOut
    | ReadOut
    | RemovedOut
    | ClosingOut
)


class ConversationOut(Struct, rename={"other": "with"}):
    """A conversation of two: with whom, how far it has come, how far you have read.

    `unread`: messages of the other one after that, as of `seq`, counted up to 100.
    """

    room: int
    other: WhoOut
    seq: int
    read: int
    unread: int


class InfoOut(Struct):
    """A room as you see it. `moderator`: you may moderate it. `owner`: and name its moderators."""

    title: str
    description: str
    visibility: str
    locked: bool
    moderator: bool
    owner: bool


class OkOut(Struct, tag="ok"):
    """It is done."""

    id: int | None


class HelloOk(Struct, tag="ok"):
    """Who you are. `session`: the token with which a guest comes back as the same one.

    `max_frame`: a command in more bytes than that ends the connection with 1009.
    """

    id: int | None
    name: str
    color: str
    participant: int
    account: bool
    directs: list[ConversationOut]
    session: str | UnsetType = UNSET
    max_frame: int | UnsetType = UNSET


class JoinOk(Struct, tag="ok"):
    """You are in the room, which has come to `seq`. `read`: your read mark.

    `members`: the first 500 of so many `people`. `unread`: messages of others after your read mark, as of
    `seq`, counted up to 100.
    """

    id: int | None
    seq: int
    info: InfoOut
    members: list[WhoOut]
    people: int
    read: int
    unread: int
    messages: list[MessageOut] | UnsetType = UNSET


class StoredOk(Struct, tag="ok"):
    """It is stored, as the event `seq`; without one there was nothing to change."""

    id: int | None
    seq: int | UnsetType = UNSET


class HistoryOk(Struct, tag="ok"):
    """Messages, oldest first, as of `seq`. `more`: there are others in this direction."""

    id: int | None
    seq: int
    messages: list[MessageOut]
    more: bool


class PinsOk(Struct, tag="ok"):
    """The messages that are pinned to the room, the latest pin first, as of this seq."""

    id: int | None
    seq: int
    messages: list[MessageOut]


class ModeratorsOk(Struct, tag="ok"):
    """Who runs the room: its owner (null: it has none) and its moderators, by name."""

    id: int | None
    owner: WhoOut | None
    moderators: list[WhoOut]


class MembersOk(Struct, tag="ok"):
    """Who is in the room, in the order of their coming."""

    id: int | None
    members: list[WhoOut]


class DirectOk(Struct, tag="ok", rename={"other": "with"}):
    """The conversation. `seq`: of what you said there, or how far it is."""

    id: int | None
    room: int
    other: WhoOut
    seq: int


class ErrorOut(Struct, tag="error"):
    """The command was refused. `retry`: the same may succeed later, after `retry_after` seconds."""

    id: int | None
    code: int
    error: str
    field: str
    detail: str
    retry: bool
    retry_after: float | UnsetType = UNSET
