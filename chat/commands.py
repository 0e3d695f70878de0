"""Commands that a connection can send, whatever its protocol. `id` is the client's, for the answer.

Those with a tag are messages of `wschat.v1` as well (`chat.dialects.v1_in`), with their docstrings.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct

from chat.events import LARGEST_SEQ

RoomId: TypeAlias = Annotated[int, Meta(ge=0, le=LARGEST_SEQ, description="The room's number.")]
FilterId: TypeAlias = Annotated[int, Meta(ge=0, le=LARGEST_SEQ, description="The number of a filter.")]
ReportId: TypeAlias = Annotated[int, Meta(ge=0, le=LARGEST_SEQ, description="The number of a report.")]
Seq: TypeAlias = Annotated[int, Meta(description="The number of an event in its room's log.")]


class Hello(Struct, frozen=True, gc=False):
    """Identify this connection. `token`: of an account, or of a guest's session.

    Not `returns`: the protocol gives no session, so that a new guest cannot come back as the same one.
    """

    name: str | None = None
    color: str | None = None
    token: str = ""
    id: int | None = None
    returns: bool = True


class Join(Struct, frozen=True, gc=False):
    """Join a room. `name`: the name to use there, None for the name from `Hello`.

    `room`: None for the one that the connection's address names. `since`: the last seq that the client
    has, of the `epoch`; else `last`: how many of the latest messages it wants. `token`: a room token, where
    one is needed.
    """

    name: str | None = None
    color: str = ""
    room: int | None = None
    since: int | None = None
    last: int | None = None
    token: str = ""
    epoch: str = ""
    id: int | None = None


class Renew(Struct, frozen=True, gc=False, tag="renew"):
    """Stay in a room by another room token, before the last one expires."""

    room: RoomId
    token: str
    id: int | None = None


class Leave(Struct, frozen=True, gc=False):
    """Leave a room. A `name` other than the one joined with is refused."""

    name: str | None = None
    room: int | None = None
    id: int | None = None


class Send(Struct, frozen=True, gc=False):
    """Send a message. Sent again with the same `nonce`, it gets the first answer again."""

    text: str
    name: str | None = None
    color: str = ""
    room: int | None = None
    nonce: str | None = None
    reply_to: int | None = None
    id: int | None = None


class Edit(Struct, frozen=True, gc=False, tag="edit"):
    """Change the text of your message `target`."""

    room: RoomId
    target: Seq
    text: str
    id: int | None = None


class Erase(Struct, frozen=True, gc=False, tag="delete"):
    """Delete the message `target`: your own, or any message if you moderate the room.

    `reason`: of a moderator, for the audit log.
    """

    room: RoomId
    target: Seq
    id: int | None = None
    reason: str = ""


class DeleteAll(Struct, frozen=True, gc=False, tag="delete_all"):
    """For moderators: delete all messages of this name, or of the sender of the message `target`.

    A sender without a participant is a name: all messages under it that no participant owns are deleted.
    `since`: those of the last hour, of the last day, or all. The server deletes them one after the other. It
    answers when it has begun; `deletions` tells how far it is. `reason`: for the audit log.
    """

    room: RoomId
    since: Annotated[str, Meta(description="`hour`, `day` or `all`.")]
    name: str | None = None
    target: Seq | None = None
    id: int | None = None
    reason: str = ""


class StopDeletion(Struct, frozen=True, gc=False, tag="stop_deletion"):
    """For moderators: stop a bulk deletion of the room. What is deleted so far stays deleted."""

    room: RoomId
    deletion: Annotated[int, Meta(ge=0, le=LARGEST_SEQ, description="Its number, as in `deletions`.")]
    id: int | None = None


class GetDeletions(Struct, frozen=True, gc=False, tag="deletions"):
    """For moderators: ask for the bulk deletions of a room in the last week, and how far they are."""

    room: RoomId
    id: int | None = None


class React(Struct, frozen=True, gc=False, tag="react"):
    """Add an emoji to the message `target`, or remove yours; as a moderator, with `participant`, anyone's."""

    room: RoomId
    target: Seq
    emoji: str
    on: bool = True
    id: int | None = None
    participant: (
        Annotated[int, Meta(ge=0, le=LARGEST_SEQ, description="With `on` false: whose reaction to remove.")]
        | None
    ) = None


