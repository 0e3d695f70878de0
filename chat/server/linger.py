"""The end of a connection that the peer hears of, even while it is still sending.

TCP closed with bytes unread sends a reset, which overtakes what was written last: instead of a close frame or
a 413 the peer sees a broken connection, and tries again. So the sending side is closed first, and what
still comes is read and dropped until the peer has closed, too (RFC 9112, 9.6).
"""

import asyncio
import contextlib
from typing import Any, Final, cast

IDLE_SECONDS: Final = 5.0  # without a byte: the peer is not sending any more
MOST_SECONDS: Final = 30.0
MOST_BYTES: Final = 128 * 1024 * 1024
HURRY_SECONDS: Final = 1.0  # while the server ends
# After these it rests after each read: 50 flooders that are closed at the same time have as many as 250 MB in
# the kernel, which kept the event loop busy for 0.1 seconds.
FREE_BYTES: Final = 512 * 1024
REST_SECONDS: Final = 0.05


def _drop_data(data: object) -> None:
    pass


class LingeringTransport:
    """A transport whose `close` lingers. `is_closing` and `write` do not see the difference."""

    __slots__ = ("_linger", "_transport", "write")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._linger: Linger | None = None
        self.write = transport.write  # no call in between: each frame and answer goes this way

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        """Send what was written, and the end; read on until the peer has ended as well."""
        if self.is_closing():
            return
        self.write = _drop_data
        self._linger = Linger(self._transport)

    def close_now(self) -> None:
        """Close without lingering, where nothing can be on its way."""
        self._transport.close()

    def hurry(self) -> None:
        """The server ends: if this lingers, it shall not for long."""
        if self._linger is not None:
            self._linger.hurry()

    def is_closing(self) -> bool:
        """Whether nothing may be written any more."""
        return self._linger is not None or self._transport.is_closing()

    def pause_reading(self) -> None:
        """Not while it lingers: what is not read makes the reset."""
        if self._linger is None:
            self._transport.pause_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """While it lingers the protocol hears of the end alone."""
        if self._linger is None:
            self._transport.set_protocol(protocol)
        else:
            self._linger.protocol = cast(asyncio.Protocol, protocol)


class Linger(asyncio.Protocol):
    """Stands in for the protocol of a connection until it has ended. It holds nothing of what comes."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.protocol = cast(asyncio.Protocol, transport.get_protocol())
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._left = MOST_BYTES
        self._latest = self._loop.time()
        self._until = self._latest + MOST_SECONDS
        self._timer = self._loop.call_later(IDLE_SECONDS, self._look_at_peer)
        self._rest: asyncio.TimerHandle | None = None
        transport.set_protocol(self)
        if transport.can_write_eof():  # not over TLS
            with contextlib.suppress(OSError):  # the peer has reset it; asyncio's own transports say so
                transport.write_eof()
        transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Drop it. After much of it, leave what follows for a moment."""
        self._latest = self._loop.time()
        self._left -= len(data)
        if self._left < 0:
            self._transport.abort()
        elif self._left < MOST_BYTES - FREE_BYTES:
            self._transport.pause_reading()
            self._rest = self._loop.call_later(REST_SECONDS, self._read_on)

    def hurry(self) -> None:
        """Have it over soon."""
        self._timer.cancel()
        self._timer = self._loop.call_later(HURRY_SECONDS, self._transport.close)

    def pause_writing(self) -> None:
        """Pass it on, to those who wait until they can write."""
        self.protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self.protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on the end, whichever side caused it."""
        self._timer.cancel()
        if self._rest is not None:
            self._rest.cancel()
        self.protocol.connection_lost(exc)

    def _read_on(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def _look_at_peer(self) -> None:
        """Close when nothing has come for long; abort what goes on for ever.

        A peer that only reads slowly still gets everything: the kernel gives up on one that does not read.
        """
        now = self._loop.time()
        if now >= self._until:
            self._transport.abort()
        elif (quiet := now - self._latest) >= IDLE_SECONDS:
            self._transport.close()
        else:
            self._timer = self._loop.call_later(
                min(IDLE_SECONDS - quiet, self._until - now), self._look_at_peer
            )
