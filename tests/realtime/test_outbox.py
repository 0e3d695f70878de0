"""The short cut past the transport: every byte arrives once and in order, whatever the socket takes."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from chat.realtime.hub import Hub, Member
from chat.realtime.outbox import FrameOutbox, Outbox
from tests.realtime.recorder import V1, message


class Wire:
    """A socket that takes `room` bytes more and then blocks, and the transport above it."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.sent = b""
        self.waiting = b""
        self.aborted = False
        self.direct: Callable[[bytes], int] | None = self._direct
        self.on_blocked: Callable[[], None] = lambda: None
        self.on_clear = self.on_closing = self.on_blocked

    def _direct(self, data: bytes) -> int:
        assert not self.waiting, "the short cut was taken past bytes that wait"
        if not self.room:
            raise BlockingIOError
        return self._take(data)

    def _take(self, data: bytes) -> int:
        taken = data[: self.room]
        self.room -= len(taken)
        self.sent += taken
        return len(taken)

    def write(self, data: bytes) -> None:
        blocked = bool(self.waiting)
        self.waiting += data
        self.waiting = self.waiting[self._take(self.waiting) :]
        if self.waiting and not blocked:
            self.on_blocked()

    def buffered(self) -> int:
        return len(self.waiting)

    def close(self, code: int, reason: str) -> None:
        raise AssertionError("nobody closes here")

    def abort(self) -> None:
        self.aborted = True

    def drain(self, room: int) -> None:
        """The peer has read: `room` bytes more go out."""
        blocked = bool(self.waiting)
        self.room += room
        self.waiting = self.waiting[self._take(self.waiting) :]
        if blocked and not self.waiting:
            self.on_clear()


@given(st.lists(st.none() | st.integers(0, 400)))
def test_reader_at_any_pace_gets_what_the_others_get(steps: list[int | None]) -> None:
    """A step is a message to all, or so many bytes that the slow one reads."""
    slow, quick = Wire(room=0), Wire(room=10**9)
    hub = Hub()
    hub.open(1, 0)
    for wire in (slow, quick):
        hub.add(Member(1, FrameOutbox(wire, limit=10**6), V1, 1))
    for seq, read in enumerate(steps, 1):
        if read is None:
            hub.deliver(1, [message(seq)])
        else:
            slow.drain(read)
    slow.drain(10**9)
    assert slow.sent == quick.sent


def full(wire: Wire, limit: int) -> tuple[FrameOutbox, list[Outbox]]:
    outbox = FrameOutbox(wire, limit)
    told: list[Outbox] = []
    outbox.on_full = lambda: told.append(outbox)
    return outbox, told


def test_connection_is_full_when_more_than_the_limit_waits_and_not_before() -> None:
    outbox, told = full(Wire(room=5), limit=10)
    outbox.write(b"x" * 15)
    assert told == []
    outbox.write(b"x")
    assert told == [outbox]


def test_connection_that_asks_on_and_never_reads_is_cut() -> None:
    wire = Wire(room=0)
    outbox, _ = full(wire, limit=10)
    outbox.send(b"x" * 20)
    assert not wire.aborted
    outbox.send(b"x" * 20)
    assert wire.aborted


def test_nothing_is_written_behind_the_end() -> None:
    wire = Wire(room=100)
    outbox, _ = full(wire, limit=10)
    outbox.detach()
    outbox.write(b"late")
    assert outbox.offer(b"late") == 4
    assert wire.sent == b""
