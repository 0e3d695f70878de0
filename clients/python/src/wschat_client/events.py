"""Events of rooms, and how they are parsed from frames. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from wschat_client.errors import ProtocolError

Frame: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """A sender or member. `verified` is false for clients of protocols in which anyone can claim any name."""

    name: str
    color: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji under a message, with the names and, in the same order, the numbers of those who added it.

    Compare participants by number: a name can change, and another participant can take it.
    """

    emoji: str
    who: tuple[str, ...]
    participants: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Event:
    room: int
    at: datetime


@dataclass(frozen=True, slots=True)
class _Logged(_Event):
    seq: int


@dataclass(frozen=True, slots=True)
class Message(_Logged):
    """A message. `seq` 0: in a room that keeps nothing. `edited`: when its text was changed."""

    sender: Person
    text: str
    nonce: str | None = None
    reply_to: int | None = None
    edited: datetime | None = None
    erased: bool = False
    reactions: tuple[Reaction, ...] = ()
    pinned: bool = False
    mentions: tuple[str, ...] = ()  # the names in the text that are mentions, each after an @
    replies: int = 0  # how many messages reply to it, deleted ones included, 100 at most
    participant: int | None = None  # the number of a verified sender, whose name can change


@dataclass(frozen=True, slots=True)
class Edited(_Logged):
    """The message `target` has another text."""

    target: int
    text: str


@dataclass(frozen=True, slots=True)
class Erased(_Logged):
    """The message `target` was deleted."""

    target: int


@dataclass(frozen=True, slots=True)
class Restored(_Logged):
    """The deleted message `target` has its text again. `edited`: when it was changed before, if it was."""

    target: int
    text: str
    edited: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reacted(_Logged):
    """A member added an emoji to the message `target`, or removed it (`on` is false)."""

    target: int
    who: Person
    emoji: str
    on: bool
    participant: int | None = None  # whatever their name


@dataclass(frozen=True, slots=True)
class Pinned(_Logged):
    """A member pinned the message `target` to the room, or unpinned it (`on` is false)."""

    target: int
    who: Person
    on: bool


@dataclass(frozen=True, slots=True)
class Muted(_Logged):
    """This name is muted `until` then (None: further notice), or unmuted (`on` is false)."""

    name: str
    until: datetime | None
    on: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ModeratorSet(_Logged):
    """A participant may moderate the room now, or no longer (`on` is false)."""

    who: Person
    on: bool


@dataclass(frozen=True, slots=True)
class Kicked(_Logged):
    """A member was removed from the room."""

    who: Person
    reason: str


@dataclass(frozen=True, slots=True)
class Banned(_Logged):
    """This name, or pattern of names, may not be in the room `until` then (None: further notice).

    With `on` false it may again. An empty name: a network was banned, or with `newcomers`, no one can join
    who was not in the room before; if also `hold`, they can, and their first messages wait for a moderator.
    """

    name: str
    until: datetime | None
    reason: str
    on: bool
    newcomers: bool = False
    hold: bool = False


@dataclass(frozen=True, slots=True)
class RoomChanged(_Logged):
    """The properties of the room were changed.

    `slow_seconds`: between two messages of a sender; 0: any number. `accounts_only`: only users with an
    account can post. `approve_first`: newcomers' messages wait until a moderator approves one.
    `who_can_pin`: "everyone", "moderators" or "owner". `who_can_mention_all`: the same, or "auto":
    moderators, and everyone in a small room.
    """

    title: str
    description: str
    visibility: str
    locked: bool
    slow_seconds: int = 0
    accounts_only: bool = False
    approve_first: bool = False
    rules: str = ""
    rules_version: int = 0
    who_can_pin: str = "moderators"
    who_can_mention_all: str = "auto"


@dataclass(frozen=True, slots=True)
class RoomDeleted(_Logged):
    """The room is gone. A `Removed` follows."""


@dataclass(frozen=True, slots=True)
class Joined(_Event):
    """A member joined the room."""

    who: Person


@dataclass(frozen=True, slots=True)
class Left(_Event):
    """A member left the room."""

    who: Person


@dataclass(frozen=True, slots=True)
class Typing(_Event):
    """A member is typing; show it for five seconds."""

    who: Person


@dataclass(frozen=True, slots=True)
class ReadMoved(_Event):
    """Another connection of yours moved your read mark to `seq`, with `unread` messages after it.

    `mentions`: those of them that mention you. `back`: the mark has moved back.
    """

    seq: int
    unread: int = 0
    mentions: int = 0
    back: bool = False


