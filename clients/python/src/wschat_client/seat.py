"""A client's place in one room: how far it is, what it knows of the room, who listens. No network."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from wschat_client.cursor import Cursor, logged
from wschat_client.errors import WschatError
from wschat_client.events import Event, Frame, ModeratorSet, Person, ReadMoved, RoomChanged, parse_messages
from wschat_client.feed import Feeds
from wschat_client.identity import Identity, Token
from wschat_client.state import PendingPage, RoomState


@dataclass(frozen=True, slots=True)
class RoomInfo:
    """A room as its member sees it. `moderator`: you may moderate it. `owner`: and name its moderators."""

    title: str
    description: str
    visibility: str
    locked: bool
    moderator: bool
    owner: bool = False


@dataclass(frozen=True, slots=True)
class Entrance:
    """How a room is first joined. `token` may be a coroutine function, asked before each join."""

    last: int | None = None
    since: int | None = None
    token: Token = ""


class Seat:
    """One room of a client. `direct`: a conversation of two, which is heard without a join."""

    def __init__(
        self, number: int, entrance: Entrance, feeds: Feeds, me: Identity, *, direct: bool = False
    ) -> None:
        self.number = number
        self.entrance = entrance
        self.direct = direct
        self.feeds = feeds
        self._me = me
        self.cursor = Cursor(entrance.since)
        self.state = RoomState()
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
        token = self.entrance.token
        command: Frame = {"type": "join", "room": self.number}
        if text := token if isinstance(token, str) else await token():
            command["token"] = text
        if self.cursor.seq is not None:
            command["since"] = self.cursor.seq
        elif self.entrance.last is not None:
            command["last"] = self.entrance.last
        return command

    def entered(self, answer: Frame) -> list[Event]:
        """Joined. Returns the events that had to wait for it."""
        info = answer["info"]
        self.info = RoomInfo(**{field: info[field] for field in RoomInfo.__slots__ if field in info})
        self.read = max(self.read, int(answer["read"]))
        self.unread = int(answer.get("unread", 0))
        self.failures = 0
        if messages := answer.get("messages"):
            self.state.load(parse_messages(messages), int(answer["seq"]))
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

    def rewind(self, since: int) -> None:
        """Have all after `since` again with the next join."""
        self.cursor.catch_up(since)
        self.state = RoomState()
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
        self.feeds.end(None if clean else error)
        if not self.joined.done():
            self.joined.set_exception(refused or error)
            self.joined.exception()  # the waiting caller may have gone

    def _is_me(self, person: Person) -> bool:
        return person.verified and person.name == self._me.name

    def _hand_on(self, event: Event) -> None:
        if (change := logged(event)) is not None:
            self.state.apply(change)
            for page in self._pages:
                page.note(change)
        if isinstance(event, RoomChanged) and self.info is not None:
            fields = {name: getattr(event, name) for name in ("title", "description", "visibility", "locked")}
            self.info = replace(self.info, **fields)
        elif isinstance(event, ModeratorSet) and self.info is not None and self._is_me(event.who):
            self.info = replace(self.info, moderator=event.on or self.info.owner)
        elif isinstance(event, ReadMoved):
            self.read, self.unread = max(self.read, event.upto), event.unread
        self.feeds.put(event)
