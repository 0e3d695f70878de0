"""What clients of `wschat.v1` send: the messages, from which the schemas are made, and their checks."""

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from chat import commands, validation
from chat.commands import Command
from chat.conf import Limits
from chat.errors import INVALID_FIELD, ChatError

MOST_MESSAGES = 100  # in one answer

Id: TypeAlias = Annotated[int, Meta(description="Of your choice; the answer has it too.")]
RoomId: TypeAlias = Annotated[int, Meta(ge=0, le=validation.LARGEST_SEQ, description="The room's number.")]
Seq: TypeAlias = Annotated[int, Meta(description="The number of an event in its room's log.")]


class HelloIn(Struct, tag="hello"):
    """Say who you are. `token`: of an account, or the `session` of a guest who comes back."""

    id: Id
    name: str | None = None
    color: str | None = None
    token: str = ""


class JoinIn(Struct, tag="join"):
    """Enter a room: hear what follows `since`, or get the `last` messages and what follows them."""

    id: Id
    room: RoomId
    token: str = ""
    since: Seq | None = None
    last: int | None = None


class LeaveIn(Struct, tag="leave"):
    """Leave a room."""

    id: Id
    room: RoomId


class SendIn(Struct, tag="send"):
    """Say something. Sent again with the same `nonce`, it gets the first answer again."""

    id: Id
    room: RoomId
    text: str
    nonce: str | None = None
    reply_to: Seq | None = None


class EditIn(Struct, tag="edit"):
    """Give your message `target` another text."""

    id: Id
    room: RoomId
    target: Seq
    text: str


class DeleteIn(Struct, tag="delete"):
    """Delete the message `target`: your own, or anybody's if you run the room."""

    id: Id
    room: RoomId
    target: Seq


class ReactIn(Struct, tag="react"):
    """Put an emoji under the message `target`, or take yours away."""

    id: Id
    room: RoomId
    target: Seq
    emoji: str
    on: bool = True


class PinIn(Struct, tag="pin"):
    """For those who run the room, or are in the conversation: pin the message `target`, or take it down."""

    id: Id
    room: RoomId
    target: Seq
    on: bool = True


class MuteIn(Struct, tag="mute"):
    """For those who run the room: let nobody of this name speak for so many seconds, or until further notice.

    With `on` false, let them speak again.
    """

    id: Id
    room: RoomId
    name: str
    seconds: int | None = None
    on: bool = True


class TypingIn(Struct, tag="typing"):
    """Say that you are writing."""

    id: Id
    room: RoomId


class ReadIn(Struct, tag="read"):
    """Move your read mark forward."""

    id: Id
    room: RoomId
    seq: Seq


class HistoryIn(Struct, tag="history"):
    """Ask for messages: the latest before a seq, the first after one, or the latest of all."""

    id: Id
    room: RoomId
    before: Seq | None = None
    after: Seq | None = None
    limit: int = 50


class SearchIn(Struct, tag="search"):
    """Ask for the latest messages in which each word of `text` begins a word, or those `before` a seq."""

    id: Id
    room: RoomId
    text: str
    before: Seq | None = None
    limit: int = 50


class PinsIn(Struct, tag="pins"):
    """Ask for the messages that are pinned to a room."""

    id: Id
    room: RoomId


class MembersIn(Struct, tag="members"):
    """Ask who is in a room."""

    id: Id
    room: RoomId


class DirectIn(Struct, tag="direct"):
    """Find or begin the conversation with somebody; with a `text`, say it there."""

    id: Id
    to: str
    text: str | None = None
    nonce: str | None = None


class PingIn(Struct, tag="ping"):
    """Ask for a sign of life."""

    id: Id


CommandIn: TypeAlias = (
    HelloIn
    | JoinIn
    | LeaveIn
    | SendIn
    | EditIn
    | DeleteIn
    | ReactIn
    | PinIn
    | MuteIn
    | TypingIn
    | ReadIn
    | HistoryIn
    | SearchIn
    | PinsIn
    | MembersIn
    | DirectIn
    | PingIn
)