@dataclass(frozen=True, slots=True)
class Mentioned(_Event):
    """The message `target` mentions you, in a room that you can read, joined by this client or not.

    `title`: of the room. `target`: 0 if the room keeps nothing.
    """

    title: str
    target: int
    sender: Person
    text: str


@dataclass(frozen=True, slots=True)
class Blocked(_Event):
    """You have blocked this participant, with any client; with `on` false, unblocked. `room`: 0."""

    participant: int
    name: str
    on: bool


@dataclass(frozen=True, slots=True)
class JoinedRoomChanged(_Event):
    """You have joined the room with another client or, with `on` false, left it for good; or set the level.

    `level`: what calls you there, until `level_until` (None: until you change it).
    """

    on: bool
    level: str
    level_until: datetime | None


@dataclass(frozen=True, slots=True)
class MessageSaved(_Event):
    """You have saved the message `target`, with any client; with `on` false, no longer."""

    target: int
    on: bool


@dataclass(frozen=True, slots=True)
class RulesAccepted(_Event):
    """You have accepted the rules of this version, with any client."""

    version: int


@dataclass(frozen=True, slots=True)
class Unfinished(_Event):
    """You have begun to write this text with another client; "": it was sent or removed there.

    `reply_to`: the message that it is to answer.
    """

    text: str
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class ReportsWaiting(_Event):
    """A report of a room that you run was filed or decided: this many wait, 100 at most."""

    waiting: int


@dataclass(frozen=True, slots=True)
class Rejected(_Event):
    """A moderator rejected a held message of yours, which was sent with this nonce."""

    nonce: str | None


@dataclass(frozen=True, slots=True)
class Removed(_Event):
    """You are no longer in the room, for the reason of this error. The last event of the room."""

    code: int
    error: str


@dataclass(frozen=True, slots=True)
class Reset(_Event):
    """The room has another history, since the server's database went back: what you know of it is void.

    `room.messages` begin anew. Messages of yours that were not acknowledged are sent again.
    """


@dataclass(frozen=True, slots=True)
class Expiring(_Event):
    """Your room token expires in `seconds`: after `Room.renew` you stay. With a function or a password for
    tokens, the client renews it by itself.
    """

    seconds: float


Logged: TypeAlias = (
    Message
    | Edited
    | Erased
    | Restored
    | Reacted
    | Pinned
    | Muted
    | ModeratorSet
    | Kicked
    | Banned
    | RoomChanged
    | RoomDeleted
)
Event: TypeAlias = (
    Logged
    | Joined
    | Left
    | Typing
    | ReadMoved
    | Mentioned
    | Blocked
    | JoinedRoomChanged
    | MessageSaved
    | RulesAccepted
    | Unfinished
    | Rejected
    | ReportsWaiting
    | Removed
    | Reset
    | Expiring
)


def parse_unfinished(frame: Frame) -> Unfinished:
    """A text that is being written, as the server writes it."""
    reply_to = frame.get("reply_to")
    return Unfinished(*_head(frame), str(frame["text"]), None if reply_to is None else int(reply_to))


def parse_event(frame: Frame) -> Event | None:
    """The event in a frame; None for a type that we do not know. Raises ProtocolError."""
    read = _READERS.get(str(frame.get("type")))
    if read is None:
        return None
    try:
        return read(frame)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ProtocolError(f"an event that cannot be read: {error!r}") from None


def parse_messages(frames: list[Frame]) -> list[Message]:
    """The messages of a page. Raises ProtocolError."""
    try:
        return [_message(frame) for frame in frames]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ProtocolError(f"a page that cannot be read: {error!r}") from None


def parse_person(frame: Frame) -> Person:
    """A person, as in `sender`, `who`, `with` and `members`."""
    return Person(str(frame["name"]), str(frame.get("color", "")), frame.get("verified") is True)


def _head(frame: Frame) -> tuple[int, datetime]:
    return int(frame["room"]), datetime.fromisoformat(frame["at"])


def _logged_head(frame: Frame) -> tuple[int, datetime, int]:
    return *_head(frame), int(frame["seq"])


def _message(frame: Frame) -> Message:
    edited = frame.get("edited")
    return Message(
        *_logged_head(frame),
        sender=parse_person(frame["sender"]),
        text=str(frame["text"]),
        nonce=frame.get("nonce"),
        reply_to=frame.get("reply_to"),
        edited=None if edited is None else datetime.fromisoformat(edited),
        erased=frame.get("erased") is True,
        reactions=tuple(
            Reaction(one["emoji"], tuple(one["who"]), tuple(one.get("participants", ())))
            for one in frame.get("reactions", ())
        ),
        pinned=frame.get("pinned") is True,
        mentions=tuple(str(name) for name in frame.get("mentions", ())),
        replies=int(frame.get("replies", 0)),
        participant=frame.get("participant"),
    )


