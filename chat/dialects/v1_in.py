"""What clients of `wschat.v1` send: the messages, from which the schemas are made, and their checks.

Most messages have the fields of the command that they mean, and are made from it. Here are those that differ.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, TypeAlias, Union, cast

from msgspec import Meta, Struct, defstruct, structs

from chat import commands, validation
from chat.commands import Command, RoomId, Seq
from chat.conf import Limits
from chat.errors import INVALID_FIELD, ChatError
from chat.events import LARGEST_SEQ, tag_of

MOST_MESSAGES = 100  # in one answer

Id: TypeAlias = Annotated[int, Meta(description="Of your choice; the answer has it too.")]


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


class SearchIn(Struct, tag="search"):
    """Ask for the latest messages in which each word of `text` begins a word, or those `before` a seq."""

    id: Id
    room: RoomId
    text: str
    before: Seq | None = None
    limit: int = 50


def _with_id(command: type[Struct]) -> type[Struct]:
    """The command as it stands on the wire, where the `id` comes first and must be given."""
    fields = [
        (field.name, field.type, field.default) for field in structs.fields(command) if field.name != "id"
    ]
    tag = tag_of(command)
    return defstruct(
        f"{tag.capitalize()}In", [("id", Id), *fields], tag=tag, namespace={"__doc__": command.__doc__}
    )


_DIFFERENT: Final[Mapping[type[Struct], type[Struct]]] = {
    commands.Hello: HelloIn,
    commands.Join: JoinIn,
    commands.Leave: LeaveIn,
    commands.Send: SendIn,
    commands.Search: SearchIn,
}
_COMMANDS: Final[tuple[type[Struct], ...]] = (  # in the order of the AsyncAPI document
    commands.Hello,
    commands.Join,
    commands.Leave,
    commands.Send,
    commands.Edit,
    commands.Erase,
    commands.React,
    commands.Pin,
    commands.Mute,
    commands.SetModerator,
    commands.Describe,
    commands.Write,
    commands.MarkRead,
    commands.GetHistory,
    commands.Search,
    commands.GetPins,
    commands.GetModerators,
    commands.GetMembers,
    commands.Direct,
    commands.Ping,
)
# What each message means.
MEANINGS: Final[Mapping[type[Struct], type[Struct]]] = {
    _DIFFERENT.get(command) or _with_id(command): command for command in _COMMANDS
}
CommandIn: Any = Union[tuple(MEANINGS)]  # noqa: UP007 (its members are made at run time)


def to_command(given: Struct, limits: Limits) -> Command:
    """The command that a message means. Raises 303, and what `validation` raises."""
    return _CONVERTERS.get(MEANINGS[type(given)], _take_over)(given, limits)


def _take_over(given: Any, limits: Limits) -> Command:
    """The command whose fields the message has, each checked."""
    meaning = MEANINGS[type(given)]
    values = {name: getattr(given, name) for name in meaning.__struct_fields__}
    for name, check in _CHECKS.items():
        if values.get(name) is not None:
            values[name] = check(values[name], limits)
    return cast(Command, meaning(**values))


def _to_send(given: SendIn, limits: Limits) -> Command:
    return commands.Send(
        text=validation.clean_text(given.text, limits.text, "text"),
        room=given.room,
        nonce=None if given.nonce is None else validation.clean_nonce(given.nonce),
        reply_to=_check_seq(given.reply_to, "reply_to"),
        id=given.id,
    )


def _to_hello(given: HelloIn, limits: Limits) -> Command:
    name = None if given.name is None else validation.clean_name(given.name)
    color = None if given.color is None else validation.clean_color(given.color)
    return commands.Hello(name, color, validation.clean_token(given.token), given.id)


def _to_join(given: JoinIn, limits: Limits) -> Command:
    if given.since is not None and given.last is not None:
        raise ChatError(INVALID_FIELD, field="last", detail="give since or last, not both")
    last = None if given.last is None else _check_count(given.last, "last", least=0)
    token, since = validation.clean_token(given.token), _check_seq(given.since, "since")
    return commands.Join(room=given.room, token=token, since=since, last=last, id=given.id)


def _to_leave(given: LeaveIn, limits: Limits) -> Command:
    return commands.Leave(room=given.room, id=given.id)


def _to_search(given: SearchIn, limits: Limits) -> Command:
    words, before = validation.split_search_words(given.text, "text"), _check_seq(given.before, "before")
    return commands.Search(given.room, words, before, _check_count(given.limit, "limit", least=1), given.id)


def _to_history(given: Any, limits: Limits) -> Command:
    if given.before is not None and given.after is not None:
        raise ChatError(INVALID_FIELD, field="after", detail="give before or after, not both")
    return _take_over(given, limits)


def _check_seq(seq: int | None, field: str) -> int | None:
    if seq is not None and not 0 <= seq <= LARGEST_SEQ:
        raise ChatError(INVALID_FIELD, field=field, detail=f"{field} must be a seq, which is 0 or more")
    return seq


def _check_count(number: int, field: str, least: int) -> int:
    if not least <= number <= MOST_MESSAGES:
        detail = f"{field} must be a number from {least} to {MOST_MESSAGES}"
        raise ChatError(INVALID_FIELD, field=field, detail=detail)
    return number


_CONVERTERS: Final[Mapping[type[Struct], Callable[[Any, Limits], Command]]] = {
    commands.Send: _to_send,
    commands.Hello: _to_hello,
    commands.Join: _to_join,
    commands.Leave: _to_leave,
    commands.Search: _to_search,
    commands.GetHistory: _to_history,
}
# Of all fields that are taken over. Of a command with two wrong fields, the first one here is refused.
_CHECKS: Final[Mapping[str, Callable[[Any, Limits], Any]]] = {
    "text": lambda text, limits: validation.clean_text(text, limits.text, "text"),
    "target": lambda seq, _: _check_seq(seq, "target"),
    "emoji": lambda emoji, _: validation.clean_emoji(emoji),
    "seconds": lambda seconds, _: validation.clean_mute_seconds(seconds),
    "name": lambda name, _: validation.clean_name(name),
    "to": lambda name, _: validation.clean_name(name, "to"),
    "description": lambda text, _: validation.clean_label(
        text, "description", validation.DESCRIPTION, INVALID_FIELD
    ),
    "nonce": lambda nonce, _: validation.clean_nonce(nonce),
    "seq": lambda seq, _: _check_seq(seq, "seq"),
    "before": lambda seq, _: _check_seq(seq, "before"),
    "after": lambda seq, _: _check_seq(seq, "after"),
    "limit": lambda number, _: _check_count(number, "limit", least=1),
}
