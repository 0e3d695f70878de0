"""What clients of `wschat.v1` get: answers and events, from which the published schemas are made.

Those that inherit from an event are the event as it is, with a word for clients: the event itself is sent.
"""

from datetime import datetime
from typing import TypeAlias

from msgspec import UNSET, Struct, UnsetType

from chat import events


class WhoOut(Struct):
    """A sender or member. `verified`: false for clients of protocols in which anyone can claim any name."""

    name: str
    color: str
    verified: bool


class ReactionOut(Struct):
    """An emoji under a message, with the names and, in the same order, the numbers of those who added it.

    Compare participants by number: a name can change, and another participant can take it.
    """

    emoji: str
    who: tuple[str, ...]
    participants: tuple[int, ...] | UnsetType = UNSET


class MessageOut(Struct, tag="message"):
    """A message. `edited`: when its text was changed. `erased`: the message was deleted, with its text.

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
    """The text of the message `target` was changed."""


class ErasedOut(events.Erased, frozen=True, tag="erased"):
    """The message `target` was deleted."""


class ReactedOut(Struct, tag="reacted"):
    """A member added an emoji to the message `target`, or removed it.

    `participant`: the number of the member, whose name can change.
    """

    room: int
    seq: int
    at: datetime
    target: int
    who: WhoOut
    emoji: str
    on: bool
    participant: int | UnsetType = UNSET


class PinnedOut(Struct, tag="pinned"):
    """A member pinned the message `target` to the room, or unpinned it."""

    room: int
    seq: int
    at: datetime
    target: int
    who: WhoOut
    on: bool


class MutedOut(events.Muted, frozen=True, tag="muted"):
    """This name is muted in the room `until` then (null: until further notice).

    With `on` false it was unmuted.
    """


class ModeratorOut(Struct, tag="moderator"):
    """A participant became a moderator of the room; with `on` false, stopped being a moderator."""

    room: int
    seq: int
    at: datetime
    who: WhoOut
    on: bool


class RoomOut(Struct, tag="room"):
    """The properties of the room were changed."""

    room: int
    seq: int
    at: datetime
    title: str
    description: str
    visibility: str
    locked: bool


class RoomDeletedOut(events.RoomDeleted, frozen=True, tag="room_deleted"):
    """The room was deleted."""


class JoinedOut(Struct, tag="joined"):
    """A member joined the room."""

    room: int
    at: datetime
    who: WhoOut


class LeftOut(Struct, tag="left"):
    """A member left the room."""

    room: int
    at: datetime
    who: WhoOut


class TypingOut(Struct, tag="typing"):
    """A member is typing."""

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
    """You were removed from the room, for the reason in this error."""


class ClosingOut(Struct, tag="closing"):
    """The server is about to stop, or closes this connection. Reconnect `retry_after` seconds after that."""

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
    """A direct conversation: with whom, its latest `seq`, and how far you have read.

    `unread`: messages of the other one after that, as of `seq`, counted up to 100.
    """

    room: int
    other: WhoOut
    seq: int
    read: int
    unread: int


class InfoOut(Struct):
    """A room as you see it. `moderator`: you can moderate it. `owner`: and name its moderators."""

    title: str
    description: str
    visibility: str
    locked: bool
    moderator: bool
    owner: bool


class OkOut(Struct, tag="ok"):
    """The command succeeded."""

    id: int | None


class HelloOk(Struct, tag="ok"):
    """Your identity. `session`: the token with which a guest returns with the same identity.

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
    """You joined the room, whose latest event is `seq`. `read`: your read mark.

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
    """Stored as the event `seq`; without `seq` there was nothing to change."""

    id: int | None
    seq: int | UnsetType = UNSET


class HistoryOk(Struct, tag="ok"):
    """Messages, oldest first, as of `seq`. `more`: there are more in this direction."""

    id: int | None
    seq: int
    messages: list[MessageOut]
    more: bool


class PinsOk(Struct, tag="ok"):
    """The messages pinned to the room, latest pin first, as of this seq."""

    id: int | None
    seq: int
    messages: list[MessageOut]


class ModeratorsOk(Struct, tag="ok"):
    """The owner of the room (null: it has no owner) and its moderators, by name."""

    id: int | None
    owner: WhoOut | None
    moderators: list[WhoOut]


class MembersOk(Struct, tag="ok"):
    """The members of the room, in the order in which they joined."""

    id: int | None
    members: list[WhoOut]


class DirectOk(Struct, tag="ok", rename={"other": "with"}):
    """The conversation. `seq`: of your message, or else of its latest event."""

    id: int | None
    room: int
    other: WhoOut
    seq: int


class ErrorOut(Struct, tag="error"):
    """The command was refused. `retry`: it may succeed later, after `retry_after` seconds."""

    id: int | None
    code: int
    error: str
    field: str
    detail: str
    retry: bool
    retry_after: float | UnsetType = UNSET
