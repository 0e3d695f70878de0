"""`wschat.v1`: one socket, many rooms. Each command has an id and gets one `ok` or `error` with that id."""

from functools import lru_cache
from typing import ClassVar, Final, cast

import msgspec
from msgspec import UNSET, Raw, Struct

from chat import answers, events, lenient
from chat.answers import Answer
from chat.commands import Command
from chat.conf import Limits
from chat.dialects import v1_in, v1_out
from chat.dialects.base import Dialect, parse, to_json
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
            return v1_in.command(parse(frame, v1_in.CommandIn, INVALID_FIELD, INVALID_FIELD), limits)  # type: ignore[arg-type]
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
            v1_out.ErrorOut(command_id, kind.code, kind.text, error.field, error.detail, kind.retry, wait)
        )

    def farewell(self, seconds: float) -> bytes | None:
        return to_json(v1_out.ClosingOut(round(seconds, 3)))

    def accept(self, command: Command, answer: Answer) -> bytes | None:
        return to_json(_answered(command.id, answer))


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


def _answered(command_id: int | None, answer: Answer) -> Struct:
    if isinstance(answer, answers.Stored):
        return v1_out.StoredOk(command_id, UNSET if answer.seq is None else answer.seq)
    if isinstance(answer, answers.Welcome):
        directs = [
            v1_out.ConversationOut(talk.room, _who(talk.other), talk.seq, talk.read, talk.unread)
            for talk in answer.conversations
        ]
        name, color, participant = answer.who.name, answer.who.color, answer.who.participant or 0
        known = name, color, participant, answer.account, directs
        return v1_out.HelloOk(command_id, *known, answer.session or UNSET, answer.max_frame or UNSET)
    if isinstance(answer, answers.Entered):
        info = v1_out.InfoOut(*(getattr(answer.info, field) for field in v1_out.InfoOut.__struct_fields__))
        messages = UNSET if answer.messages is None else [_message(message) for message in answer.messages]
        members, read = _everybody(answer.members), (answer.read, answer.unread)
        return v1_out.JoinOk(command_id, answer.seq, info, members, answer.people, *read, messages)
    if isinstance(answer, answers.History):
        return v1_out.HistoryOk(
            command_id, answer.seq, [_message(message) for message in answer.messages], answer.more
        )
    if isinstance(answer, answers.Pins):
        return v1_out.PinsOk(command_id, answer.seq, [_message(message) for message in answer.messages])
    if isinstance(answer, answers.Members):
        return v1_out.MembersOk(command_id, _everybody(answer.members))
    if isinstance(answer, answers.Opened):
        return v1_out.DirectOk(command_id, answer.room, _who(answer.other), answer.seq)
    return v1_out.OkOut(command_id)


def _shown(event: Event) -> v1_out.EventOut:
    if isinstance(event, events.Message):
        return _message(event)
    if isinstance(event, events.Joined):
        return v1_out.JoinedOut(event.room, event.at, _who(event.who))
    if isinstance(event, events.Left):
        return v1_out.LeftOut(event.room, event.at, _who(event.who))
    if isinstance(event, events.Typing):
        return v1_out.TypingOut(event.room, event.at, _who(event.who))
    if isinstance(event, events.Read):
        return v1_out.ReadOut(event.room, event.at, event.upto, event.unread, event.as_of)
    if isinstance(event, events.Removed):
        return v1_out.RemovedOut(event.room, event.at, event.code, event.error)
    return _change(event)


def _change(
    event: events.Edited
    | events.Erased
    | events.Reacted
    | events.Pinned
    | events.Muted
    | events.RoomChanged
    | events.RoomDeleted,
) -> v1_out.EventOut:
    head = event.room, event.seq, event.at
    if isinstance(event, events.Edited):
        return v1_out.EditedOut(*head, event.target, event.text)
    if isinstance(event, events.Erased):
        return v1_out.ErasedOut(*head, event.target)
    if isinstance(event, events.Reacted):
        return v1_out.ReactedOut(*head, event.target, _who(event.who), event.emoji, event.on)
    if isinstance(event, events.Pinned):
        return v1_out.PinnedOut(*head, event.target, _who(event.who), event.on)
    if isinstance(event, events.Muted):
        return v1_out.MutedOut(*head, event.name, event.until, event.on)
    if isinstance(event, events.RoomChanged):
        return v1_out.RoomOut(*head, event.title, event.description, event.visibility, event.locked)
    return v1_out.RoomDeletedOut(*head)


def _message(event: events.Message) -> v1_out.MessageOut:
    return v1_out.MessageOut(
        event.room,
        event.seq,
        event.at,
        _who(event.sender),
        event.text,
        UNSET if event.nonce is None else event.nonce,
        UNSET if event.reply_to is None else event.reply_to,
        UNSET if event.edited is None else event.edited,
        event.erased or UNSET,
        [v1_out.ReactionOut(reaction.emoji, reaction.who) for reaction in event.reactions] or UNSET,
        event.pinned or UNSET,
    )


def _who(sender: Sender) -> v1_out.WhoOut:
    return v1_out.WhoOut(sender.name, sender.color, sender.participant is not None)


@lru_cache(maxsize=4)
def _everybody(senders: tuple[Sender, ...]) -> list[v1_out.WhoOut]:
    """The list, encoded once for all who come into a large room together."""
    encoded = Raw(to_json([_who(sender) for sender in senders]))
    return cast("list[v1_out.WhoOut]", encoded)
