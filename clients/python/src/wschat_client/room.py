"""Rooms, the public interface."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wschat_client.core import Core
from wschat_client.errors import WschatError
from wschat_client.event_stream import EventStream
from wschat_client.events import Frame, Message, Person, parse_messages, parse_person
from wschat_client.membership import Membership, RoomInfo
from wschat_client.outbox import new_nonce


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, oldest first, as they are now. `more`: there are others in the direction asked for."""

    messages: list[Message]
    more: bool


@dataclass(frozen=True, slots=True)
class Ban:
    """A ban. `kind`: whether it is of a `name`, a `pattern` of names, or a `network`."""

    id: int
    kind: str
    name: str
    until: datetime | None
    reason: str
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mute:
    """A mute, for those who run the room. `until` is None: until further notice.

    `only`: "owner" or "staff", if you cannot lift it and they can.
    """

    name: str
    until: datetime | None
    reason: str
    only: str | None = None


def parse_mute(frame: Frame) -> Mute:
    """A mute as the server writes it."""
    until = frame["until"] and datetime.fromisoformat(frame["until"])
    return Mute(str(frame["name"]), until, str(frame["reason"]), frame.get("only"))


def parse_ban(frame: Frame) -> Ban:
    """A ban as the server writes it."""
    until = frame["until"] and datetime.fromisoformat(frame["until"])
    return Ban(
        id=int(frame["id"]),
        kind=str(frame["kind"]),
        name=str(frame["name"]),
        until=until,
        reason=str(frame["reason"]),
        note=str(frame["note"]),
        by=str(frame["by"]),
        at=datetime.fromisoformat(frame["at"]),
    )


def parse_bans(answer: Frame) -> tuple[Ban, ...]:
    """The bans in an answer of the server."""
    return tuple(map(parse_ban, answer["bans"]))


@dataclass(frozen=True, slots=True)
class Deletion:
    """The deletion of all messages of one sender. `since`: of messages from then on; None: all.

    `state`: deleting, done, stopped, refused (for the reason `refusal`), restoring or restored. `total`: None
    if they are too many to count. `restored_by`: who restores the messages, or did; "" if nobody has.
    """

    id: int
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


def parse_deletion(frame: Frame) -> Deletion:
    """A bulk deletion as the server writes it."""
    return Deletion(
        id=int(frame["id"]),
        name=str(frame["name"]),
        since=frame["since"] and datetime.fromisoformat(frame["since"]),
        at=datetime.fromisoformat(frame["at"]),
        ended_at=frame["ended_at"] and datetime.fromisoformat(frame["ended_at"]),
        state=str(frame["state"]),
        total=frame["total"],
        deleted=int(frame["deleted"]),
        restored=int(frame["restored"]),
        by=str(frame["by"]),
        reason=str(frame["reason"]),
        refusal=str(frame["refusal"]),
        restored_by=str(frame.get("restored_by", "")),
    )


@dataclass(frozen=True, slots=True)
class Moderators:
    """Who runs a room: its owner (None: only staff) and its moderators, by name."""

    owner: Person | None
    moderators: tuple[Person, ...]


