"""What clients of `wschat.v1` get: answers and events, from which the published schemas are made.

Those that inherit from an event are the event as it is, with a word for clients: the event itself is sent.
"""

from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from chat import answers, events


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

    `reactions`, `pinned` and `replies` are in answers; for events, later events tell them. `mentions`: the
    names in the text that are mentions, each after an @; an edit adds none. `replies`: how many messages
    reply to it, deleted ones included, counted up to 100. `participant`: the number of a verified sender,
    whose name can change.
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
    mentions: tuple[str, ...] | UnsetType = UNSET
    replies: int | UnsetType = UNSET
    participant: int | UnsetType = UNSET


class EditedOut(events.Edited, frozen=True, tag="edited"):
    """The text of the message `target` was changed."""


class ErasedOut(events.Erased, frozen=True, tag="erased"):
    """The message `target` was deleted."""


class RestoredOut(events.Restored, frozen=True, tag="restored"):
    """The deleted message `target` has its text again. `edited`: when its text was changed before, or null.

    Its reactions are gone, and it is not pinned.
    """


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

    With `on` false it was unmuted. `reason`: as the moderator gave it.
    """


class ModeratorOut(Struct, tag="moderator"):
    """A participant became a moderator of the room; with `on` false, stopped being a moderator."""

    room: int
    seq: int
    at: datetime
    who: WhoOut
    on: bool


class KickedOut(Struct, tag="kicked"):
    """A member was removed from the room."""

    room: int
    seq: int
    at: datetime
    who: WhoOut
    reason: str


class BannedOut(Struct, tag="banned", omit_defaults=True):
    """This name, or the names of this pattern (* is any text), cannot be in the room `until` then.

    null: until further notice. With `on` false, they can again. An empty name: a network was banned, or with
    `newcomers`, no one can join who was not in the room before; if also `hold`, they can, and their first
    messages wait for a moderator.
    """

    room: int
    seq: int
    at: datetime
    name: str
    until: datetime | None
    reason: str
    on: bool
    newcomers: bool = False
    hold: bool = False


class RoomOut(Struct, tag="room"):
    """The properties of the room were changed.

    `slow_seconds`: between two messages of a sender; 0: any number. `accounts_only`: only users with an
    account can post. `approve_first`: newcomers' messages wait until a moderator approves one. `rules`
    and `rules_version`, if there are rules: members accept them before they post. `who_can_pin`,
    `who_can_mention_all`: as in `posting`.
    """

    room: int
    seq: int
    at: datetime
    title: str
    description: str
    visibility: str
    locked: bool
    slow_seconds: int
    accounts_only: bool
    approve_first: bool
    who_can_pin: str
    who_can_mention_all: str
    rules: str | UnsetType = UNSET
    rules_version: int | UnsetType = UNSET


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

    `unread`: messages of others after that, as of the seq `as_of`, counted up to 100; `mentions`: those of
    them that mention you. `back`: the mark has moved back.
    """

    room: int
    at: datetime
    seq: int
    unread: int
    as_of: int
    mentions: int
    back: bool | UnsetType = UNSET


class MentionedOut(Struct, tag="mentioned"):
    """The message `target` mentions you, in a room that you can read, joined on this connection or not.

    `title`: of the room. `target`: 0 if the room keeps no messages.
    """

    room: int
    at: datetime
    title: str
    target: int
    sender: WhoOut
    text: str


class BlockedOut(Struct, tag="blocked"):
    """You have blocked this participant, on whichever connection; with `on` false, unblocked."""

    at: datetime
    participant: int
    name: str
    on: bool


class JoinedRoomChangedOut(events.JoinedRoomChanged, frozen=True, tag="joined_room"):
    """You have joined the room or, with `on` false, left it for good; or have set what calls you there.

    On whichever connection. `level`: what calls you, until `level_until` (null: until you change it).
    """


class MessageSavedOut(events.MessageSaved, frozen=True, tag="saved"):
    """You have saved the message `target`, on whichever connection; with `on` false, no longer."""


class RulesAcceptedOut(events.RulesAccepted, frozen=True, tag="rules_accepted"):
    """You have accepted the rules of this version, on whichever connection."""


class UnfinishedOut(Struct, tag="unfinished"):
    """You have begun to write this text, on another connection; "": it was sent or removed there."""

    room: int
    at: datetime
    text: str
    reply_to: int | UnsetType = UNSET


class RejectedOut(events.Rejected, frozen=True, tag="rejected"):
    """A moderator rejected a held message of yours, which bore this nonce."""


class RemovedOut(events.Removed, frozen=True, tag="removed"):
    """You were removed from the room, for the reason in this error."""


