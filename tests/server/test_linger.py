"""A connection that is closed reads on for a while, and not for ever."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from chat.server import linger
from chat.server.linger import Linger, LingeringTransport

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
LAST = b"the last word"


class Curt(asyncio.Protocol):
    """Answers and closes at the first byte."""

    def __init__(self, ended: "asyncio.Queue[Exception | None]") -> None:
        self.ended = ended

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = LingeringTransport(transport)

    def data_received(self, data: bytes) -> None:
        assert not self.transport.is_closing()  # else it would hear nothing any more
        self.transport.pause_reading()
        self.transport.write(LAST)
        self.transport.close()
        self.transport.close()
        self.transport.pause_reading()
        self.transport.write(b"too late")
        assert self.transport.is_closing()

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.put_nowait(exc)


@pytest.fixture
async def ended() -> "asyncio.Queue[Exception | None]":
    """The ends that the protocol has heard of."""
    return asyncio.Queue()


@pytest.fixture
async def connect(ended: "asyncio.Queue[Exception | None]"):
    server = await asyncio.get_running_loop().create_server(lambda: Curt(ended), "127.0.0.1", 0)
    writers: list[asyncio.StreamWriter] = []

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writers.append(writer)
        writer.write(b"hello")
        async with asyncio.timeout(10):
            assert await reader.read() == LAST  # and the end of what it sends
        return reader, writer

    async with server:
        yield connect
        for writer in writers:
            writer.close()


async def over(ended: "asyncio.Queue[Exception | None]") -> None:
    async with asyncio.timeout(10):
        await ended.get()


async def test_lingering_ends_when_the_peer_closes(
    connect: Connect, ended: "asyncio.Queue[Exception | None]"
):
    _, writer = await connect()
    for _ in range(100):
        writer.write(b"x" * 100_000)
        await writer.drain()
    assert ended.empty()
    writer.close()
    await over(ended)


async def test_peer_that_is_silent_and_never_closes_is_cut(
    connect: Connect, ended: "asyncio.Queue[Exception | None]", monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(linger, "IDLE_SECONDS", 0.05)
    await connect()
    await over(ended)


async def test_peer_that_sends_now_and_then_is_cut(
    connect: Connect, ended: "asyncio.Queue[Exception | None]", monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(linger, "IDLE_SECONDS", 0.1)
    monkeypatch.setattr(linger, "MOST_SECONDS", 0.3)
    _, writer = await connect()
    cut = asyncio.create_task(over(ended))
    sent = 0
    while not cut.done():
        writer.write(b"x")
        sent += 1
        await asyncio.wait([cut], timeout=0.02)
    await cut
    assert sent > 5  # it was not for silence


async def test_peer_that_sends_without_end_is_cut(
    connect: Connect, ended: "asyncio.Queue[Exception | None]", monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(linger, "MOST_BYTES", 1_000_000)
    _, writer = await connect()
    with contextlib.suppress(ConnectionError):
        for _ in range(10_000):  # 100 MB
            writer.write(b"x" * 10_000)
            await writer.drain()
        raise AssertionError("it is read without end")
    await over(ended)


class Transport(asyncio.Transport):
    """Says whether it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.reading: asyncio.Queue[bool] = asyncio.Queue()
        self._protocol: asyncio.BaseProtocol = asyncio.Protocol()

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def can_write_eof(self) -> bool:
        return False

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.reading.put_nowait(False)

    def resume_reading(self) -> None:
        self.reading.put_nowait(True)


async def test_what_a_flooder_has_sent_is_dropped_in_parts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(linger, "REST_SECONDS", 0.001)
    transport = Transport()
    lingering = Linger(transport)
    assert transport.reading.get_nowait()
    lingering.data_received(b"x" * linger.FREE_BYTES)
    assert transport.reading.empty()  # an end that follows is heard at once
    lingering.data_received(b"x")
    assert not transport.reading.get_nowait()
    assert transport.reading.empty()  # others have their turn
    async with asyncio.timeout(10):
        assert await transport.reading.get()
    lingering.connection_lost(None)


async def test_connection_that_has_ended_is_not_read_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(linger, "REST_SECONDS", 0.001)
    transport = Transport()
    lingering = Linger(transport)
    lingering.data_received(b"x" * (linger.FREE_BYTES + 1))
    lingering.connection_lost(None)
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(0.002, passed.set)
    await passed.wait()
    assert [transport.reading.get_nowait() for _ in range(transport.reading.qsize())] == [True, False]
