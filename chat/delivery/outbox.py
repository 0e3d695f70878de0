"""Output of one connection: finished frames where the server can take them, ASGI messages elsewhere.

What a slow reader gets: with more than `WSCHAT_SLOW_READER_BYTES` unsent, the outbox is full, and the hub
takes the connection out of its loop in all its rooms. Once it has drained, `chat.delivery.catchup` feeds it
from the log until it is live again. So no message is lost that the room keeps. Typing and joins of that time
are lost. If it takes no byte for `WSCHAT_SLOW_READER_SECONDS`, catch-up closes it with 4408. With answers of
four times the limit unread it is cut off at once.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, Protocol

from chat.delivery.frames import text_frame
from chat.errors import CLOSE_SLOW_READER, CloseReason

EXTENSION = "wschat.frames"
PRIVATE_CODES = 4000  # close codes from here on are an application's own

logger = logging.getLogger(__name__)


class FrameWriter(Protocol):
    """The server extension (`scope["extensions"]["wschat.frames"]`): frames go to the transport as they are.

    `descriptor` is the socket's own, to write to past the transport, but only while nothing is buffered
    there, which `on_blocked` and `on_clear` tell; None where bytes have to pass through the transport (TLS).
    `on_closing` is called before the connection ends for whatever reason.
    """

    descriptor: int | None
    on_blocked: Callable[[], None]
    on_clear: Callable[[], None]
    on_closing: Callable[[], None]

    def write(self, data: bytes) -> None: ...
    def buffered_bytes(self) -> int: ...
    def close(self, code: int, reason: str) -> None: ...
    def abort(self) -> None: ...


class Watcher(Protocol):
    """Callbacks for changes of outboxes."""

    def on_full(self, outbox: "Outbox") -> None: ...  # its reader is too slow
    def on_drained(self, outbox: "Outbox") -> None: ...
    def on_detached(self, outbox: "Outbox") -> None: ...
    def on_rerouted(self, outbox: "Outbox") -> None: ...


class Outbox:
    """One connection's way out. `full`: the reader is too slow, live frames would pile up.

    `framed` says what `write` takes: finished frames as bytes, or a list of payloads. `descriptor` is the
    hub's short cut: the socket that takes frames at the moment, None while only `write` does; the watcher
    hears when that changes.
    """

    framed: ClassVar[bool]

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.full = False
        self.closed = False
        self.closed_for: CloseReason | None = None  # as long as the server has not closed it
        self.watcher: Watcher | None = None
        self.descriptor: int | None = None
        self._corked: list[Any] | None = None
        self._corked_size = 0

    def write(self, data: Any) -> None:
        """All of the data, after what was written before."""
        if self.closed:
            return
        if self._corked is None:
            self._put_data(data)
            return
        self._corked.append(data)
        self._corked_size += len(data) if isinstance(data, bytes) else sum(map(len, data))
        if self._corked_size > self._limit:
            self._note_full()

    def send_frame(self, payload: bytes) -> None:
        """One text frame to this connection alone; it goes before what is corked."""
        raise NotImplementedError

    def cork(self) -> None:
        """Hold back what is written until `uncork`, so that an answer can be sent before it."""
        self._corked, self._corked_size = [], 0
        self._reroute()

    def uncork(self) -> None:
        """Let out what was held back."""
        held, self._corked = self._corked or [], None
        for data in held:
            self.write(data)
        if not self.closed:
            self._reroute()
            self._note_if_drained()

    def _put_data(self, data: Any) -> None:
        raise NotImplementedError

    def _reroute(self) -> None:
        """The descriptor may be another one now."""

    def _note_if_drained(self) -> None:
        """Say so if the connection is no longer full."""
        raise NotImplementedError

    def buffered_bytes(self) -> int:
        """Unsent bytes."""
        raise NotImplementedError

    def close(self, reason: CloseReason) -> None:
        """End the connection with a close frame; what was written before goes first."""
        raise NotImplementedError

    def abort(self) -> None:
        """End the connection without waiting for the reader."""
        raise NotImplementedError

    def detach(self) -> None:
        """The connection has ended: nothing may be written any more, not even by the loop that runs."""
        if not self.closed:
            self.closed = True
            # The kernel may give the same descriptor to the next connection.
            self.descriptor = None
            if self.watcher is not None:
                self.watcher.on_detached(self)

    def _note_full(self) -> None:
        if not self.full:
            self.full = True
            if self.watcher is not None:
                self.watcher.on_full(self)

    def _note_drained(self) -> None:
        if self.full:
            self.full = False
            if self.watcher is not None:
                self.watcher.on_drained(self)


class FrameOutbox(Outbox):
    """Over the server extension: bytes go straight to the socket, or to the transport while it is blocked."""

    framed = True

    def __init__(self, writer: FrameWriter, limit: int) -> None:
        super().__init__(limit)
        self._writer = writer
        self._blocked = writer.buffered_bytes() > 0
        writer.on_blocked, writer.on_clear = self._block_writes, self._allow_writes
        self._reroute()

    def _put_data(self, data: bytes) -> None:
        self._writer.write(data)
        if self._blocked and self._writer.buffered_bytes() > self._limit:
            self._note_full()

    def send_frame(self, payload: bytes) -> None:
        if self.closed:
            return
        self._put_data(text_frame(payload))
        if self.full and self._writer.buffered_bytes() > 4 * self._limit:
            self.abort()  # asks and asks, and never reads the answers

    def _block_writes(self) -> None:
        self._blocked = True
        self._reroute()

    def _allow_writes(self) -> None:
        self._blocked = False
        self._reroute()
        self._note_if_drained()

    def _reroute(self) -> None:
        if not self.closed:
            open_way = not self._blocked and self._corked is None
            self.descriptor = self._writer.descriptor if open_way else None
            if self.watcher is not None:
                self.watcher.on_rerouted(self)

    def _note_if_drained(self) -> None:
        if not self._blocked and self._corked is None:
            self._note_drained()

    def buffered_bytes(self) -> int:
        return self._writer.buffered_bytes()

    def close(self, reason: CloseReason) -> None:
        if not self.closed:
            self.closed_for = self.closed_for or reason
            self._writer.close(reason.code, reason.text)

    def abort(self) -> None:
        self._writer.abort()


class SendOutbox(Outbox):
    """Over plain ASGI `send`, for servers without the extension: a queue and one task."""

    framed = False

    def __init__(self, send: Callable[[Any], Awaitable[None]], limit: int) -> None:
        super().__init__(limit)
        self._send = send
        self._queue: deque[bytes] = deque()
        self._bytes = 0
        self._last: CloseReason | None = None  # the close frame, after what is in the queue
        self._task: asyncio.Task[None] | None = None

    def _put_data(self, payloads: Sequence[bytes]) -> None:
        if self._last is None:
            self._queue.extend(payloads)
            self._bytes += sum(map(len, payloads))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._send_queued())
        if self._last is None and self._bytes > self._limit:
            if self._bytes > 4 * self._limit:
                self.abort()
            else:
                self._note_full()

    def send_frame(self, payload: bytes) -> None:
        if not self.closed:
            self._put_data([payload])

    def buffered_bytes(self) -> int:
        return self._bytes

    def close(self, reason: CloseReason) -> None:
        if not self.closed:
            self.closed_for = self.closed_for or reason
            self._last = self._last or reason
            self._put_data(())

    def abort(self) -> None:
        """Plain ASGI cannot abort: stop sending and ask for the close."""
        self._queue.clear()
        self._last = CLOSE_SLOW_READER
        self._put_data(())

    def detach(self) -> None:
        super().detach()
        self._queue.clear()

    def _note_if_drained(self) -> None:
        # Well below the limit: at the limit itself, a slow reader would switch between both states with each
        # frame.
        if self._bytes < self._limit // 4 and self._corked is None:
            self._note_drained()

    async def _send_queued(self) -> None:
        try:
            while self._queue:
                payload = self._queue.popleft()
                await self._send({"type": "websocket.send", "text": payload.decode()})
                self._bytes -= len(payload)
                if self.full:
                    self._note_if_drained()
            if self._last is not None and not self.closed:
                self.detach()
                await self._send_close(self._last)
        except Exception as error:  # each server has its own for a client that is gone
            logger.debug("nothing more can be sent: %r", error)
            self.detach()
        finally:
            self._task = None

    async def _send_close(self, reason: CloseReason) -> None:
        message = {"type": "websocket.close", "code": reason.code, "reason": reason.text}
        try:
            await self._send(message)
        except Exception:
            if reason.code >= PRIVATE_CODES:
                raise
            # daphne takes 1000 and 3000 to 4999 alone, and would leave the connection open.
            await self._send(message | {"code": reason.code - 1000 + PRIVATE_CODES})
