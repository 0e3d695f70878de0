"""Events on their way to an iterating caller, and the brake on reading when the caller does not iterate.

A stream that holds `limit` events stops the reading from the socket; in the end the server sends events from
its log instead. One exception: while a command waits for its answer, reading goes on. Otherwise a caller that
sends between two events would wait for an answer that comes after the events it does not read. A stream that
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


class EventStream:
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

    def __aiter__(self) -> "EventStream":
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
    """Stops the reading while a stream is full, whichever room it is of."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._streams: weakref.WeakSet[EventStream] = weakref.WeakSet()
        self._change = asyncio.Event()

    def add(self, stream: EventStream) -> None:
        """Have the reading stop for this stream, too, for as long as a caller holds it."""
        self._streams.add(stream)

    def touch(self) -> None:
        """Something changed that may let the reading go on."""
        self._change.set()

    async def released(self, urgent: Callable[[], bool]) -> None:
        """Return when a frame may be read; at once if that is urgent."""
        while any(stream.full for stream in self._streams) and not urgent():
            self._change.clear()
            await self._change.wait()


class EventStreams:
    """All streams of one room or client. Streams that no caller holds are garbage-collected."""

    def __init__(self, brake: Brake) -> None:
        self._brake = brake
        self._streams: weakref.WeakSet[EventStream] = weakref.WeakSet()
        self._unclaimed: EventStream | None = None
        self._ended = False
        self._error: WschatError | None = None

    def keep_from_now(self) -> None:
        """Begin the stream that the first `open` will get."""
        self._unclaimed = self._new()

    def open(self) -> EventStream:
        """A stream from now on; the first one from `keep_from_now` on, unless that has become too much."""
        stream, self._unclaimed = self._unclaimed or self._new(), None
        if self._ended:
            stream.end(self._error)
        self._streams.add(stream)
        self._brake.add(stream)
        return stream

    def put(self, event: Event) -> None:
        """Hand an event to all of them."""
        for stream in list(self._streams):
            stream.put(event)
        if self._unclaimed is not None:
            self._unclaimed.put(event)
            if self._unclaimed.full:  # no caller seems to want it, and it must not stop the reading
                self._unclaimed = None

    def end(self, error: WschatError | None = None) -> None:
        """Nothing follows, for those that are opened later either."""
        self._ended, self._error = True, error
        for stream in list(self._streams):
            stream.end(error)

    def _new(self) -> EventStream:
        return EventStream(self._brake.limit, self._brake.touch)