class Pin(Struct, frozen=True, gc=False, tag="pin"):
    """For moderators, and both members of a conversation: pin the message `target`, or unpin it."""

    room: RoomId
    target: Seq
    on: bool = True
    id: int | None = None


class Mute(Struct, frozen=True, gc=False, tag="mute"):
    """For moderators: mute this name for `seconds`, or until further notice.

    With `on` false, let them speak again. Members see the `reason`. `verified`: false for the name of an
    unverified message or member, which may belong to someone else: they are not muted in that case.
    """

    room: RoomId
    name: str
    seconds: int | None = None
    on: bool = True
    id: int | None = None
    reason: str = ""
    verified: bool = True


class SetModerator(Struct, frozen=True, gc=False, tag="moderator"):
    """For the owner of the room, and staff: let a participant moderate it; with `on` false, no longer."""

    room: RoomId
    name: str
    on: bool = True
    id: int | None = None


class Kick(Struct, frozen=True, gc=False, tag="kick"):
    """For moderators: remove this name from the room. Members see the `reason`.

    They can come back after some seconds; a room token that they came with is void. `verified`: as of `Mute`.
    """

    room: RoomId
    name: str
    id: int | None = None
    reason: str = ""
    verified: bool = True


class Ban(Struct, frozen=True, gc=False, tag="ban"):
    """For moderators: ban a name, a `pattern` of names (* is any text) or a `network` for `seconds`, or until
    further notice. With `on` false, lift the ban.

    `address`: ban the addresses that the name is connected from, too, or else those that it came from lately.
    Members see the `reason`; the `note` is for moderators. `verified`: as of `Mute`. `newcomers`: in place of
    a name, for this many `seconds` no one can join who was not in the room before; with `hold` as well, they
    can, and their first messages wait.
    """

    room: RoomId
    name: str | None = None
    pattern: str | None = None
    network: str | None = None
    seconds: int | None = None
    on: bool = True
    id: int | None = None
    address: bool = False
    reason: str = ""
    note: str = ""
    verified: bool = True
    newcomers: bool = False
    hold: bool = False


class Describe(Struct, frozen=True, gc=False, tag="describe"):
    """For clients that may change the room: change its description."""

    room: RoomId
    description: str
    id: int | None = None


class LimitPosting(Struct, frozen=True, gc=False, tag="posting"):
    """For moderators: limit who can post in the room, and how often. What is left out stays as it is.

    `slow_seconds`: between two messages of a sender; 0: any number. `accounts_only`: only users with an
    account can post. `locked`: only moderators can. `approve_first`: newcomers' messages wait until a
    moderator approves one. `rules`: what others accept before they post; "": none. `who_can_pin`: "everyone",
    "moderators" or "owner". `who_can_mention_all`: the same, or "auto": moderators, and everyone in a small
    room. Only the owner can choose "owner", or another value after it.
    """

    room: RoomId
    slow_seconds: int | None = None
    accounts_only: bool | None = None
    locked: bool | None = None
    id: int | None = None
    approve_first: bool | None = None
    rules: str | None = None
    who_can_pin: str | None = None
    who_can_mention_all: str | None = None


class AcceptRules(Struct, frozen=True, gc=False, tag="accept_rules"):
    """Accept the rules of the room: those of this `version`, which is the `rules_version` of the room."""

    room: RoomId
    version: Seq
    id: int | None = None


class Write(Struct, frozen=True, gc=False, tag="typing"):
    """Tell the room that you are typing."""

    room: RoomId
    id: int | None = None


class MarkRead(Struct, frozen=True, gc=False, tag="read"):
    """Move your read mark forward; with `back`, move it back: what follows `seq` is unread again."""

    room: RoomId
    seq: Seq
    back: bool = False
    id: int | None = None


class GetHistory(Struct, frozen=True, gc=False, tag="history"):
    """Get messages: the latest before a seq, the first after a seq, or the latest of all."""

    room: RoomId
    before: Seq | None = None
    after: Seq | None = None
    limit: int = 50
    id: int | None = None


