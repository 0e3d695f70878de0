"""What clients of `wschat.v1` send: the messages, from which the schemas are made, and their checks.

Most messages have the fields of the command that they mean, and are made from it. Here are those that differ.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, TypeAlias, Union, cast, get_args

from msgspec import Meta, Struct, defstruct, structs

from chat import commands, search_query, validation
from chat.commands import Command, RoomId, Seq
from chat.conf import SizeLimits
from chat.errors import INVALID_FIELD, ChatError
from chat.events import tag_of

MOST_MESSAGES = 100  # in one answer

Id: TypeAlias = Annotated[int, Meta(description="Of your choice; the answer has it too.")]


class HelloIn(Struct, tag="hello"):
    """Say who you are. `token`: of an account, or the `session` of a guest who comes back."""

    id: Id
    name: str | None = None
    color: str | None = None
    token: str = ""


class JoinIn(Struct, tag="join"):
    """Enter a room: hear what follows `since`, or get the `last` messages and what follows them.

    `epoch`: the one that `since` is of, as in the answer to `hello`.
    """

    id: Id
    room: RoomId
    token: str = ""
    since: Seq | None = None
    last: int | None = None
    epoch: str = ""


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
    """Ask for the latest messages in which each word of `text` begins a word, or those `before` a seq.

    Without `room`: in all rooms that you may read; `before` is then the `next` of the last answer.
    """

    id: Id
    text: str
    room: RoomId | None = None
    before: Seq | None = None
    limit: int = 50


def _with_id(command: type[Struct]) -> type[Struct]:
    """The command as it stands on the wire, where the `id` comes first and must be given."""
    fields = [
        (field.name, field.type, field.default) for field in structs.fields(command) if field.name != "id"
    ]
    tag = tag_of(command)
    return defstruct(
        f"{''.join(word.capitalize() for word in tag.split('_'))}In",
        [("id", Id), *fields],
        tag=tag,
        namespace={"__doc__": command.__doc__},
    )


_DIFFERENT: Final[Mapping[type[Struct], type[Struct]]] = {
    commands.Hello: HelloIn,
    commands.Join: JoinIn,
    commands.Leave: LeaveIn,
    commands.Send: SendIn,
    commands.Search: SearchIn,
}
_COMMANDS: Final[tuple[type[Struct], ...]] = tuple(
    command for command in get_args(Command) if command in _DIFFERENT or command.__struct_config__.tag
)
# What each message means.
MEANINGS: Final[Mapping[type[Struct], type[Struct]]] = {
    _DIFFERENT.get(command) or _with_id(command): command for command in _COMMANDS
}
CommandIn: Any = Union[tuple(MEANINGS)]  # noqa: UP007 (its members are made at run time)


def _take_over(given: Any, limits: SizeLimits) -> Command:
    """The command whose fields the message has, each checked."""
    meaning = MEANINGS[type(given)]
    values = {name: getattr(given, name) for name in meaning.__struct_fields__}
    for name, check in _CHECKS.items():
        if values.get(name) is not None:
            values[name] = check(values[name], limits)
    return cast(Command, meaning(**values))


def _to_send(given: SendIn, limits: SizeLimits) -> Command:
    return commands.Send(
        text=validation.clean_text(given.text, limits.text, "text"),
        room=given.room,
        nonce=None if given.nonce is None else validation.clean_nonce(given.nonce),
        reply_to=None if given.reply_to is None else validation.clean_seq(given.reply_to, "reply_to"),
        id=given.id,
    )


def _to_hello(given: HelloIn, limits: SizeLimits) -> Command:
    name = None if given.name is None else validation.clean_name(given.name)
    color = None if given.color is None else validation.clean_color(given.color)
    return commands.Hello(name, color, validation.clean_token(given.token), given.id)


def _to_join(given: JoinIn, limits: SizeLimits) -> Command:
    if given.since is not None and given.last is not None:
        raise ChatError(INVALID_FIELD, field="last", detail="give since or last, not both")
    last = None if given.last is None else _check_count(given.last, "last", least=0)
    token, since = validation.clean_token(given.token), validation.clean_seq(given.since, "since")
    return commands.Join(room=given.room, token=token, since=since, last=last, epoch=given.epoch, id=given.id)


def _to_leave(given: LeaveIn, limits: SizeLimits) -> Command:
    return commands.Leave(room=given.room, id=given.id)


def _to_search(given: SearchIn, limits: SizeLimits) -> Command:
    words, filters = search_query.parse_search(given.text, "text")
    before, limit = validation.clean_seq(given.before, "before"), _check_count(given.limit, "limit", least=1)
    return commands.Search(given.room, words, before, limit, given.id, filters)


def _to_history(given: Any, limits: SizeLimits) -> Command:
    if given.before is not None and given.after is not None:
        raise ChatError(INVALID_FIELD, field="after", detail="give before or after, not both")
    return _take_over(given, limits)


def _to_ban(given: Any, limits: SizeLimits) -> Command:
    subjects = given.name, given.pattern, given.network, given.newcomers or None
    if sum(one is not None for one in subjects) != 1:
        raise ChatError(INVALID_FIELD, field="name", detail="give a name, a pattern or a network")
    if given.address and given.name is None:
        raise ChatError(INVALID_FIELD, field="address", detail="address goes with a name")
    if given.hold and not given.newcomers:
        raise ChatError(INVALID_FIELD, field="hold", detail="hold goes with newcomers")
    if given.newcomers and given.on and given.seconds is None:
        raise ChatError(INVALID_FIELD, field="seconds", detail="say for how many seconds")
    return _take_over(given, limits)


def _to_react(given: Any, limits: SizeLimits) -> Command:
    command = cast(commands.React, _take_over(given, limits))
    if command.on:  # those of earlier versions can be removed
        validation.check_one_emoji(command.emoji)
    return command


def _to_filter(given: Any, limits: SizeLimits) -> Command:
    """A command with the fields of a filter, which the service checks: its `pattern` is none of names."""
    meaning = MEANINGS[type(given)]
    return cast(Command, meaning(**{name: getattr(given, name) for name in meaning.__struct_fields__}))


def _to_unfinished(given: Any, limits: SizeLimits) -> Command:
    text = validation.clean_unfinished(given.text, limits.text)
    reply_to = validation.clean_seq(given.reply_to, "reply_to")
    return commands.KeepUnfinished(given.room, text, reply_to, given.id)


def _check_count(number: int, field: str, least: int) -> int:
    if not least <= number <= MOST_MESSAGES:
        detail = f"{field} must be a number from {least} to {MOST_MESSAGES}"
        raise ChatError(INVALID_FIELD, field=field, detail=detail)
    return number


_CONVERTED_APART: Final[Mapping[type[Struct], Callable[[Any, SizeLimits], Command]]] = {
    commands.Send: _to_send,
    commands.Hello: _to_hello,
    commands.Join: _to_join,
    commands.Leave: _to_leave,
    commands.Search: _to_search,
    commands.GetHistory: _to_history,
    commands.Ban: _to_ban,
    commands.React: _to_react,
    commands.KeepUnfinished: _to_unfinished,
    commands.AddFilter: _to_filter,
    commands.ChangeFilter: _to_filter,
    commands.TryFilter: _to_filter,
}
# How each message becomes the command that it means. They raise 303, and what `validation` raises.
CONVERTERS: Final[Mapping[type[Struct], Callable[[Any, SizeLimits], Command]]] = {
    message: _CONVERTED_APART.get(command, _take_over) for message, command in MEANINGS.items()
}
# Of all fields that are taken over. Of a command with two wrong fields, the first one here is refused.
_CHECKS: Final[Mapping[str, Callable[[Any, SizeLimits], Any]]] = {
    "text": lambda text, limits: validation.clean_text(text, limits.text, "text"),
    "target": lambda seq, _: validation.clean_seq(seq, "target"),
    "emoji": lambda emoji, _: validation.clean_emoji(emoji),
    "seconds": lambda seconds, _: validation.clean_mute_seconds(seconds),
    "name": lambda name, _: validation.clean_known_name(name),
    "reason": lambda text, _: validation.clean_reason(text),
    "note": lambda text, _: validation.clean_reason(text, "note"),
    "level": lambda word, _: validation.clean_level(word),
    "decision": lambda word, _: validation.clean_decision(word),
    "since": lambda span, _: validation.clean_span(span),
    "pattern": lambda text, _: validation.clean_pattern(text),
    "network": lambda text, _: validation.clean_network(text),
    "to": lambda name, _: validation.clean_known_name(name, "to"),
    "description": lambda text, _: validation.clean_label(
        text, "description", validation.DESCRIPTION, INVALID_FIELD
    ),
    "slow_seconds": lambda seconds, _: validation.clean_slow_seconds(seconds, INVALID_FIELD),
    "rules": lambda text, _: validation.clean_rules(text, INVALID_FIELD),
    "who_can_pin": lambda word, _: validation.clean_choice(word, "who_can_pin", INVALID_FIELD),
    "who_can_mention_all": lambda word, _: validation.clean_choice(
        word, "who_can_mention_all", INVALID_FIELD
    ),
    "version": lambda seq, _: validation.clean_seq(seq, "version"),
    "token": lambda token, _: validation.clean_token(token),
    "nonce": lambda nonce, _: validation.clean_nonce(nonce),
    "seq": lambda seq, _: validation.clean_seq(seq, "seq"),
    "before": lambda seq, _: validation.clean_seq(seq, "before"),
    "after": lambda seq, _: validation.clean_seq(seq, "after"),
    "limit": lambda number, _: _check_count(number, "limit", least=1),
}
