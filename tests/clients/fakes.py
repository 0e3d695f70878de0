"""A server that does what a test says, frame by frame, and a proxy that cuts connections."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

PATIENCE = 10.0
AT = "2026-11-21T04:59:48.565171Z"
Frame = dict[str, Any]


class Peer:
    """The server's end of one connection."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket

    async def expect(self, kind: str) -> Frame:
        """The next command, which has to be of this type."""
        async with asyncio.timeout(PATIENCE):
            frame: Frame = json.loads(await self.socket.recv())
        assert frame["type"] == kind, frame
        return frame

    async def say(self, **fields: Any) -> None:
        await self.socket.send(json.dumps(fields))

    async def ok(self, command: Frame, **fields: Any) -> None:
        await self.say(type="ok", id=command["id"], **fields)

    async def refuse(self, command: Frame, code: int, *, retry: bool = False, **fields: Any) -> None:
        told = {"type": "error", "id": command["id"], "code": code, "error": f"error {code}", "field": ""}
        await self.say(**told, detail="", retry=retry, **fields)

    async def message(self, seq: int, text: str, *, room: int = 1, **fields: Any) -> None:
        sender = {"name": "bob", "color": "", "verified": True}
        await self.say(type="message", room=room, seq=seq, at=AT, sender=sender, text=text, **fields)

    async def greet(self, *directs: Frame, session: str | None = "the-session") -> Frame:
        """Answer the hello; what it was."""
        hello = await self.expect("hello")
        given = {} if session is None else {"session": session}
        who = {"name": hello.get("name", "ann"), "color": "", "participant": 7, "account": session is None}
        await self.ok(hello, **who, **given, directs=list(directs))
        return hello

    async def let_in(self, seq: int = 0, **fields: Any) -> Frame:
        """Answer the next join; what it was."""
        join = await self.expect("join")
        await self.ok(join, seq=seq, info=INFO, members=[], read=0, **fields)
        return join

    async def close(self, code: int) -> None:
        await self.socket.close(code)

    def cut(self) -> None:
        self.socket.transport.abort()


INFO = {"title": "Talk", "description": "", "visibility": "public", "locked": False, "moderator": False}


class FakeServer:
    """Listens on a free port. `accept` returns the peers of those who connect, one after the other."""

    def __init__(self) -> None:
        self.url = ""
        self._peers: asyncio.Queue[Peer] = asyncio.Queue()

    async def accept(self) -> Peer:
        async with asyncio.timeout(PATIENCE):
            return await self._peers.get()

    async def handle(self, socket: ServerConnection) -> None:
        self._peers.put_nowait(Peer(socket))
        await socket.wait_closed()


@contextlib.asynccontextmanager
async def fake_server(**options: Any) -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    options = {"subprotocols": ["wschat.v1"], "compression": None, "close_timeout": 1, **options}
    async with serve(fake.handle, "127.0.0.1", 0, **options) as server:
        fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield fake


class Budget:
    """Bytes that a connection may carry, in both directions together."""

    def __init__(self, left: int | None) -> None:
        self.left = left

    def spent(self, count: int) -> bool:
        """Whether these are too many."""
        if self.left is not None:
            self.left -= count
        return self.left is not None and self.left < 0


class Proxy:
    """Passes bytes on to a port. `budgets` says after how many bytes each connection is cut; None: never."""

    def __init__(self, target: int, budgets: Callable[[], int | None] = lambda: None) -> None:
        self.target = target
        self.budgets = budgets
        self.url = ""
        self.cuts = 0
        self.refusing = False
        self._live: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Cut all connections at once, without a word."""
        for writer in list(self._live):
            writer.transport.abort()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.refusing:
                raise ConnectionRefusedError
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, far_writer}
        self._live |= pair
        budget = Budget(self.budgets())

        async def pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while chunk := await source.read(1024):
                    if budget.spent(len(chunk)):
                        sink.write(chunk[: len(chunk) // 2])  # in the middle of a frame
                        self.cuts += 1
                        break
                    sink.write(chunk)
                    await sink.drain()
            for end in pair:
                end.transport.abort()

        await asyncio.gather(pass_on(reader, far_writer), pass_on(far_reader, writer))
        self._live -= pair


@contextlib.asynccontextmanager
async def proxy(target: int, budgets: Callable[[], int | None] = lambda: None) -> AsyncIterator[Proxy]:
    between = Proxy(target, budgets)
    server = await asyncio.start_server(between.handle, "127.0.0.1", 0)
    between.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield between
    finally:
        server.close()
        between.cut()
        await server.wait_closed()


def some_cuts(count: int, seed: int) -> Callable[[], int | None]:
    """Budgets that cut the first `count` connections, each at another place, and no other."""
    chance = random.Random(seed)
    budgets = [chance.randint(200, 6000) for _ in range(count)]
    return lambda: budgets.pop() if budgets else None