class GetReplies(Struct, frozen=True, gc=False, tag="replies"):
    """Get the messages that reply to the message `target`, oldest first: the first ones, or those after a
    seq.
    """

    room: RoomId
    target: Seq
    after: Seq | None = None
    limit: int = 50
    id: int | None = None


class SearchFilters(Struct, frozen=True, gc=False):
    """What messages must be, besides having words: of a sender, since and until a time, with a link."""

    sender: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    link: bool = False


class Search(Struct, frozen=True, gc=False):
    """Get messages with all of these words: the latest before a seq, or the latest of all.

    `room`: None for all rooms that the asker may read; `before` is then what the last answer gave as `next`.
    """

    room: int | None
    words: tuple[str, ...]
    before: int | None = None
    limit: int = 50
    id: int | None = None
    filters: SearchFilters = SearchFilters()


class GetPins(Struct, frozen=True, gc=False, tag="pins"):
    """Get the messages pinned to a room."""

    room: RoomId
    id: int | None = None


class GetModerators(Struct, frozen=True, gc=False, tag="moderators"):
    """Ask who runs a room: its owner and its moderators."""

    room: RoomId
    id: int | None = None


class GetMutes(Struct, frozen=True, gc=False, tag="mutes"):
    """For moderators: ask who is muted in a room."""

    room: RoomId
    id: int | None = None


class GetBans(Struct, frozen=True, gc=False, tag="bans"):
    """For moderators: ask who is banned from a room."""

    room: RoomId
    id: int | None = None


class BanFromServer(Struct, frozen=True, gc=False, tag="ban_from_server"):
    """For staff: ban a name, a `pattern` of names or a `network` from the server as a whole, for `seconds` or
    until further notice.

    `newcomers`: in place of a name, keep new people out for this many `seconds`; only staff can create rooms.
    With `hold` as well, guests can join, and the first messages of new ones wait for a moderator. The
    `reason` is shown to those it concerns; the `note` is for staff. The answer has all bans from the server.
    """

    name: str | None = None
    pattern: str | None = None
    network: str | None = None
    newcomers: bool = False
    seconds: int | None = None
    reason: str = ""
    note: str = ""
    id: int | None = None
    hold: bool = False


class UnbanFromServer(Struct, frozen=True, gc=False, tag="unban_from_server"):
    """For staff: lift a ban from the server. The answer has those that are left."""

    ban: Annotated[int, Meta(ge=0, le=LARGEST_SEQ, description="Its number, as in `server_bans`.")]
    id: int | None = None


class GetServerBans(Struct, frozen=True, gc=False, tag="server_bans"):
    """For staff: ask who is banned from the server."""

    id: int | None = None


class GetMentions(Struct, frozen=True, gc=False, tag="mentions"):
    """Get the messages that mention you, in all rooms that you can read or in one.

    `before`: the `id` of the last mention on the previous page.
    """

    room: RoomId | None = None
    before: Annotated[int, Meta(ge=0, le=LARGEST_SEQ)] | None = None
    limit: int = 50
    id: int | None = None


class Save(Struct, frozen=True, gc=False, tag="save"):
    """Save the message `target` for later; with `on` false, remove it from those that you saved."""

    room: RoomId
    target: Seq
    on: bool = True
    id: int | None = None


class GetSaved(Struct, frozen=True, gc=False, tag="saved"):
    """Get the messages that you saved, in all rooms that you can read or in one.

    `before`: the `id` of the last one on the previous page.
    """

    room: RoomId | None = None
    before: Annotated[int, Meta(ge=0, le=LARGEST_SEQ)] | None = None
    limit: int = 50
    id: int | None = None


class KeepUnfinished(Struct, frozen=True, gc=False, tag="keep_unfinished"):
    """Keep the text that you have begun to write in a room, for your other connections; "": remove it."""

    room: RoomId
    text: str
    reply_to: Seq | None = None
    id: int | None = None


class GetUnfinished(Struct, frozen=True, gc=False, tag="unfinished"):
    """Get the texts that you have begun to write, in all rooms that you can read, the latest first."""

    id: int | None = None


