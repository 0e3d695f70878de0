"""A server that a test controls frame by frame."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
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
        """The next command, which must have this type."""
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

    async def greet(
        self, *directs: Frame, session: str | None = "the-session", more: Frame | None = None
    ) -> Frame:
        """Answer the hello. Returns it."""
        hello = await self.expect("hello")
        given = {} if session is None else {"session": session}
        who = {"name": hello.get("name", "ann"), "color": "", "participant": 7, "account": session is None}
        await self.ok(hello, **who, **given, **(more or {}), directs=list(directs))
        return hello

    async def let_in(self, seq: int = 0, **fields: Any) -> Frame:
        """Answer the next join. Returns it."""
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
