"""Answers: the results of commands, for the connection that sent them."""

from datetime import datetime
from typing import Final, TypeAlias

from msgspec import Struct

from chat.events import Message, Sender, Unfinished

MOST_MEMBERS: Final = 500  # in the answer to a join: else the joins of n people would take n² names


class Conversation(Struct, frozen=True, gc=False):
    """A direct conversation: the other member, its latest seq, and how far you read, or received.

    `away`: the other one is not connected. `unread`: messages of the other one that the asker has not read.
    """

    room: int
    other: Sender
    seq: int
    read: int = 0
    got: int = 0
    away: bool = False
    unread: int = 0


class OwnMute(Struct, frozen=True, gc=False):
    """The member is muted `until` then (None: until further notice)."""

    until: datetime | None
    reason: str


class RoomInfo(Struct, frozen=True, gc=False):
    """A room as its member sees it. `moderator`: the member can moderate it. `owner`: and name moderators.

    `slow_seconds`: between two messages of a sender, 0 for any number. `rules`: of `rules_version`, which
    members accept before they post; empty: none. `muted`: the member is.
    `who_can_pin`, `who_can_mention_all`: see `chat.validation.CHOICES`.
    """

    title: str
    description: str
    visibility: str
    locked: bool
    moderator: bool
    owner: bool
    slow_seconds: int = 0
    accounts_only: bool = False
    approve_first: bool = False
    rules: str = ""
    rules_version: int = 0
    rules_accepted: bool = False
    muted: OwnMute | None = None
    who_can_pin: str = "moderators"
    who_can_mention_all: str = "auto"


class Rules(Struct, frozen=True, gc=False):
    """The rules of a room, and whether the one who asks has accepted this `version`. 0: no rules."""

    rules: str
    version: int
    accepted: bool


class MentionInfo(Struct, frozen=True, gc=False):
    """A message that mentions the asker, in the room of this title."""

    id: int
    title: str
    message: Message


class Mentions(Struct, frozen=True, gc=False):
    """A page of mentions, latest first. `more`: there are more before the last one."""

    mentions: tuple[MentionInfo, ...]
    more: bool


class SavedInfo(Struct, frozen=True, gc=False):
    """A message that the asker saved, in the room of this title."""

    id: int
    title: str
    message: Message


class Saved(Struct, frozen=True, gc=False):
    """A page of saved messages, the latest first. `more`: there are more before the last one."""

    saved: tuple[SavedInfo, ...]
    more: bool


class UnfinishedTexts(Struct, frozen=True, gc=False):
    """What the asker has begun to write, the latest first."""

    texts: tuple[Unfinished, ...]


class BlockedPeople(Struct, frozen=True, gc=False):
    """The people whom the asker has blocked, the latest first."""

    people: tuple[Sender, ...]


class JoinedRoomInfo(Struct, frozen=True, gc=False):
    """A room that the asker has joined, which has come to `seq`. `read`: their read mark.

    `unread`: messages of others after it; `mentions`: those of them that mention the asker. `level`: what
    calls them there, until then.
    """

    room: int
    title: str
    seq: int
    read: int
    unread: int
    mentions: int
    level: str
    level_until: datetime | None


class JoinedRooms(Struct, frozen=True, gc=False):
    """The rooms that the asker has joined, the latest first."""

    rooms: tuple[JoinedRoomInfo, ...]


class Done(Struct, frozen=True, gc=False):
    """A command succeeded, with no result."""


class Stored(Struct, frozen=True, gc=False):
    """A command became the event `seq`; None if there was nothing to change."""

    seq: int | None


class Welcome(Struct, frozen=True, gc=False):
    """The identity of the connection. `session`: with it a guest returns with the same identity.

    `epoch`: the history that all seqs of this connection are of. `max_frame`: how many bytes the server takes
    in one message, if that is told.
    """

    who: Sender
    account: bool
    session: str | None
    conversations: tuple[Conversation, ...]
    epoch: str = ""
    max_frame: int | None = None


class Entered(Struct, frozen=True, gc=False):
    """The connection joined a room whose latest event is `seq`. `messages`: the latest, if requested.

    `members` are the first MOST_MEMBERS; `people`: how many there are. `unread`: messages of others after
    the mark `read`, as of `seq`; `mentions`: those of them that mention the participant. `expires_in`:
    seconds until the token that let the connection in expires, if one did.
    """

    seq: int
    info: RoomInfo
    members: tuple[Sender, ...]
    people: int
    read: int
    unread: int
    mentions: int
    messages: tuple[Message, ...] | None
    expires_in: float | None = None


class Renewed(Struct, frozen=True, gc=False):
    """The connection stays in the room by another token; `expires_in` as in `Entered`."""

    expires_in: float | None


class History(Struct, frozen=True, gc=False):
    """A page of messages, oldest first, as of `seq`. `more`: there are more in this direction."""

    seq: int
    messages: tuple[Message, ...]
    more: bool


class Found(Struct, frozen=True, gc=False):
    """Messages that were looked for, oldest first. `next`: what the next page is before, if there are more.

    `seq`: how far the room was; 0 for all rooms.
    """

    seq: int
    messages: tuple[Message, ...]
    next: int | None

    @property
    def more(self) -> bool:
        """Whether there are more."""
        return self.next is not None


