"""`wschat.v1`: one socket, many rooms. Each command has an id and gets one `ok` or `error` with that id."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, ClassVar, Final, cast

import msgspec
from msgspec import UNSET, Raw, Struct

from chat import answers, events, lenient
from chat.answers import Answer
from chat.commands import Command
from chat.conf import Limits
from chat.dialects import v1_in, v1_out
from chat.dialects.base import Dialect, parse_frame, to_json
from chat.errors import INVALID_FIELD, ChatError
from chat.events import Event, Sender

SUBPROTOCOL: Final = "wschat.v1"
TOKEN_PREFIX: Final = "wschat.token."  # noqa: S105 (what a token among the subprotocols begins with)


class V1(Dialect):
    """The protocol of the web UI, the SDKs and bots."""

    name: ClassVar[str] = "wschat.v1"
    greets: ClassVar[bool] = True

    def decode(self, frame: str | bytes, limits: Limits) -> Command:
        try:
            return v1_in.to_command(parse_frame(frame, v1_in.CommandIn, INVALID_FIELD, INVALID_FIELD), limits)
        except ChatError as error:
            error.command_id = _id_of(frame)
            raise

    def encode(self, event: Event) -> bytes | None:
        show = _SHOWN.get(type(event))
        return to_json(event if show is None else show(event))

    def refuse(self, error: ChatError, command: Command | None) -> bytes | None:
        wait = UNSET if error.retry_after is None else error.retry_after
        kind = error.kind
        command_id = error.command_id if command is None else command.id
        return to_json(
            v1_out.ErrorOut(command_id, kind.code, kind.text, error.field, error.detail, kind.retry, wait)
        )

    def farewell(self, seconds: float) -> bytes | None:
        return to_json(v1_out.ClosingOut(round(seconds, 3)))

    def accept(self, command: Command, answer: Answer) -> bytes | None:
        say = _ANSWERED.get(type(answer))
        return to_json(v1_out.OkOut(command.id) if say is None else say(command.id, answer))


class _OnlyId(Struct):
    id: Raw = Raw(b"null")


def _id_of(frame: str | bytes) -> int | None:
    """The id of a command that is refused: whatever is wrong with it, its sender waits for that answer."""
    text = frame.decode("utf-8", "replace") if isinstance(frame, bytes) else frame
    try:
        found = bytes(msgspec.json.decode(text, type=_OnlyId).id).decode()
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        found = lenient.find_id(text)
    return lenient.read_whole_number(found)


def _show_welcome(command_id: int | None, answer: answers.Welcome) -> v1_out.HelloOk:
    directs = [
        v1_out.ConversationOut(talk.room, _show_sender(talk.other), talk.seq, talk.read, talk.unread)
        for talk in answer.conversations
    ]
    name, color, participant = answer.who.name, answer.who.color, answer.who.participant or 0
    known = name, color, participant, answer.account, directs
    return v1_out.HelloOk(command_id, *known, answer.session or UNSET, answer.max_frame or UNSET)


def _show_entered(command_id: int | None, answer: answers.Entered) -> v1_out.JoinOk:
    info = v1_out.InfoOut(*(getattr(answer.info, field) for field in v1_out.InfoOut.__struct_fields__))
    messages = UNSET if answer.messages is None else _show_messages(answer.messages)
    members, read = _show_members(answer.members), (answer.read, answer.unread)
    return v1_out.JoinOk(command_id, answer.seq, info, members, answer.people, *read, messages)


def _show_history(command_id: int | None, answer: answers.History) -> v1_out.HistoryOk:
    return v1_out.HistoryOk(command_id, answer.seq, _show_messages(answer.messages), answer.more)


def _show_reacted(event: events.Reacted) -> v1_out.ReactedOut:
    head = event.room, event.seq, event.at
    participant = UNSET if event.who.participant is None else event.who.participant
    return v1_out.ReactedOut(*head, event.target, _show_sender(event.who), event.emoji, event.on, participant)


def _show_room(event: events.RoomChanged) -> v1_out.RoomOut:
    head = event.room, event.seq, event.at
    return v1_out.RoomOut(*head, event.title, event.description, event.visibility, event.locked)


def _show_message(event: events.Message) -> v1_out.MessageOut:
    return v1_out.MessageOut(
        event.room,
        event.seq,
        event.at,
        _show_sender(event.sender),
        event.text,
        UNSET if event.nonce is None else event.nonce,
        UNSET if event.reply_to is None else event.reply_to,
        UNSET if event.edited is None else event.edited,
        event.erased or UNSET,
        [v1_out.ReactionOut(each.emoji, each.who, each.participants or UNSET) for each in event.reactions]
        or UNSET,
        event.pinned or UNSET,
    )


def _show_messages(messages: Iterable[events.Message]) -> list[v1_out.MessageOut]:
    return [_show_message(message) for message in messages]


def _show_sender(sender: Sender) -> v1_out.WhoOut:
    return v1_out.WhoOut(sender.name, sender.color, sender.participant is not None)


@lru_cache(maxsize=4)
def _show_members(senders: tuple[Sender, ...]) -> list[v1_out.WhoOut]:
    """The list, encoded once for all who come into a large room together."""
    encoded = Raw(to_json([_show_sender(sender) for sender in senders]))
    return cast("list[v1_out.WhoOut]", encoded)


# The answers that say more than that it is done.
_ANSWERED: Final[Mapping[type[Answer], Callable[[int | None, Any], Struct]]] = {
    answers.Stored: lambda command_id, answer: v1_out.StoredOk(
        command_id, UNSET if answer.seq is None else answer.seq
    ),
    answers.Welcome: _show_welcome,
    answers.Entered: _show_entered,
    answers.History: _show_history,
    answers.Pins: lambda command_id, answer: v1_out.PinsOk(
        command_id, answer.seq, _show_messages(answer.messages)
    ),
    answers.Moderators: lambda command_id, answer: v1_out.ModeratorsOk(
        command_id,
        answer.owner and _show_sender(answer.owner),
        [_show_sender(one) for one in answer.moderators],
    ),
    answers.Members: lambda command_id, answer: v1_out.MembersOk(command_id, _show_members(answer.members)),
    answers.Opened: lambda command_id, answer: v1_out.DirectOk(
        command_id, answer.room, _show_sender(answer.other), answer.seq
    ),
}
# The events that look different on the wire. All others are sent as they are.
_SHOWN: Final[Mapping[type[Event], Callable[[Any], v1_out.EventOut]]] = {
    events.Message: _show_message,
    events.Reacted: _show_reacted,
    events.Pinned: lambda event: v1_out.PinnedOut(
        event.room, event.seq, event.at, event.target, _show_sender(event.who), event.on
    ),
    events.ModeratorSet: lambda event: v1_out.ModeratorOut(
        event.room, event.seq, event.at, _show_sender(event.who), event.on
    ),
    events.RoomChanged: _show_room,
    events.Joined: lambda event: v1_out.JoinedOut(event.room, event.at, _show_sender(event.who)),
    events.Left: lambda event: v1_out.LeftOut(event.room, event.at, _show_sender(event.who)),
    events.Typing: lambda event: v1_out.TypingOut(event.room, event.at, _show_sender(event.who)),
    events.Read: lambda event: v1_out.ReadOut(event.room, event.at, event.upto, event.unread, event.as_of),
}