def _restored(frame: Frame) -> Restored:
    edited = frame["edited"] and datetime.fromisoformat(frame["edited"])
    return Restored(*_logged_head(frame), int(frame["target"]), str(frame["text"]), edited)


def _reacted(frame: Frame) -> Reacted:
    who, on = parse_person(frame["who"]), frame["on"] is True
    emoji, participant = str(frame["emoji"]), frame.get("participant")
    return Reacted(*_logged_head(frame), int(frame["target"]), who, emoji, on, participant)


def _pinned(frame: Frame) -> Pinned:
    return Pinned(*_logged_head(frame), int(frame["target"]), parse_person(frame["who"]), frame["on"] is True)


def _muted(frame: Frame) -> Muted:
    until = frame["until"] and datetime.fromisoformat(frame["until"])
    return Muted(
        *_logged_head(frame), str(frame["name"]), until, frame["on"] is True, str(frame.get("reason") or "")
    )


def _banned(frame: Frame) -> Banned:
    until = frame["until"] and datetime.fromisoformat(frame["until"])
    return Banned(
        *_logged_head(frame),
        str(frame["name"]),
        until,
        str(frame["reason"]),
        frame["on"] is True,
        frame.get("newcomers") is True,
        frame.get("hold") is True,
    )


def _room_changed(frame: Frame) -> RoomChanged:
    return RoomChanged(
        *_logged_head(frame),
        title=str(frame["title"]),
        description=str(frame["description"]),
        visibility=str(frame["visibility"]),
        locked=frame["locked"] is True,
        slow_seconds=int(frame.get("slow_seconds", 0)),
        accounts_only=frame.get("accounts_only") is True,
        approve_first=frame.get("approve_first") is True,
        rules=str(frame.get("rules", "")),
        rules_version=int(frame.get("rules_version", 0)),
        who_can_pin=str(frame.get("who_can_pin", "moderators")),
        who_can_mention_all=str(frame.get("who_can_mention_all", "auto")),
    )


_READERS: Final[dict[str, Callable[[Frame], Event]]] = {
    "message": _message,
    "edited": lambda frame: Edited(*_logged_head(frame), int(frame["target"]), str(frame["text"])),
    "erased": lambda frame: Erased(*_logged_head(frame), int(frame["target"])),
    "restored": _restored,
    "reacted": _reacted,
    "pinned": _pinned,
    "muted": _muted,
    "moderator": lambda frame: ModeratorSet(
        *_logged_head(frame), parse_person(frame["who"]), frame["on"] is True
    ),
    "kicked": lambda frame: Kicked(*_logged_head(frame), parse_person(frame["who"]), str(frame["reason"])),
    "banned": _banned,
    "room": _room_changed,
    "room_deleted": lambda frame: RoomDeleted(*_logged_head(frame)),
    "joined": lambda frame: Joined(*_head(frame), parse_person(frame["who"])),
    "left": lambda frame: Left(*_head(frame), parse_person(frame["who"])),
    "typing": lambda frame: Typing(*_head(frame), parse_person(frame["who"])),
    "read": lambda frame: ReadMoved(
        *_head(frame),
        int(frame["seq"]),
        int(frame.get("unread", 0)),
        int(frame.get("mentions", 0)),
        frame.get("back") is True,
    ),
    "mentioned": lambda frame: Mentioned(
        *_head(frame),
        str(frame["title"]),
        int(frame["target"]),
        parse_person(frame["sender"]),
        str(frame["text"]),
    ),
    "blocked": lambda frame: Blocked(
        0,
        datetime.fromisoformat(frame["at"]),
        int(frame["participant"]),
        str(frame["name"]),
        frame["on"] is True,
    ),
    "joined_room": lambda frame: JoinedRoomChanged(
        *_head(frame),
        frame["on"] is True,
        str(frame["level"]),
        datetime.fromisoformat(frame["level_until"]) if frame["level_until"] else None,
    ),
    "saved": lambda frame: MessageSaved(*_head(frame), int(frame["target"]), frame["on"] is True),
    "rules_accepted": lambda frame: RulesAccepted(*_head(frame), int(frame["version"])),
    "unfinished": lambda frame: parse_unfinished(frame),
    "reports_waiting": lambda frame: ReportsWaiting(*_head(frame), int(frame["waiting"])),
    "expiring": lambda frame: Expiring(*_head(frame), float(frame["seconds"])),
    "rejected": lambda frame: Rejected(*_head(frame), frame.get("nonce")),
    "removed": lambda frame: Removed(*_head(frame), int(frame["code"]), str(frame["error"])),
}
