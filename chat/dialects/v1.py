"""`wschat.v1`: one socket, many rooms. Each command has an id and gets one `ok` or `error` with that id."""

from datetime import datetime
from typing import ClassVar, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from chat import rules
from chat.conf import Limits
from chat.dialects.base import Dialect, parse, to_json
from chat.errors import INVALID_FIELD, ChatError
from chat.events import (
    Accepted,
    Command,
    Erased,
    Event,
    Hello,
    Join,
    Joined,
    Leave,
    Message,
    RoomChanged,
    RoomDeleted,
    Send,
    Sender,
)

SUBPROTOCOL = "wschat.v1"


class HelloIn(Struct, tag="hello"):
    """Say who you are, for all the rooms that you will join."""

    id: int
    name: str
    color: str = ""


class JoinIn(Struct, tag="join"):
    """Enter a room: from `since` on, or with its `last` events, or (without both) live only."""

    id: int
    room: int
    token: str = ""
    since: int | None = None
    last: int | None = None


class LeaveIn(Struct, tag="leave"):
    """Leave a room."""

    id: int
    room: int


class SendIn(Struct, tag="send"):
    """Say something. Sent again with the same `nonce`, it gets the first answer again."""

    id: int
    room: int
    text: str
    nonce: str | None = None


CommandIn: TypeAlias = HelloIn | JoinIn | LeaveIn | SendIn


class WhoOut(Struct):
    """Somebody. `verified`: there is a known participant behind the name."""

    name: str
    color: str
    verified: bool


class OkOut(Struct, tag="ok"):
    """The command was done. `seq`: of the message sent, or how far the joined room is."""

    id: int | None
    seq: int | UnsetType = UNSET
    members: list[WhoOut] | UnsetType = UNSET


class ErrorOut(Struct, tag="error"):
    """The command was refused. `retry`: the same may succeed later, after `retry_after` seconds."""

    id: int | None
    code: int
    error: str
    field: str
    detail: str
    retry: bool
    retry_after: float | UnsetType = UNSET


class MessageOut(Struct, tag="message"):
    """Somebody said something."""

    room: int
    seq: int
    at: datetime
    sender: WhoOut
    text: str
    nonce: str | UnsetType = UNSET
    erased: bool | UnsetType = UNSET


class ErasedOut(Struct, tag="erased"):
    """The message `target` was deleted."""

    room: int
    seq: int
    at: datetime
    target: int


class RoomOut(Struct, tag="room"):
    """The room has new properties."""

    room: int
    seq: int
    at: datetime
    title: str
    description: str
    visibility: str
    locked: bool


class RoomDeletedOut(Struct, tag="room_deleted"):
    """The room is gone."""

    room: int
    seq: int
    at: datetime


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


class V1(Dialect):
    """The protocol of the web UI and of bots."""

    name: ClassVar[str] = "wschat.v1"

    def decode(self, frame: str | bytes, limits: Limits) -> Command:
        try:
            return _command(parse(frame, CommandIn, INVALID_FIELD, INVALID_FIELD), limits)  # type: ignore[arg-type]
        except ChatError as error:
            error.command_id = _id_of(frame)
            raise

    def encode(self, event: Event) -> bytes | None:
        return to_json(_shown(event))

    def refuse(self, error: ChatError, command: Command | None) -> bytes | None:
        wait = UNSET if error.retry_after is None else error.retry_after
        kind = error.kind
        command_id = error.command_id if command is None else command.id
        return to_json(
            ErrorOut(command_id, kind.code, kind.text, error.field, error.detail, kind.retry, wait)
        )

    def accept(self, command: Command, accepted: Accepted) -> bytes | None:
        members = UNSET if accepted.members is None else [_who(member) for member in accepted.members]
        seq = UNSET if accepted.seq is None else accepted.seq
        return to_json(OkOut(command.id, seq, members))


class _OnlyId(Struct):
    id: int | None = None


def _id_of(frame: str | bytes) -> int | None:
    """The id of a command that is refused, as far as it can be read: its sender waits for the answer."""
    try:
        return parse(frame, _OnlyId, INVALID_FIELD, INVALID_FIELD).id
    except ChatError:
        return None


def _command(given: CommandIn, limits: Limits) -> Command:
    if isinstance(given, HelloIn):
        return Hello(name=rules.name(given.name), color=rules.color(given.color), id=given.id)
    if isinstance(given, JoinIn):
        for field in ("since", "last"):
            if (getattr(given, field) or 0) < 0:
                raise ChatError(INVALID_FIELD, field=field, detail=f"{field} must not be negative")
        return Join(room=given.room, token=given.token, since=given.since, last=given.last, id=given.id)
    if isinstance(given, LeaveIn):
        return Leave(room=given.room, id=given.id)
    nonce = None if given.nonce is None else rules.nonce(given.nonce)
    return Send(text=rules.text(given.text, limits.text, "text"), room=given.room, nonce=nonce, id=given.id)


def _shown(event: Event) -> Struct:
    if isinstance(event, Message):
        nonce = UNSET if event.nonce is None else event.nonce
        who = _who(event.sender)
        return MessageOut(event.room, event.seq, event.at, who, event.text, nonce, event.erased or UNSET)
    if isinstance(event, Erased):
        return ErasedOut(event.room, event.seq, event.at, event.target)
    if isinstance(event, RoomChanged):
        return RoomOut(
            event.room, event.seq, event.at, event.title, event.description, event.visibility, event.locked
        )
    if isinstance(event, RoomDeleted):
        return RoomDeletedOut(event.room, event.seq, event.at)
    if isinstance(event, Joined):
        return JoinedOut(event.room, event.at, _who(event.who))
    return LeftOut(event.room, event.at, _who(event.who))


def _who(sender: Sender) -> WhoOut:
    return WhoOut(sender.name, sender.color, sender.participant is not None)
