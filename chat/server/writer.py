"""The frame extension of one connection, which the application finds in its scope."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from chat.server.handover import FrameReceiver


class Connection(Protocol):
    """What a writer needs of its connection."""

    transport: asyncio.Transport

    def close(self, code: int, reason: str) -> None: ...
    def abort(self) -> None: ...
    def start_handover(self, receiver: FrameReceiver) -> None: ...
    def stop_keepalive(self) -> None: ...


def _do_nothing() -> None:
    pass


class TransportWriter:
    """The frame extension of one connection: see `chat.delivery.outbox.FrameWriter`."""

    __slots__ = ("_protocol", "descriptor", "on_blocked", "on_clear", "on_closing", "write")

    def __init__(self, protocol: Connection) -> None:
        transport = protocol.transport
        # A byte in the buffer pauses the protocol, an empty one resumes it. While it is empty, bytes may pass
        # the transport by: that takes a quarter off the time of a broadcast.
        transport.set_write_buffer_limits(high=0)
        self._protocol = protocol
        self.write: Callable[[bytes], None] = transport.write
        self.descriptor: int | None = None
        if transport.get_extra_info("sslcontext") is None:
            self.descriptor = transport.get_extra_info("socket").fileno()
        self.on_blocked: Callable[[], None] = _do_nothing
        self.on_clear: Callable[[], None] = _do_nothing
        self.on_closing: Callable[[], None] = _do_nothing

    def buffered_bytes(self) -> int:
        """Unsent bytes."""
        return self._protocol.transport.get_write_buffer_size()

    def close(self, code: int, reason: str) -> None:
        """Send a close frame after what was written, and abort if the peer does not answer it."""
        self._protocol.close(code, reason)

    def abort(self) -> None:
        """End the connection at once, unsent bytes and all."""
        self._protocol.abort()

    def hand_over(self, receiver: FrameReceiver) -> None:
        """Pass frames to the receiver from now on; the application may return."""
        self._protocol.start_handover(receiver)

    def stop_pings(self) -> None:
        """Send no pings. If the peer is gone, the kernel finds out: see `chat.server.address`."""
        self._protocol.stop_keepalive()