class ExpiringOut(events.Expiring, frozen=True, tag="expiring"):
    """Your room token expires in `seconds`, and your stay with it: get another one, and send `renew`."""


class ClosingOut(Struct, tag="closing"):
    """The server is about to stop, or closes this connection. Reconnect `retry_after` seconds after that."""

    retry_after: float


class ReportsWaitingOut(events.ReportsWaiting, frozen=True, tag="reports_waiting"):
    """A report of a room that you run was filed or decided: this many wait, counted up to 100."""


EventOut: TypeAlias = (
    MessageOut
    | EditedOut
    | ErasedOut
    | RestoredOut
    | ReactedOut
    | PinnedOut
    | MutedOut
    | ModeratorOut
    | KickedOut
    | BannedOut
    | RoomOut
    | RoomDeletedOut
    | JoinedOut
    | LeftOut
    | TypingOut
    | ReadOut
    | MentionedOut
    | BlockedOut
    | JoinedRoomChangedOut
    | MessageSavedOut
    | RulesAcceptedOut
    | UnfinishedOut
    | RejectedOut
    | RemovedOut
    | ExpiringOut
    | ReportsWaitingOut
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


class OwnMuteOut(Struct):
    """You are muted `until` then; null: until further notice."""

    until: datetime | None
    reason: str


class InfoOut(Struct):
    """A room as you see it. `moderator`: you can moderate it. `owner`: and name its moderators.

    `slow_seconds`: between two messages of a sender; 0: any number. `accounts_only`: only users with an
    account can post. `approve_first`: newcomers' messages wait until a moderator approves one. `rules`,
    `rules_version` and `rules_accepted`, if there are rules: accept them before you post. `muted`: you are.
    `who_can_pin`, `who_can_mention_all`: as in `posting`.
    """

    title: str
    description: str
    visibility: str
    locked: bool
    moderator: bool
    owner: bool
    slow_seconds: int
    accounts_only: bool
    approve_first: bool
    who_can_pin: str
    who_can_mention_all: str
    rules: str | UnsetType = UNSET
    rules_version: int | UnsetType = UNSET
    rules_accepted: bool | UnsetType = UNSET
    muted: OwnMuteOut | UnsetType = UNSET


class OkOut(Struct, tag="ok"):
    """The command succeeded."""

    id: int | None


class HelloOk(Struct, tag="ok"):
    """Your identity. `session`: the token with which a guest returns with the same identity.

    `epoch`: the history that all seqs are of; give it in `join`, with `since`. `max_frame`: a command in more
    bytes than that ends the connection with 1009.
    """

    id: int | None
    name: str
    color: str
    participant: int
    account: bool
    directs: list[ConversationOut]
    epoch: str
    session: str | UnsetType = UNSET
    max_frame: int | UnsetType = UNSET


class JoinOk(Struct, tag="ok"):
    """You joined the room, whose latest event is `seq`. `read`: your read mark.

    `members`: the first 500; `people`: the number of all. `unread`: messages of others after your read
    mark, as of `seq`, counted up to 100; `mentions`: those of them that mention you. `expires_in`: seconds
    until the room token that you joined with expires.
    """

    id: int | None
    seq: int
    info: InfoOut
    members: list[WhoOut]
    people: int
    read: int
    unread: int
    mentions: int
    messages: list[MessageOut] | UnsetType = UNSET
    expires_in: float | UnsetType = UNSET


class RenewOk(Struct, tag="ok"):
    """You stay in the room by this token, which expires after `expires_in` seconds."""

    id: int | None
    expires_in: float | UnsetType = UNSET


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


class SearchOk(Struct, tag="ok"):
    """Messages, oldest first. `next`: what to give as `before` for the next page, if there are more.

    `seq`: how far the room was; 0 for a search in all rooms.
    """

    id: int | None
    seq: int
    messages: list[MessageOut]
    more: bool
    next: int | UnsetType = UNSET


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


class MuteOut(Struct):
    """A mute. `until`: null is until further notice. `only`: who can lift it, if you cannot."""

    name: str
    until: datetime | None
    reason: str
    only: Literal["owner", "staff"] | None


class MutesOk(Struct, tag="ok"):
    """Who is muted in the room, by name."""

    id: int | None
    mutes: list[MuteOut]


class BanOut(Struct):
    """A ban. `kind`: whether it is of a `name`, a `pattern` of names, a `network`, or `newcomers`; `watch`:
    only the first messages of newcomers are held.
    """

    id: int
    kind: str
    name: str
    until: datetime | None
    reason: str
    note: str
    by: str
    at: datetime


class BansOk(Struct, tag="ok"):
    """The bans of the room, or from the server, latest first."""

    id: int | None
    bans: list[BanOut]


class MentionOut(Struct):
    """A message that mentions you, in the room of this title."""

    id: int
    title: str
    message: MessageOut


class MentionsOk(Struct, tag="ok"):
    """The messages that mention you, latest first. `more`: there are more before the last one."""

    id: int | None
    mentions: list[MentionOut]
    more: bool


class SavedOut(Struct):
    """A message that you saved, in the room of this title."""

    id: int
    title: str
    message: MessageOut


class SavedOk(Struct, tag="ok"):
    """The messages that you saved, the latest first. `more`: there are more before the last one."""

    id: int | None
    saved: list[SavedOut]
    more: bool


class UnfinishedOk(Struct, tag="ok"):
    """The texts that you have begun to write, the latest first."""

    id: int | None
    texts: list[UnfinishedOut]


class BlockedPersonOut(Struct):
    """A participant whom you have blocked, with the name that they have now."""

    participant: int
    name: str
    color: str


class BlockedOk(Struct, tag="ok"):
    """The people whom you have blocked, the latest first."""

    id: int | None
    blocked: list[BlockedPersonOut]


class JoinedRoomOut(Struct):
    """A room that you have joined, which has come to `seq`. `read`: your read mark.

    `unread`: messages of others after it, and `mentions`: those of them that mention you, each counted up to
    100. `level`: what calls you there (`all` messages, `mentions` or `nothing`) until `level_until`; null:
    until you change it.
    """

    room: int
    title: str
    seq: int
    read: int
    unread: int
    mentions: int
    level: str
    level_until: datetime | None


class JoinedRoomsOk(Struct, tag="ok"):
    """The rooms that you have joined, the latest first."""

    id: int | None
    rooms: list[JoinedRoomOut]


class HeldOut(Struct):
    """A message of yours that waits for a moderator. `nonce`, `reply_to`: as you sent it."""

    room: int
    at: datetime
    text: str
    nonce: str | UnsetType = UNSET
    reply_to: int | UnsetType = UNSET


class HeldOk(Struct, tag="ok"):
    """Your messages that wait for a moderator, oldest first."""

    id: int | None
    messages: list[HeldOut]


class FilterOut(Struct):
    """A filter. `room`: null for one of the server."""

    id: int
    room: int | None
    kind: str
    action: str
    pattern: str
    amount: int | None
    note: str
    by: str
    at: datetime


class FilterOk(Struct, tag="ok"):
    """The filter that was added or changed."""

    id: int | None
    filter: FilterOut


class FiltersOk(Struct, tag="ok"):
    """The filters of the room, or of the server, oldest first."""

    id: int | None
    filters: list[FilterOut]


class QuoteOut(Struct):
    """A message as it was when it was reported."""

    seq: int
    at: datetime
    name: str
    text: str


class CaughtOk(Struct, tag="ok"):
    """How many of the `tried` messages the filter would have caught, and the latest 50 of these."""

    id: int | None
    tried: int
    count: int
    messages: list[QuoteOut]


class ReportOut(Struct):
    """A report. `target`: the seq of the message; null if it is `about` the person. `by`: who reported.

    `direct`: in a direct conversation. `messages`: copies of the message, and of those that the reporter
    added, oldest first. `state`: `open`, `claimed` by the `handler`, or `done`. The reporter is not told the
    `handler`. `held`: the server holds the message, until you approve or reject it; no seq.
    """

    id: int
    room: int
    title: str
    direct: bool
    target: int | None
    about: str
    reason: str
    note: str
    by: str
    at: datetime
    messages: list[QuoteOut]
    state: str
    handler: str
    decision: str
    decided: datetime | None
    held: bool


class ReportedOk(Struct, tag="ok"):
    """The number of the report. A message that you reported before keeps that report."""

    id: int | None
    report: int


class ReportsOk(Struct, tag="ok"):
    """Reports, latest first. `more`: there are more before the last one.

    `waiting`, of a room's reports that wait: how many those are, counted up to 100.
    """

    id: int | None
    reports: list[ReportOut]
    more: bool
    waiting: int | UnsetType = UNSET


class DeletionOk(Struct, tag="ok"):
    """The bulk deletion that was begun, or stopped."""

    id: int | None
    deletion: answers.DeletionInfo


class DeletionsOk(Struct, tag="ok"):
    """The bulk deletions of the room in the last week, latest first."""

    id: int | None
    deletions: tuple[answers.DeletionInfo, ...]


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
