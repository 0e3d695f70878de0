"""Arrivals and departures: they go to the presence log, and what came of them to the rooms.

It takes long to announce them in a large room. They are gathered for ten times as long as it took to announce
the last ones: a single arrival is announced at once, and a storm of them takes a tenth of the time.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from chat.delivery.audience import Subscription
from chat.delivery.hub import Hub, LiveRoom
from chat.errors import ChatError
from chat.events import Event, Joined, Left
from chat.log.presence import presence
from chat.presence import Arrival, Departure, Move, Moved

RETRY_SECONDS: Final = 1.0
SHARE: Final = 10  # how many times as long as an announcement took the next one waits
LONGEST_WAIT: Final = 0.25  # seconds


class Presence:
    """Moves members into rooms and out of them, and has that announced.

    `publish` takes the announcements to this and the other processes, `announce_now` has those of this
    process told without further wait; `open_room` makes a room live.
    """

    def __init__(
        self,
        hub: Hub,
        publish: Callable[[Sequence[Event]], None],
        announce_now: Callable[[], None],
        open_room: Callable[[int], Awaitable[LiveRoom]],
    ) -> None:
        self._hub = hub
        self._publish = publish
        self._announce_now = announce_now
        self._open_room = open_room
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[uuid.UUID, tuple[asyncio.Future[Moved], Subscription | None]] = {}

    async def add_member(self, move: Arrival, subscription: Subscription | None = None) -> Moved:
        """Add a member to a room and announce it. `subscription` hears what comes after that."""
        if subscription is not None:
            await self._open_room(move.room)
        moved: asyncio.Future[Moved] = self._loop.create_future()
        presence.submit_move(move)
        self._waiting[move.member] = moved, subscription
        result = await moved
        if subscription is not None and result.error is None and not self._hub.has_subscription(subscription):
            await self._open_room(move.room)  # it was closed meanwhile, as it was empty
            self._hub.add_subscription(subscription)
        return result

    def remove_member(self, move: Departure) -> None:
        """Remove a member from a room and announce it."""
        try:
            presence.submit_move(move)
        except ChatError:
            self._depart_later(move)

    def note_activity(self, member: uuid.UUID, at: datetime) -> None:
        """Note a member's last activity."""
        presence.submit_activity(member, at)

    def on_moves(self, moves: Sequence[Move], results: Sequence[Moved]) -> None:
        """Take what came of moves, in the presence log's thread."""
        self._loop.call_soon_threadsafe(self._finish_moves, moves, results)

    def _finish_moves(self, moves: Sequence[Move], results: Sequence[Moved]) -> None:
        news: list[Event] = []
        for move, result in zip(moves, results, strict=True):
            if result.news:
                kind = Joined if isinstance(move, Arrival) else Left
                news.append(kind(move.room, move.at, move.who))
            if isinstance(move, Arrival):
                waiting, subscription = self._waiting.pop(move.member, (None, None))
                if subscription is not None and result.error is None and move.room in self._hub.rooms:
                    self._publish(news)  # the newcomer does not hear it: so far, it was not there
                    self._announce_now()
                    news = []
                    self._hub.add_subscription(subscription)
                if waiting is not None and not waiting.done():
                    waiting.set_result(result)
            elif result.error is not None:
                self._depart_later(move)
        self._publish(news)

    def _depart_later(self, move: Departure) -> None:
        """Try again after the database refused a departure: else there would be a ghost in the room."""
        self._loop.call_later(RETRY_SECONDS, self.remove_member, move)


class Announcements:
    """Arrivals and departures that wait to be announced to the members in this process by `deliver`."""

    def __init__(self, deliver: Callable[[Sequence[Event]], None]) -> None:
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Event] = []
        self._not_before = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def add_news(self, news: Sequence[Event]) -> None:
        """Announce these as soon as it is time."""
        self._waiting += news
        wait = self._not_before - self._loop.time()
        if wait <= 0:
            self.announce_now()
        elif self._waiting and self._timer is None:
            self._timer = self._loop.call_later(wait, self.announce_now)

    def announce_now(self) -> None:
        """Announce what waits now, since something else is about to be delivered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            news, self._waiting = self._waiting, []
            began = self._loop.time()
            self._deliver(news)
            now = self._loop.time()
            self._not_before = now + min(SHARE * (now - began), LONGEST_WAIT)