class Pins(Struct, frozen=True, gc=False):
    """The messages pinned to a room, latest pin first, as of `seq`."""

    seq: int
    messages: tuple[Message, ...]


class Moderators(Struct, frozen=True, gc=False):
    """The owner and the moderators of a room."""

    owner: Sender | None
    moderators: tuple[Sender, ...]


class MuteInfo(Struct, frozen=True, gc=False):
    """A mute as moderators see it. `until`: None is until further notice.

    `only`: who can lift or change it, "owner" or "staff", if the one who asks cannot.
    """

    name: str
    until: datetime | None
    reason: str
    only: str | None = None


class Mutes(Struct, frozen=True, gc=False):
    """Who is muted in a room, by name."""

    mutes: tuple[MuteInfo, ...]


class BanInfo(Struct, frozen=True, gc=False):
    """A ban as moderators see it: what it is of (`name`, `pattern`, `network`, `newcomers`), and by whom."""

    id: int
    kind: str
    name: str
    until: datetime | None
    reason: str
    note: str
    by: str
    at: datetime


class Bans(Struct, frozen=True, gc=False):
    """The bans of a room, or from the server, the latest first."""

    bans: tuple[BanInfo, ...]


class HeldInfo(Struct, frozen=True, gc=False):
    """A message that waits for a moderator, as its sender sees it."""

    room: int
    at: datetime
    text: str
    nonce: str | None
    reply_to: int | None


class HeldMessages(Struct, frozen=True, gc=False):
    """The asker's messages that wait, the oldest first."""

    messages: tuple[HeldInfo, ...]


class FilterInfo(Struct, frozen=True, gc=False):
    """A filter, of a `room` or (None) of the server."""

    id: int
    room: int | None
    kind: str
    action: str
    pattern: str
    amount: int | None
    note: str
    by: str
    at: datetime


class ChangedFilter(Struct, frozen=True, gc=False):
    """The filter that was added or changed."""

    filter: FilterInfo


class Filters(Struct, frozen=True, gc=False):
    """The filters of a room, or of the server, the oldest first."""

    filters: tuple[FilterInfo, ...]


class QuoteInfo(Struct, frozen=True, gc=False):
    """A message as it was when it was reported."""

    seq: int
    at: datetime
    name: str
    text: str


class Caught(Struct, frozen=True, gc=False):
    """What a filter would have caught among the latest messages: `messages`, the latest first, are some."""

    tried: int
    count: int
    messages: tuple[QuoteInfo, ...]


class ReportInfo(Struct, frozen=True, gc=False):
    """A report, for those who decide it, and without `handler` for the reporter.

    `target`: the seq of the message; None if it is about the person. `about`: the name of its sender, or of
    the person. `messages`: copies, oldest first. `state`: `open`, `claimed` by the `handler`, or `done`.
    `held`: of a held message.
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
    messages: tuple[QuoteInfo, ...]
    state: str
    handler: str
    decision: str
    decided: datetime | None
    held: bool = False


class Reported(Struct, frozen=True, gc=False):
    """The report is in the queue, or was there already."""

    report: int


class Reports(Struct, frozen=True, gc=False):
    """A page of reports, latest first. `more`: there are more before the last one.

    `waiting`: how many wait in the room, if that was asked for.
    """

    reports: tuple[ReportInfo, ...]
    more: bool
    waiting: int | None = None


class DeletionInfo(Struct, frozen=True, gc=False):
    """A bulk deletion of one sender's messages, and how far it is.

    `state`: `deleting`, `done`, `stopped` by a moderator, or `refused`; while staff bring the messages back,
    `restoring`, and then `restored`. `refusal`: why it was refused. `by`: who asked for it. `restored_by`:
    who restores the messages, or did.

    `room`: null for everywhere. `since`: of messages from then on; null: all. `total`: null if they are too
    many to count.
    """

    id: int
    room: int | None
    name: str
    since: datetime | None
    at: datetime
    ended_at: datetime | None
    state: str
    total: int | None
    deleted: int
    restored: int
    by: str
    reason: str
    refusal: str
    restored_by: str


class Deletion(Struct, frozen=True, gc=False):
    """The bulk deletion that was begun, or stopped."""

    deletion: DeletionInfo


class Deletions(Struct, frozen=True, gc=False):
    """The bulk deletions of a room, the latest first."""

    deletions: tuple[DeletionInfo, ...]


class Members(Struct, frozen=True, gc=False):
    """The members of a room."""

    members: tuple[Sender, ...]


class Opened(Struct, frozen=True, gc=False):
    """The requested conversation. `seq`: of the message sent, or else of its latest event.

    `away`: the other one is not connected, and gets it later.
    """

    room: int
    other: Sender
    seq: int
    away: bool = False


class SignedIn(Struct, frozen=True, gc=False):
    """The connection is signed in to an account. `token`: to send with what follows on it."""

    token: str


Answer: TypeAlias = (
    Done
    | Stored
    | Welcome
    | Entered
    | Renewed
    | History
    | Found
    | Pins
    | Bans
    | HeldMessages
    | Mentions
    | Saved
    | UnfinishedTexts
    | BlockedPeople
    | JoinedRooms
    | ChangedFilter
    | Filters
    | Caught
    | Deletion
    | Deletions
    | Moderators
    | Mutes
    | Reported
    | Reports
    | Members
    | Opened
    | SignedIn
)
