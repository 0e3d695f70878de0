"""`wschat.v1`: one socket, many rooms. Each command has an id and gets one `ok` or `error` with that id."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, ClassVar, Final, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from chat import answers, events, lenient
from chat.answers import Answer
from chat.commands import Command
from chat.conf import SizeLimits
from chat.dialects import v1_in, v1_out
from chat.dialects.base import Dialect, parse_frame, to_json
from chat.errors import INVALID_FIELD, ChatError
from chat.events import Event, Sender

SUBPROTOCOL: Final = "wschat.v1"
TOKEN_PREFIX: Final = "wschat.token."  # noqa: S105 (what a token among the subprotocols begins with)


# Held here: to look up the decoder of this union took 1.6 us, six times as long as to read a frame.
_read_json: Final = msgspec.json.Decoder(v1_in.CommandIn).decode


class V1(Dialect):
    """The protocol of the web UI, the SDKs and bots."""

    name: ClassVar[str] = "wschat.v1"
    greets: ClassVar[bool] = True

    def decode(self, frame: str | bytes, limits: SizeLimits) -> Command:
        try:
            try:
                given = _read_json(frame if isinstance(frame, str) else "")
            except (msgspec.MsgspecError, ValueError, RecursionError):  # to be read leniently, or refused
                given = parse_frame(frame, v1_in.CommandIn, INVALID_FIELD, INVALID_FIELD)
            return v1_in.CONVERTERS[type(given)](given, limits)
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
    known = name, color, participant, answer.account, directs, answer.epoch
    return v1_out.HelloOk(command_id, *known, answer.session or UNSET, answer.max_frame or UNSET)


def _show_entered(command_id: int | None, answer: answers.Entered) -> v1_out.JoinOk:
    fields = [field for field in v1_out.InfoOut.__struct_fields__ if field != "muted"]
    info = v1_out.InfoOut(*(getattr(answer.info, field) for field in fields))
    if not info.rules:
        info.rules = info.rules_version = info.rules_accepted = UNSET
    if (muted := answer.info.muted) is not None:
        info.muted = v1_out.OwnMuteOut(muted.until, muted.reason)
    messages = UNSET if answer.messages is None else show_messages(answer.messages)
    members, read = _show_members(answer.members), (answer.read, answer.unread, answer.mentions)
    expires_in = _show_seconds(answer.expires_in)
    return v1_out.JoinOk(command_id, answer.seq, info, members, answer.people, *read, messages, expires_in)


def _show_seconds(seconds: float | None) -> float | UnsetType:
    return UNSET if seconds is None else round(seconds, 3)


def _show_history(command_id: int | None, answer: answers.History) -> v1_out.HistoryOk:
    return v1_out.HistoryOk(command_id, answer.seq, show_messages(answer.messages), answer.more)


def _show_found(command_id: int | None, answer: answers.Found) -> v1_out.SearchOk:
    page = show_messages(answer.messages), answer.more
    return v1_out.SearchOk(command_id, answer.seq, *page, UNSET if answer.next is None else answer.next)


def _show_reacted(event: events.Reacted) -> v1_out.ReactedOut:
    head = event.room, event.seq, event.at
    participant = UNSET if event.who.participant is None else event.who.participant
    return v1_out.ReactedOut(*head, event.target, _show_sender(event.who), event.emoji, event.on, participant)


def _show_room(event: events.RoomChanged) -> v1_out.RoomOut:
    head = event.room, event.seq, event.at
    limits = event.slow_seconds, event.accounts_only, event.approve_first
    choices = event.who_can_pin, event.who_can_mention_all
    rules = event.rules or UNSET, event.rules_version if event.rules else UNSET
    about = event.title, event.description, event.visibility
    return v1_out.RoomOut(*head, *about, event.locked, *limits, *choices, *rules)


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
        event.mentions or UNSET,
        event.replies or UNSET,
        UNSET if event.sender.participant is None else event.sender.participant,
    )


def show_messages(messages: Iterable[events.Message]) -> list[v1_out.MessageOut]:
    """The messages as they are in answers."""
    return [_show_message(message) for message in messages]


def _show_sender(sender: Sender) -> v1_out.WhoOut:
    return v1_out.WhoOut(sender.name, sender.color, sender.participant is not None)


class _Same:
    """A tuple, equal to itself alone: to hash hundreds of members takes as long as to show them."""

    __slots__ = ("of",)

    def __init__(self, of: tuple[Sender, ...]) -> None:
        self.of = of

    def __hash__(self) -> int:
        return id(self.of)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.of is other.of


def _show_members(senders: tuple[Sender, ...]) -> list[v1_out.WhoOut]:
    """The list, encoded once for all who come into a large room together: they get the same tuple."""
    return cast("list[v1_out.WhoOut]", _encode_members(_Same(senders)))


@lru_cache(maxsize=4)
def _encode_members(senders: _Same) -> Raw:
    return Raw(to_json([_show_sender(sender) for sender in senders.of]))


def show_report(report: answers.ReportInfo) -> v1_out.ReportOut:
    """The report as it is in answers."""
    values = {name: getattr(report, name) for name in v1_out.ReportOut.__struct_fields__}
    return v1_out.ReportOut(**values | {"messages": [_show_quote(one) for one in report.messages]})


def _show_quote(quote: answers.QuoteInfo) -> v1_out.QuoteOut:
    return v1_out.QuoteOut(quote.seq, quote.at, quote.name, quote.text)


def show_mention(mention: answers.MentionInfo) -> v1_out.MentionOut:
    """The mention as it is in answers."""
    return v1_out.MentionOut(mention.id, mention.title, _show_message(mention.message))


def show_blocked(people: Iterable[Sender]) -> list[v1_out.BlockedPersonOut]:
    """The people as they are in answers."""
    return [v1_out.BlockedPersonOut(who.participant or 0, who.name, who.color) for who in people]


def show_unfinished(event: events.Unfinished) -> v1_out.UnfinishedOut:
    """A text that is being written, as it is in answers."""
    reply_to = UNSET if event.reply_to is None else event.reply_to
    return v1_out.UnfinishedOut(event.room, event.at, event.text, reply_to)


def _show_joined_room(room: answers.JoinedRoomInfo) -> v1_out.JoinedRoomOut:
    return v1_out.JoinedRoomOut(*(getattr(room, name) for name in v1_out.JoinedRoomOut.__struct_fields__))


def _show_held(held: answers.HeldInfo) -> v1_out.HeldOut:
    nonce = UNSET if held.nonce is None else held.nonce
    return v1_out.HeldOut(
        held.room, held.at, held.text, nonce, UNSET if held.reply_to is None else held.reply_to
    )


def _show_filter(info: answers.FilterInfo) -> v1_out.FilterOut:
    return v1_out.FilterOut(*(getattr(info, name) for name in v1_out.FilterOut.__struct_fields__))


_OF_BANS: Final = v1_out.BanOut.__struct_fields__
# The answers that say more than that it is done.
_ANSWERED: Final[Mapping[type[Answer], Callable[[int | None, Any], Struct]]] = {
    answers.Stored: lambda command_id, answer: v1_out.StoredOk(
        command_id, UNSET if answer.seq is None else answer.seq
    ),
    answers.Welcome: _show_welcome,
    answers.Entered: _show_entered,
    answers.Renewed: lambda command_id, answer: v1_out.RenewOk(command_id, _show_seconds(answer.expires_in)),
    answers.History: _show_history,
    answers.Found: _show_found,
    answers.Pins: lambda command_id, answer: v1_out.PinsOk(
        command_id, answer.seq, show_messages(answer.messages)
    ),
    answers.Moderators: lambda command_id, answer: v1_out.ModeratorsOk(
        command_id,
        answer.owner and _show_sender(answer.owner),
        [_show_sender(one) for one in answer.moderators],
    ),
    answers.Mutes: lambda command_id, answer: v1_out.MutesOk(
        command_id, [v1_out.MuteOut(one.name, one.until, one.reason, one.only) for one in answer.mutes]
    ),
    answers.Bans: lambda command_id, answer: v1_out.BansOk(
        command_id, [v1_out.BanOut(*(getattr(ban, name) for name in _OF_BANS)) for ban in answer.bans]
    ),
    answers.HeldMessages: lambda command_id, answer: v1_out.HeldOk(
        command_id, [_show_held(one) for one in answer.messages]
    ),
    answers.Mentions: lambda command_id, answer: v1_out.MentionsOk(
        command_id, [show_mention(one) for one in answer.mentions], answer.more
    ),
    answers.Saved: lambda command_id, answer: v1_out.SavedOk(
        command_id,
        [v1_out.SavedOut(one.id, one.title, _show_message(one.message)) for one in answer.saved],
        answer.more,
    ),
    answers.UnfinishedTexts: lambda command_id, answer: v1_out.UnfinishedOk(
        command_id, [show_unfinished(one) for one in answer.texts]
    ),
    answers.BlockedPeople: lambda command_id, answer: v1_out.BlockedOk(
        command_id, show_blocked(answer.people)
    ),
    answers.JoinedRooms: lambda command_id, answer: v1_out.JoinedRoomsOk(
        command_id, [_show_joined_room(one) for one in answer.rooms]
    ),
    answers.ChangedFilter: lambda command_id, answer: v1_out.FilterOk(
        command_id, _show_filter(answer.filter)
    ),
    answers.Filters: lambda command_id, answer: v1_out.FiltersOk(
        command_id, [_show_filter(one) for one in answer.filters]
    ),
    answers.Caught: lambda command_id, answer: v1_out.CaughtOk(
        command_id, answer.tried, answer.count, [_show_quote(one) for one in answer.messages]
    ),
    answers.Reported: lambda command_id, answer: v1_out.ReportedOk(command_id, answer.report),
    answers.Reports: lambda command_id, answer: v1_out.ReportsOk(
        command_id,
        [show_report(one) for one in answer.reports],
        answer.more,
        UNSET if answer.waiting is None else answer.waiting,
    ),
    answers.Deletion: lambda command_id, answer: v1_out.DeletionOk(command_id, answer.deletion),
    answers.Deletions: lambda command_id, answer: v1_out.DeletionsOk(command_id, answer.deletions),
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
    events.Kicked: lambda event: v1_out.KickedOut(
        event.room, event.seq, event.at, _show_sender(event.who), event.reason
    ),
    events.Banned: lambda event: v1_out.BannedOut(
        event.room,
        event.seq,
        event.at,
        event.name,
        event.until,
        event.reason,
        event.on,
        event.newcomers,
        event.hold,
    ),
    events.RoomChanged: _show_room,
    events.Joined: lambda event: v1_out.JoinedOut(event.room, event.at, _show_sender(event.who)),
    events.Left: lambda event: v1_out.LeftOut(event.room, event.at, _show_sender(event.who)),
    events.Typing: lambda event: v1_out.TypingOut(event.room, event.at, _show_sender(event.who)),
    events.Read: lambda event: v1_out.ReadOut(
        event.room, event.at, event.upto, event.unread, event.as_of, event.mentions, event.back or UNSET
    ),
    events.Blocked: lambda event: v1_out.BlockedOut(
        event.at, event.who.participant, event.who.name, event.on
    ),
    events.Unfinished: show_unfinished,
    events.Mentioned: lambda event: v1_out.MentionedOut(
        event.room, event.at, event.title, event.target, _show_sender(event.sender), event.text
    ),
}
