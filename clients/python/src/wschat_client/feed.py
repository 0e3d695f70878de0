"""Events on their way to an iterating caller, and the brake on reading when the caller does not iterate.

A feed that holds `limit` events stops the reading from the socket, which in the end makes the server feed us
from its log. There is one exception: while a command waits for its answer, reading goes on, or a caller who
sends between two events would wait for an answer that comes after the events they do not read. A feed that
grows to `HARD` times its limit that way is ended with Overflow.
"""

import asyncio
import weakref
from collections import deque
from collections.abc import Callable
from typing import Final

from wschat_client.errors import Overflow, WschatError
from wschat_client.events import Event

HARD: Final = 10


class Feed:
    """An async iterator over events. It ends when its room or client does; with an error if that had one.

    Dropping it, or `close`, ends the subscription.
    """

    def __init__(self, limit: int, on_change: Callable[[], None] = lambda: None) -> None:
        self._limit = limit
        self._on_change = on_change  # called when there is room again
        self._events: deque[Event] = deque()
        self._news = asyncio.Event()
        self._ended = False
        self._error: WschatError | None = None
        weakref.finalize(self, on_change).atexit = False

    def __aiter__(self) -> "Feed":
        return self

    async def __anext__(self) -> Event:
        while not self._events:
            if self._ended:
                raise self._error or StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        event = self._events.popleft()
        if len(self._events) == self._limit - 1:
            self._on_change()
        return event

    @property
    def full(self) -> bool:
        """Whether it holds as much as it should."""
        return not self._ended and len(self._events) >= self._limit

    def put(self, event: Event) -> None:
        """One more event."""
        if self._ended:
            return
        self._events.append(event)
        self._news.set()
        if len(self._events) >= HARD * self._limit:
            self.end(Overflow(f"{len(self._events)} events were not read; those after them are not kept"))

    def end(self, error: WschatError | None = None) -> None:
        """Nothing follows; what is there can still be read."""
        if not self._ended:
            self._ended, self._error = True, error
            self._news.set()
            self._on_change()

    def close(self) -> None:
        """Stop, and drop what was not read."""
        self._events.clear()
        self.end()


class Brake:
    """Stops the reading while a feed is full, whichever room it is of."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._feeds: weakref.WeakSet[Feed] = weakref.WeakSet()
        self._change = asyncio.Event()

    def add(self, feed: Feed) -> None:
        """Have the reading stop for this feed, too, for as long as a caller holds it."""
        self._feeds.add(feed)

    def touch(self) -> None:
        """Something changed that may let the reading go on."""
        self._change.set()

    async def released(self, urgent: Callable[[], bool]) -> None:
        """Return when a frame may be read; at once if that is urgent."""
        while any(feed.full for feed in self._feeds) and not urgent():
            self._change.clear()
            await self._change.wait()


class Feeds:
    """All feeds of one room or client. Feeds that no caller holds are garbage-collected."""

    def __init__(self, brake: Brake) -> None:
        self._brake = brake
        self._feeds: weakref.WeakSet[Feed] = weakref.WeakSet()
        self._unclaimed: Feed | None = None
        self._ended = False
        self._error: WschatError | None = None

    def keep_from_now(self) -> None:
        """Begin the feed that the first `open` will get."""
        self._unclaimed = self._new()

    def open(self) -> Feed:
        """A feed from now on; the first one from `keep_from_now` on, unless that has become too much."""
        feed, self._unclaimed = self._unclaimed or self._new(), None
        if self._ended:
            feed.end(self._error)
        self._feeds.add(feed)
        self._brake.add(feed)
        return feed

    def put(self, event: Event) -> None:
        """Hand an event to all of them."""
        for feed in list(self._feeds):
            feed.put(event)
        if self._unclaimed is not None:
            self._unclaimed.put(event)
            if self._unclaimed.full:  # no caller seems to want it, and it must not stop the reading
                self._unclaimed = None

    def end(self, error: WschatError | None = None) -> None:
        """Nothing follows, for those that are opened later either."""
        self._ended, self._error = True, error
        for feed in list(self._feeds):
            feed.end(error)

    def _new(self) -> Feed:
        return Feed(self._brake.limit, self._brake.touch)
