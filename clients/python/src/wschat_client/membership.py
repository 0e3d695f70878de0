"""A client's membership in one room: its cursor, timeline and event streams. No network."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from wschat_client.cursor import Cursor, logged
from wschat_client.errors import WschatError
from wschat_client.event_stream import EventStreams
from wschat_client.events import (
    Event,
    Frame,
    ModeratorSet,
    Muted,
    Person,
    ReadMoved,
    Reset,
    RoomChanged,
    RulesAccepted,
    parse_messages,
)
from wschat_client.identity import Identity, Token
from wschat_client.timeline import PendingPage, Timeline

MOST_AT_ONCE: Final = 100  # messages in one answer
_CHANGED: Final = (
    "title",
    "description",
    "visibility",
    "locked",
    "slow_seconds",
    "accounts_only",
    "approve_first",
    "rules",
    "rules_version",
    "who_can_pin",
    "who_can_mention_all",
)


@dataclass(frozen=True, slots=True)
class OwnMute:
    """You are muted `until` then; None: until further notice."""

    until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class RoomInfo:
    """A room as its member sees it. `moderator`: you may moderate it. `owner`: and name its moderators.

    `slow_seconds`: between two messages of a sender; 0: any number. `accounts_only`: only users with an
    account can post. `approve_first`: newcomers' messages wait until a moderator approves one. `rules`: what
    members accept before they post (see `Room.accept_rules`), if there are any. `muted`: you are. Moderators
    can always post. `who_can_pin`, `who_can_mention_all`: as `Room.limit_posting` has them.
    """

    title: str
    description: str
    visibility: str
    locked: bool
    moderator: bool
    owner: bool = False
    slow_seconds: int = 0
    accounts_only: bool = False
    approve_first: bool = False
    rules: str = ""
    rules_version: int = 0
    rules_accepted: bool = False
    muted: OwnMute | None = None
    who_can_pin: str = "moderators"
    who_can_mention_all: str = "auto"


@dataclass(frozen=True, slots=True)
class JoinOptions:
    """How a room is first joined. `token` may be a coroutine function, asked before each join.

    `epoch`: the one that `since` is of, if that is known.
    """

    last: int | None = None
    since: int | None = None
    token: Token = ""
    epoch: str = ""


class Membership:
    """One room of a client. `direct`: a conversation of two, which is heard without a join."""

    def __init__(
        self, number: int, options: JoinOptions, streams: EventStreams, me: Identity, *, direct: bool = False
    ) -> None:
        self.number = number
        self.options = options
        self.direct = direct
        self.streams = streams
        self._me = me
        self.cursor = Cursor(options.since)
        self._epoch = options.epoch  # that the cursor is of
        self.timeline = Timeline()
        self.info: RoomInfo | None = None
        self.other: Person | None = None
        self.read = 0
        self.unread = 0  # when the server said so last
        self.failures = 0  # of joins, since the last that worked
        self.error: WschatError | None = None  # why it is over
        self._pages: set[PendingPage] = set()
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if direct:
            self.joined.set_result(None)

    async def join_command(self) -> Frame:
        """The command that joins: as asked for at first, then from the last event on."""
        token = self.options.token
        command: Frame = {"type": "join", "room": self.number}
        if text := token if isinstance(token, str) else await token():
            command["token"] = text
        if self.cursor.seq is not None:
            command["since"] = self.cursor.seq
            if self._epoch:
                command["epoch"] = self._epoch
        elif self.options.last is not None:
            command["last"] = self.options.last
        return command

    def entered(self, answer: Frame) -> list[Event]:
        """Joined. Returns the events that had to wait for it."""
        info = answer["info"]
        known = {field: info[field] for field in RoomInfo.__slots__ if field in info}
        if muted := known.get("muted"):
            until = muted["until"] and datetime.fromisoformat(muted["until"])
            known["muted"] = OwnMute(until, muted["reason"])
        self.info = RoomInfo(**known)
        self.read = int(answer["read"])
        self.unread = int(answer.get("unread", 0))
        self.failures = 0
        self._epoch = self._me.epoch
        if messages := answer.get("messages"):
            self.timeline.load(parse_messages(messages), int(answer["seq"]))
        waiting = self.cursor.joined(int(answer["seq"]))
        for event in waiting:
            self._hand_on(event)
        if not self.joined.done():
            self.joined.set_result(None)
        return waiting

    def receive(self, event: Event) -> list[Event]:
        """An event of the room came. Returns what is handed on now."""
        handed = self.cursor.take(event)
        for each in handed:
            self._hand_on(each)
        return handed

    def reset(self, seq: int | None = None) -> Reset:
        """Know nothing, but that the room is at `seq`: it has another history. Returns what tells of it."""
        if seq is None and self.options.last is None and self.options.since is not None:
            self.options = replace(self.options, last=MOST_AT_ONCE, since=None)
        self.cursor, self._epoch = Cursor(seq), self._me.epoch
        self.timeline = Timeline()
        self.read = self.unread = 0
        event = Reset(self.number, datetime.now(UTC))
        self.streams.put(event)
        return event

    def rewind(self, since: int) -> None:
        """Have all after `since` again with the next join."""
        self.cursor.catch_up(since)
        self.timeline = Timeline()
        self.joined = asyncio.get_running_loop().create_future()

    @contextlib.contextmanager
    def page(self) -> Iterator[PendingPage]:
        """A page that is asked for now: what happens until it is here is noted in it."""
        page = PendingPage()
        self._pages.add(page)
        try:
            yield page
        finally:
            self._pages.discard(page)

    def end(self, error: WschatError, *, clean: bool = False, refused: WschatError | None = None) -> None:
        """The room is over: for its iterators with this error, unless `clean`.

        `refused`: the error for callers that wait for the first join.
        """
        self.error = error
        self.streams.end(None if clean else error)
        if not self.joined.done():
            self.joined.set_exception(refused or error)
            self.joined.exception()  # the waiting caller may have gone

    def note_accepted(self, version: int) -> None:
        """The rules of this version are accepted."""
        if self.info is not None and self.info.rules_version == version:
            self.info = replace(self.info, rules_accepted=True)

    def _is_me(self, person: Person) -> bool:
        return person.verified and person.name == self._me.name

    def _hand_on(self, event: Event) -> None:
        if (change := logged(event)) is not None:
            self.timeline.apply(change)
            for page in self._pages:
                page.note(change)
        if isinstance(event, RoomChanged) and self.info is not None:
            same = self.info.rules_version == event.rules_version
            changed = {name: getattr(event, name) for name in _CHANGED}
            self.info = replace(self.info, **changed, rules_accepted=self.info.rules_accepted and same)
        elif isinstance(event, ModeratorSet) and self.info is not None and self._is_me(event.who):
            self.info = replace(self.info, moderator=event.on or self.info.owner)
        elif isinstance(event, Muted) and self.info is not None and event.name == self._me.name:
            muted = OwnMute(event.until, event.reason) if event.on else None
            self.info = replace(self.info, muted=muted)
        elif isinstance(event, RulesAccepted):
            self.note_accepted(event.version)
        elif isinstance(event, ReadMoved):
            self.read = event.seq if event.back else max(self.read, event.seq)
            self.unread = event.unread
        self.streams.put(event)
