"""Writes that bypass the transport: every byte arrives once and in order, at any speed of the socket."""

import contextlib
import socket
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.delivery.frames import text_frame
from chat.delivery.hub import Hub, LiveRoom, Subscription
from chat.delivery.outbox import FrameOutbox, Outbox
from tests.delivery.fakes import V1, RecordingOutbox, message


class Wire:
    """A socket that is not read until `drain`, and the transport above it."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.theirs.setblocking(False)
        self.ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)  # as little as the kernel can
        self.descriptor: int | None = self.ours.fileno()
        self.received = b""
        self.waiting = b""
        self.aborted = False
        self.on_blocked: Callable[[], None] = lambda: None
        self.on_clear = self.on_closing = self.on_blocked

    def write(self, data: bytes) -> None:
        was_clear = not self.waiting
        self.waiting += data
        self._flush()
        if self.waiting and was_clear:
            self.on_blocked()

    def _flush(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self.waiting:
                self.waiting = self.waiting[self.ours.send(self.waiting) :]

    def buffered_bytes(self) -> int:
        return len(self.waiting)

    def close(self, code: int, reason: str) -> None:
        raise AssertionError("nothing closes here")

    def abort(self) -> None:
        self.aborted = True

    def drain(self, size: int) -> bool:
        """Let the peer read up to `size` bytes. Returns whether there were any."""
        was_clear = not self.waiting
        with contextlib.suppress(BlockingIOError):
            read = self.theirs.recv(size)
            self.received += read
            self._flush()
            if not was_clear and not self.waiting:
                self.on_clear()
            return bool(read)
        return False

    def end(self) -> None:
        self.ours.close()
        self.theirs.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.end()


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 20_000))))
def test_reader_at_any_pace_gets_what_the_others_get(steps: list[tuple[bool, int]]) -> None:
    """A step is a message of this length to all, or this number of bytes that the slow reader reads."""
    slow, quick = Wire(), RecordingOutbox()
    hub = Hub()
    hub.open_room(LiveRoom(1, 0))
    hub.add_subscription(Subscription(1, FrameOutbox(slow, limit=10**9), V1, 1))
    hub.add_subscription(Subscription(1, quick, V1, 1))
    for seq, (talk, size) in enumerate(steps, 1):
        if talk:
            hub.deliver(1, [message(seq, text="x" * size)])
        else:
            slow.drain(size)
    while slow.drain(10**6):
        pass
    assert slow.received == b"".join(map(text_frame, quick.payloads))
    slow.end()


FILL = b"x" * 10**6


class Watching:
    """Writes down which outboxes are full."""

    def __init__(self) -> None:
        self.told: list[Outbox] = []

    def on_full(self, outbox: Outbox) -> None:
        self.told.append(outbox)

    def on_drained(self, outbox: Outbox) -> None: ...
    def on_detached(self, outbox: Outbox) -> None: ...
    def on_rerouted(self, outbox: Outbox) -> None: ...


def full(wire: Wire, limit: int) -> tuple[FrameOutbox, list[Outbox]]:
    """An outbox whose socket takes nothing more."""
    outbox = FrameOutbox(wire, limit)
    outbox.watcher = watching = Watching()
    with contextlib.suppress(BlockingIOError):
        while True:
            wire.ours.send(FILL)
    return outbox, watching.told


def test_connection_is_full_when_more_than_the_limit_waits_and_not_before(wire: Wire) -> None:
    outbox, told = full(wire, limit=10)
    outbox.write(b"x" * 10)
    assert told == []
    assert outbox.descriptor is None
    outbox.write(b"x")
    assert told == [outbox]


def test_connection_that_asks_on_and_never_reads_is_cut(wire: Wire) -> None:
    outbox, _ = full(wire, limit=10)
    outbox.send_frame(b"x" * 20)
    assert not wire.aborted
    outbox.send_frame(b"x" * 20)
    assert wire.aborted


def test_nothing_is_written_after_the_end(wire: Wire) -> None:
    outbox = FrameOutbox(wire, limit=10)
    outbox.detach()
    outbox.write(b"late")
    assert outbox.descriptor is None
    assert not wire.drain(10)
