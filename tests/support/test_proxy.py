"""The proxy does to connections what it is told, and nothing else."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from tests.support.proxy import FaultProxy

PATIENCE = 10
Dial = Callable[[], Awaitable["Line"]]


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """The port of a server that says what it is told."""

    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(100):
                writer.write(data)
        finally:
            writer.close()

    async with await asyncio.start_server(repeat, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
def proxy(echo: int) -> Iterator[FaultProxy]:
    with FaultProxy(echo) as proxy:
        yield proxy


class Line:
    """One connection through the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def hears(self, size: int = 5) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readexactly(size)

    async def says(self, text: bytes) -> bytes:
        self.writer.write(text)
        return await self.hears(len(text))


@pytest.fixture
async def dial(proxy: FaultProxy) -> AsyncIterator[Dial]:
    """dial() -> Line, which is closed at the end."""
    lines: list[Line] = []

    async def dial() -> Line:
        lines.append(Line(*await asyncio.open_connection("127.0.0.1", proxy.port)))
        return lines[-1]

    yield dial
    for line in lines:
        line.writer.transport.abort()


async def test_carries_bytes(dial: Dial):
    assert await (await dial()).says(b"hello") == b"hello"


async def test_cuts_one_connection_and_not_the_others(proxy: FaultProxy, dial: Dial):
    lines = [await dial() for _ in range(2)]
    for line in lines:
        await line.says(b"hello")
    proxy.cut(proxy.links[0])
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await lines[0].hears()
    assert await lines[1].says(b"again") == b"again"


async def test_black_hole_stays_open_and_lets_all_through_when_it_is_over(proxy: FaultProxy, dial: Dial):
    old = await dial()
    await old.says(b"hello")
    proxy.hold()
    new = await dial()
    for line in (old, new):
        line.writer.write(b"later")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(line.reader.read(1), 0.05)
    proxy.release()
    assert [await line.hears() for line in (old, new)] == [b"later", b"later"]


async def test_holds_one_connection_and_not_the_others(proxy: FaultProxy, dial: Dial):
    lines = [await dial() for _ in range(2)]
    for line in lines:
        await line.says(b"hello")
    proxy.hold(proxy.links[0])
    lines[0].writer.write(b"later")
    assert await lines[1].says(b"there") == b"there"
    proxy.release(proxy.links[0])
    assert await lines[0].hears() == b"later"


async def test_delays(proxy: FaultProxy, dial: Dial):
    line = await dial()
    proxy.delay = 0.05
    before = time.monotonic()
    assert await line.says(b"hello") == b"hello"
    assert time.monotonic() - before >= 0.1


async def test_refuses(proxy: FaultProxy, dial: Dial):
    proxy.refusing = True
    line = await dial()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await line.says(b"hello")


def test_ends_while_connections_are_being_opened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, FaultProxy(silent.getsockname()[1]) as proxy:
        connections = [socket.create_connection(("127.0.0.1", proxy.port)) for _ in range(20)]
    for connection in connections:
        connection.close()