class Block(Struct, frozen=True, gc=False, tag="block"):
    """Block the participant of this number; with `on` false, unblock.

    The two then cannot write to each other directly, and their mentions do not call you.
    """

    participant: Annotated[int, Meta(ge=0, le=LARGEST_SEQ, description="As in their messages.")]
    on: bool = True
    id: int | None = None


class GetBlocked(Struct, frozen=True, gc=False, tag="blocked"):
    """Get the people whom you have blocked, the latest first."""

    id: int | None = None


class GetJoinedRooms(Struct, frozen=True, gc=False, tag="joined_rooms"):
    """Get the rooms that you have joined, with what is unread in each."""

    id: int | None = None


class SetLevel(Struct, frozen=True, gc=False, tag="level"):
    """Set what calls you in a room that you have joined: `all` messages, `mentions` or `nothing`.

    `seconds`: for how long; left out: until you change it.
    """

    room: RoomId
    level: str
    seconds: int | None = None
    id: int | None = None


class GetHeld(Struct, frozen=True, gc=False, tag="held"):
    """Get your own messages that wait for a moderator: of a room, or of all."""

    room: RoomId | None = None
    id: int | None = None


class GetFilters(Struct, frozen=True, gc=False, tag="filters"):
    """For moderators: get the filters of a room; without `room`, for staff, those of the server."""

    room: RoomId | None = None
    id: int | None = None


class AddFilter(Struct, frozen=True, gc=False, tag="add_filter"):
    """For moderators: add a filter to a room; without `room`, for staff, to the server.

    `kind`: `words`, `regex`, `links`, `invites`, `repeated`, `capitals` or `mentions`. `action`: `warn`,
    `hold`, `refuse` or `mute`. `pattern` and `amount` are for some kinds; the `note` is for moderators.
    """

    kind: str
    action: str
    room: RoomId | None = None
    pattern: str = ""
    amount: int | None = None
    note: str = ""
    id: int | None = None


class ChangeFilter(Struct, frozen=True, gc=False, tag="change_filter"):
    """For moderators: give a filter these values in place of all that it has."""

    filter: FilterId
    kind: str
    action: str
    pattern: str = ""
    amount: int | None = None
    note: str = ""
    id: int | None = None


class RemoveFilter(Struct, frozen=True, gc=False, tag="remove_filter"):
    """For moderators: remove a filter."""

    filter: FilterId
    id: int | None = None


class TryFilter(Struct, frozen=True, gc=False, tag="try_filter"):
    """For moderators: see what a filter, as of `add_filter`, would have caught among the latest 1,000
    messages of the room, or as many as take two seconds. Nothing is added.
    """

    kind: str
    action: str
    room: RoomId | None = None
    pattern: str = ""
    amount: int | None = None
    note: str = ""
    id: int | None = None


class Report(Struct, frozen=True, gc=False, tag="report"):
    """Report the message `target` of others, or the person `name`, to those who run the room.

    `reason`: `spam`, `harassment`, `hate`, `sexual`, `illegal` or `other`. In a direct conversation staff see
    the report, and of the conversation the message, and those of `around`: 20 at most. `verified`: of the
    name, as of `Mute`.
    """

    room: RoomId
    reason: str
    target: Seq | None = None
    name: str | None = None
    note: str = ""
    around: tuple[Seq, ...] | None = None
    verified: bool = True
    id: int | None = None


class GetReports(Struct, frozen=True, gc=False, tag="reports"):
    """For moderators: get the reports of a room, or of all that you run, that wait; with `done`, the others.

    `mine`: instead, those that you have filed. `before`: the number of a report.
    """

    room: RoomId | None = None
    mine: bool = False
    done: bool = False
    before: ReportId | None = None
    limit: int = 50
    id: int | None = None


class ClaimReport(Struct, frozen=True, gc=False, tag="claim"):
    """For moderators: claim a report, to decide it; with `on` false, release it.

    `handler`: the handler that you expect it to have, "" for none. The claim is refused if it has another one
    by now. Without `handler` you take the report over, even from another moderator.
    """

    report: ReportId
    on: bool = True
    id: int | None = None
    handler: str | None = None