class Room:
    """A room that was joined, or a conversation of two. Its coroutines survive lost connections."""

    def __init__(self, core: Core, membership: Membership) -> None:
        self._core = core
        self._membership = membership

    @property
    def id(self) -> int:
        """The room's number on the server."""
        return self._membership.number

    @property
    def info(self) -> RoomInfo | None:
        """Title, description and so on; None in a conversation that was not joined."""
        return self._membership.info

    @property
    def other(self) -> Person | None:
        """The other member of a direct conversation; None in other rooms."""
        return self._membership.other

    @property
    def messages(self) -> list[Message]:
        """The latest messages, oldest first: those that the join asked for and all since, as of `cursor`."""
        return self._membership.timeline.messages

    def message(self, seq: int) -> Message | None:
        """The message of this seq, if it is among `messages`."""
        return self._membership.timeline.get(seq)

    @property
    def cursor(self) -> int:
        """The seq of the last event handed on; `client.join(…, since=room.cursor)` goes on from there."""
        return self._membership.cursor.seq or 0

    @property
    def read_mark(self) -> int:
        """The seq up to which you have read, as far as is known here."""
        return self._membership.read

    @property
    def unread(self) -> int:
        """The number of messages of others after your read mark, as last sent by the server; 100 at most.

        It says so with each join, and when another connection of yours moves the mark.
        """
        return self._membership.unread

    @property
    def error(self) -> WschatError | None:
        """Why you are in the room no more; None as long as you are."""
        return self._membership.error

    def events(self) -> EventStream:
        """An iterator over its events, each event of the log once and in order.

        The first one begins at the join, if it is asked for before a whole queue of events has come; others,
        and a late one, begin now: what was before is in `messages`. After the last event it raises RoomEnded
        or ClientEnded, if there is a reason; after `leave` or `close` it just ends.
        """
        return self._membership.streams.open()

    async def send(self, text: str, *, reply_to: int | None = None) -> int:
        """Send a message. Returns its seq once stored. Raises CommandError if it is refused for good.

        With the code 110 the server holds the message for a moderator. Once approved, it comes as an event;
        if it is rejected, `Rejected` does.
        """
        fields: Frame = {} if reply_to is None else {"reply_to": reply_to}
        answer = await self._do("send", text=text, nonce=new_nonce(), **fields)
        return int(answer["seq"])

    async def edit(self, seq: int, text: str) -> int | None:
        """Change the text of your message. Returns the seq of the event; None if nothing changed."""
        return (await self._do("edit", target=seq, text=text)).get("seq")

    async def delete(self, seq: int, *, reason: str = "") -> int | None:
        """Delete a message. Returns the seq of the event; None if it was deleted already.

        `reason`: of a moderator, for the audit log.
        """
        return (await self._do("delete", target=seq, reason=reason)).get("seq")

    async def react(
        self, seq: int, emoji: str, *, on: bool = True, participant: int | None = None
    ) -> int | None:
        """Add an emoji to a message, or remove yours. Returns the event's seq; None if nothing changed.

        `participant`, with `on` false: whose reaction to remove, as a moderator.
        """
        whose = {} if participant is None else {"participant": participant}
        return (await self._do("react", target=seq, emoji=emoji, on=on, **whose)).get("seq")

    async def pin(self, seq: int, *, on: bool = True) -> int | None:
        """Pin or unpin a message: for moderators, and for both members of a conversation.

        Returns the seq of the event; None if nothing changed.
        """
        return (await self._do("pin", target=seq, on=on)).get("seq")

    async def mute(
        self,
        name: str,
        *,
        seconds: int | None = None,
        on: bool = True,
        reason: str = "",
        verified: bool = True,
    ) -> int | None:
        """Mute a name for some seconds or until further notice, or unmute it: for moderators.

        Returns the seq of the event; None if nothing changed. `reason`: members see it. `verified`: false
        for the name of an unverified message or member; it is refused if the name belongs to someone else.
        """
        given = {"name": name, "seconds": seconds, "on": on, "reason": reason, "verified": verified}
        return (await self._do("mute", **given)).get("seq")

    async def kick(self, name: str, *, reason: str = "", verified: bool = True) -> int:
        """Remove a member from the room: for moderators. Members see the reason. `verified`: see `mute`.

        They can come back after some seconds, without the room token that they had. Returns the event's seq.
        """
        return int((await self._do("kick", name=name, reason=reason, verified=verified))["seq"])

    async def ban(
        self,
        name: str | None = None,
        *,
        pattern: str | None = None,
        network: str | None = None,
        seconds: int | None = None,
        address: bool = False,
        reason: str = "",
        note: str = "",
        verified: bool = True,
        newcomers: bool = False,
        hold: bool = False,
    ) -> int:
        """Ban a name, a pattern of names (* is any text) or a network: for moderators.

        `seconds`: for how long; without, until further notice. `address`: with a name, the addresses that it
        is connected from, too, or else those that it came from lately. Members see the `reason`; the `note`
        is for moderators. `verified`: see `mute`. `newcomers`: instead, for this many seconds no one can join
        who was not in the room before; with `hold` they can, and their first messages wait for a moderator.

        Returns the seq of the event.
        """
        answer = await self._do(
            "ban",
            name=name,
            pattern=pattern,
            network=network,
            seconds=seconds,
            address=address,
            reason=reason,
            note=note,
            verified=verified,
            **({"newcomers": True, "hold": hold} if newcomers else {}),
        )
        return int(answer["seq"])

    async def unban(
        self,
        name: str | None = None,
        *,
        pattern: str | None = None,
        network: str | None = None,
        newcomers: bool = False,
    ) -> int | None:
        """Lift a ban: for moderators. Returns the event's seq; None if there was none."""
        extra = {"newcomers": True} if newcomers else {}
        answer = await self._do("ban", name=name, pattern=pattern, network=network, on=False, **extra)
        return answer.get("seq")

    async def mutes(self) -> tuple[Mute, ...]:
        """Who is muted in the room, by name: for moderators."""
        answer = await self._do("mutes")
        return tuple(map(parse_mute, answer["mutes"]))

    async def bans(self) -> tuple[Ban, ...]:
        """The bans of the room, the latest first: for moderators."""
        return parse_bans(await self._do("bans"))

    async def report(
        self,
        seq: int | None = None,
        *,
        name: str | None = None,
        reason: str,
        note: str = "",
        around: Sequence[int] = (),
        verified: bool = True,
    ) -> int:
        """Report a message of another, or a person by name, to those who run the room.

        `reason`: `spam`, `harassment`, `hate`, `sexual`, `illegal` or `other`. In a direct conversation staff
        see the report; `around`: the seqs of further messages to show to them. `verified`: see `mute`.

        Returns the number of the report.
        """
        answer = await self._do(
            "report",
            target=seq,
            name=name,
            reason=reason,
            note=note,
            around=list(around),
            verified=verified,
        )
        return int(answer["report"])

    async def delete_all(
        self, name: str | None = None, *, target: int | None = None, since: str, reason: str = ""
    ) -> Deletion:
        """Delete all messages of a name, or of the sender of the message `target`: for moderators.

        `since`: "hour", "day" or "all". The server has begun when this returns; `deletions` tells how far it
        is. `reason`: for the audit log.
        """
        answer = await self._do("delete_all", name=name, target=target, since=since, reason=reason)
        return parse_deletion(answer["deletion"])

    async def deletions(self) -> tuple[Deletion, ...]:
        """The bulk deletions of the last week, the latest first: for moderators."""
        return tuple(map(parse_deletion, (await self._do("deletions"))["deletions"]))

    async def stop_deletion(self, number: int) -> Deletion:
        """Stop a bulk deletion: for moderators. What is deleted so far stays deleted."""
        return parse_deletion((await self._do("stop_deletion", deletion=number))["deletion"])

    async def set_moderator(self, name: str, *, on: bool = True) -> int | None:
        """For the owner of the room, and staff: let a participant moderate it, or no longer.

        Returns the seq of the event; None if nothing changed.
        """
        return (await self._do("moderator", name=name, on=on)).get("seq")

    async def moderators(self) -> Moderators:
        """Who runs the room."""
        answer = await self._do("moderators")
        owner = None if answer["owner"] is None else parse_person(answer["owner"])
        return Moderators(owner, tuple(map(parse_person, answer["moderators"])))

    async def describe(self, description: str) -> int:
        """Change the description, if you may change the room. Returns the seq of the change."""
        return int((await self._do("describe", description=description))["seq"])

    async def limit_posting(
        self,
        *,
        slow_seconds: int | None = None,
        accounts_only: bool | None = None,
        locked: bool | None = None,
        approve_first: bool | None = None,
        rules: str | None = None,
        who_can_pin: str | None = None,
        who_can_mention_all: str | None = None,
    ) -> int | None:
        """For moderators, who can always post: limit who can post, and how often. None: as it is.

        `slow_seconds`: between two messages of a sender; 0: any number. `accounts_only`: only users with an
        account can post. `locked`: only moderators can. `approve_first`: newcomers' messages wait until
        a moderator approves one. `rules`: what others accept before they post; "": none.
        `who_can_pin`: "everyone", "moderators" or "owner". `who_can_mention_all`: the same, or "auto":
        moderators, and everyone in a small room. Returns the seq of the event; None without a change.
        """
        limits = {
            "slow_seconds": slow_seconds,
            "accounts_only": accounts_only,
            "locked": locked,
            "approve_first": approve_first,
            "rules": rules,
            "who_can_pin": who_can_pin,
            "who_can_mention_all": who_can_mention_all,
        }
        given = {name: value for name, value in limits.items() if value is not None}
        return (await self._do("posting", **given)).get("seq")

    async def accept_rules(self) -> None:
        """Accept the rules of the room, `info.rules`, as they are now. Members do that before they post."""
        info = self._membership.info
        version = 0 if info is None else info.rules_version
        await self._do("accept_rules", version=version)
        self._membership.note_accepted(version)

    async def read(self, seq: int) -> None:
        """Move your read mark forward."""
        await self._do("read", seq=seq)
        self._membership.read = max(self._membership.read, seq)

    async def mark_unread(self, seq: int) -> None:
        """Mark the message `seq`, and all that follow it, as unread."""
        await self._do("read", seq=seq - 1, back=True)
        self._membership.read = min(self._membership.read, seq - 1)

    async def members(self) -> list[Person]:
        """The members of the room, in the order in which they joined."""
        return [parse_person(frame) for frame in (await self._do("members"))["members"]]

    async def history(self, *, before: int | None = None, after: int | None = None, limit: int = 50) -> Page:
        """The latest messages before a seq, the first after one, or the latest of all; 100 at most.

        They are as of the last event handed on when this returns.
        """
        asked = {"before": before, "after": after, "limit": limit}
        fields = {name: value for name, value in asked.items() if value is not None}
        with self._membership.page() as page:
            answer = await self._do("history", **fields)
            messages = page.settle(parse_messages(answer["messages"]), int(answer["seq"]))
        return Page(messages, answer["more"] is True)

    async def replies(self, seq: int, *, after: int | None = None, limit: int = 50) -> Page:
        """The messages that reply to the message `seq`, oldest first, deleted ones included; 100 at most.

        `after`: those of them after a seq. They are as of the last event handed on when this returns.
        """
        fields = {"target": seq, "limit": limit} | ({} if after is None else {"after": after})
        with self._membership.page() as page:
            answer = await self._do("replies", **fields)
            messages = page.settle(parse_messages(answer["messages"]), int(answer["seq"]))
        return Page(messages, answer["more"] is True)

    async def search(self, text: str, *, before: int | None = None, limit: int = 50) -> Page:
        """The latest messages with all these words, or the latest of them before a seq; 100 at most."""
        fields = {} if before is None else {"before": before}
        answer = await self._do("search", text=text, limit=limit, **fields)
        return Page(parse_messages(answer["messages"]), answer["more"] is True)

    async def pins(self) -> list[Message]:
        """The messages that are pinned to the room, as they are now, the latest pin first."""
        with self._membership.page() as page:
            answer = await self._do("pins")
            messages = page.settle(parse_messages(answer["messages"]), int(answer["seq"]))
        return [message for message in messages if message.pinned]

    def typing(self) -> None:
        """Tell the other members that you are typing. Repeat it every few seconds."""
        self._core.hint(self._command("typing"), self._membership)

    async def renew(self, token: str) -> None:
        """Stay by another room token, before the last one expires (see `Expiring`)."""
        self._membership.options = replace(self._membership.options, token=token)
        await self._do("renew", token=token)

    async def leave(self) -> None:
        """Leave the room. A direct conversation cannot be left."""
        await self._core.leave(self._membership)

    def _command(self, kind: str, **fields: object) -> Frame:
        return {"type": kind, "room": self.id, **fields}

    async def _do(self, kind: str, **fields: object) -> Frame:
        return await self._core.do(self._command(kind, **fields), self._membership)