def command(given: CommandIn, limits: Limits) -> Command:
    """The command that a message means. Raises 303, and what `validation` raises."""
    if isinstance(given, SendIn):
        return commands.Send(
            text=validation.clean_text(given.text, limits.text, "text"),
            room=given.room,
            nonce=_nonce(given.nonce),
            reply_to=_seq(given.reply_to, "reply_to"),
            id=given.id,
        )
    if isinstance(given, HelloIn):
        return _hello(given)
    if isinstance(given, JoinIn):
        return _join(given)
    if isinstance(given, HistoryIn):
        return _history(given)
    if isinstance(given, SearchIn):
        words, before = validation.split_search_words(given.text, "text"), _seq(given.before, "before")
        return commands.Search(given.room, words, before, _count(given.limit, "limit", least=1), given.id)
    if isinstance(given, DirectIn):
        said = None if given.text is None else validation.clean_text(given.text, limits.text, "text")
        return commands.Direct(validation.clean_name(given.to, "to"), said, _nonce(given.nonce), given.id)
    if isinstance(given, EditIn):
        said = validation.clean_text(given.text, limits.text, "text")
        return commands.Edit(given.room, _target(given.target), said, given.id)
    if isinstance(given, MuteIn):
        return _mute(given)
    return _short(given)


def _short(
    given: LeaveIn | DeleteIn | ReactIn | PinIn | TypingIn | ReadIn | PinsIn | MembersIn | PingIn,
) -> Command:
    if isinstance(given, LeaveIn):
        return commands.Leave(room=given.room, id=given.id)
    if isinstance(given, DeleteIn):
        return commands.Erase(given.room, _target(given.target), given.id)
    if isinstance(given, ReactIn):
        return commands.React(
            given.room, _target(given.target), validation.clean_emoji(given.emoji), given.on, given.id
        )
    if isinstance(given, PinIn):
        return commands.Pin(given.room, _target(given.target), given.on, given.id)
    if isinstance(given, TypingIn):
        return commands.Write(given.room, given.id)
    if isinstance(given, ReadIn):
        return commands.MarkRead(given.room, _seq(given.seq, "seq") or 0, given.id)
    if isinstance(given, PinsIn):
        return commands.GetPins(given.room, given.id)
    if isinstance(given, MembersIn):
        return commands.GetMembers(given.room, given.id)
    return commands.Ping(given.id)


def _hello(given: HelloIn) -> Command:
    name = None if given.name is None else validation.clean_name(given.name)
    color = None if given.color is None else validation.clean_color(given.color)
    return commands.Hello(name, color, validation.clean_token(given.token), given.id)


def _join(given: JoinIn) -> Command:
    if given.since is not None and given.last is not None:
        raise ChatError(INVALID_FIELD, field="last", detail="give since or last, not both")
    last = None if given.last is None else _count(given.last, "last", least=0)
    token, since = validation.clean_token(given.token), _seq(given.since, "since")
    return commands.Join(room=given.room, token=token, since=since, last=last, id=given.id)


def _history(given: HistoryIn) -> Command:
    if given.before is not None and given.after is not None:
        raise ChatError(INVALID_FIELD, field="after", detail="give before or after, not both")
    before, after = _seq(given.before, "before"), _seq(given.after, "after")
    return commands.GetHistory(given.room, before, after, _count(given.limit, "limit", least=1), given.id)


def _mute(given: MuteIn) -> Command:
    seconds = None if given.seconds is None else validation.clean_mute_seconds(given.seconds)
    return commands.Mute(given.room, validation.clean_name(given.name), seconds, given.on, given.id)


def _nonce(given: str | None) -> str | None:
    return None if given is None else validation.clean_nonce(given)


def _target(seq: int) -> int:
    return _seq(seq, "target") or 0


def _seq(seq: int | None, field: str) -> int | None:
    if seq is not None and not 0 <= seq <= validation.LARGEST_SEQ:
        raise ChatError(INVALID_FIELD, field=field, detail=f"{field} must be a seq, which is 0 or more")
    return seq


def _count(number: int, field: str, least: int) -> int:
    if not least <= number <= MOST_MESSAGES:
        detail = f"{field} must be a number from {least} to {MOST_MESSAGES}"
        raise ChatError(INVALID_FIELD, field=field, detail=detail)
    return number