class DecideReport(Struct, frozen=True, gc=False, tag="decide"):
    """For moderators: end a report, and all others of the same message.

    `decision`: `nothing` to do, `delete` the message, `mute`, `kick` or `ban` its sender, or `done` in some
    other way. Of a held message: `approve` or `reject`; `mute`, `kick` and `ban` reject it, too. `seconds`:
    how long a mute or ban lasts. Members see the `reason` of a kick or ban; others are for the audit log.
    """

    report: ReportId
    decision: str
    seconds: int | None = None
    reason: str = ""
    id: int | None = None


class GetMembers(Struct, frozen=True, gc=False, tag="members"):
    """Get the members of a room."""

    room: RoomId
    id: int | None = None


class Direct(Struct, frozen=True, gc=False, tag="direct"):
    """Open the direct conversation with a user; with a `text`, send it there."""

    to: str
    text: str | None = None
    nonce: str | None = None
    id: int | None = None


class Ping(Struct, frozen=True, gc=False, tag="ping"):
    """Check that the connection is alive."""

    id: int | None = None


class Label(Struct, frozen=True, gc=False):
    """Send a message under a self-declared label, which is not a name, without joining.

    `proof`: a JWT signed with the secret that the server shares with those who may speak.
    """

    text: str
    label: str
    proof: str = ""
    id: int | None = None


class SignIn(Struct, frozen=True, gc=False):
    """Sign in to an account with its password."""

    name: str
    password: str
    id: int | None = None


class Under(Struct, frozen=True, gc=False):
    """Run a command under a name; the first one becomes the name of the connection.

    `token`: what the connection was given when it signed in.
    """

    name: str
    token: str | None
    command: "Join | Leave | Send | Direct"
    id: int | None = None


Posting: TypeAlias = (
    Send | Edit | Erase | React | Pin | Mute | SetModerator | Kick | Ban | Describe | LimitPosting
)
# In the order of the AsyncAPI document.
Command: TypeAlias = (
    Hello
    | Join
    | Renew
    | Leave
    | Send
    | Edit
    | Erase
    | React
    | Pin
    | Mute
    | SetModerator
    | Kick
    | Ban
    | DeleteAll
    | StopDeletion
    | Describe
    | LimitPosting
    | AcceptRules
    | Write
    | MarkRead
    | GetHistory
    | GetReplies
    | Search
    | GetPins
    | GetModerators
    | GetMutes
    | GetBans
    | BanFromServer
    | UnbanFromServer
    | GetServerBans
    | GetMentions
    | Save
    | GetSaved
    | KeepUnfinished
    | GetUnfinished
    | Block
    | GetBlocked
    | GetJoinedRooms
    | SetLevel
    | GetHeld
    | GetFilters
    | AddFilter
    | ChangeFilter
    | RemoveFilter
    | TryFilter
    | Report
    | GetReports
    | ClaimReport
    | DecideReport
    | GetDeletions
    | GetMembers
    | Direct
    | Ping
    | Label
    | SignIn
    | Under
)

# The budget of `chat.budgets.RATES` that each command spends.
ACTS: Final[Mapping[type[Struct], str]] = {
    Send: "send",
    Label: "send",
    Direct: "direct",
    Edit: "edit",
    Erase: "delete",
    DeleteAll: "moderate",
    StopDeletion: "moderate",
    React: "react",
    Pin: "pin",
    Mute: "moderate",
    SetModerator: "moderate",
    Kick: "moderate",
    Ban: "moderate",
    BanFromServer: "moderate",
    UnbanFromServer: "moderate",
    AddFilter: "moderate",
    ChangeFilter: "moderate",
    RemoveFilter: "moderate",
    TryFilter: "moderate",
    Describe: "moderate",
    LimitPosting: "moderate",
    ClaimReport: "moderate",
    DecideReport: "moderate",
    Report: "report",
    Block: "block",
    KeepUnfinished: "unfinished",
    Write: "typing",
    Join: "join",
    Leave: "leave",
}
# What reaches no one, but asks the database.
ASKS: Final = frozenset({MarkRead, Renew, AcceptRules, SetLevel, Save})
