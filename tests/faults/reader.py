"""A client that can stop reading, and a publisher in its room."""

import asyncio
import contextlib
import itertools
import socket as sockets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.exceptions import ConnectionClosed

from tests.faults.prober import member, until
from tests.faults.records import Heard, Log
from tests.support.server import ServerProcess
from tests.support.sockets import Socket, open_socket

TEXT = "\N{GRINNING FACE}" * 3900  # 16 kB
SEGMENT = 536  # bytes in one packet, with which the kernel's buffers stay small


class Reader:
    """A member who can stop reading. Its connections stay open until the end of `connections`."""

    def __init__(self, app: ServerProcess, room: int, connections: contextlib.AsyncExitStack) -> None:
        self.log = Log("reader", room)
        self.reading = asyncio.Event()
        self.reading.set()
        self.returns = 0
        self.running: asyncio.Task[int]  # reads; in the end it has the close code
        self._app = app
        self._connections = connections
        self._who: dict[str, str] = {}

    @property
    def seq(self) -> int:
        """The last one that it heard."""
        return self.log.heard[-1].seq if self.log.heard else 0

    async def come(self) -> None:
        """Connect, as the same one as before, and read from where it was."""
        options = {"subprotocols": ["wschat.v1"], "max_queue": 1, "ping_interval": None}
        opening = open_socket(f"{self._app.ws_url}/ws", sock=_small(self._app.port), **options)
        socket = await self._connections.enter_async_context(opening)
        hello = await socket.hello(f"reader {self.log.room}", **self._who)
        self._who = {"token": hello["session"]}
        await socket.send(id=1000, type="join", room=self.log.room, since=self.seq)
        self.running = asyncio.create_task(self._read(socket))

    async def catch_up(self, seq: int) -> None:
        """Read until it has this one; on a new connection, if the present one has ended."""

        async def there() -> bool:
            if self.running.done():
                self.running.result()
                self.returns += 1
                await self.come()
            return self.seq >= seq

        self.reading.set()
        await until(there)

    async def _read(self, socket: Socket) -> int:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self.reading.wait()
                frame = await socket.receive()
                assert frame["type"] != "error", frame
                if frame["type"] == "message":
                    self.log.heard.append(Heard(frame["seq"], frame["text"], time.time()))
        return socket.connection.close_code or 0


@asynccontextmanager
async def flood(app: ServerProcess, room: int, rate: float) -> AsyncIterator[asyncio.Task[None]]:
    """Publish a lot in the reader's room."""
    async with member(app.ws_url, f"talker {room}", room) as (socket, _):

        async def talk() -> None:
            for number in itertools.count():
                answer = await socket.ask(type="send", room=room, text=f"{number} {TEXT}")
                assert answer["type"] == "ok", answer
                socket.events.clear()
                await asyncio.sleep(1 / rate)

        talking = asyncio.create_task(talk())
        try:
            yield talking
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)


@asynccontextmanager
async def reading(app: ServerProcess, room: int) -> AsyncIterator[Reader]:
    """A reader at work."""
    async with contextlib.AsyncExitStack() as connections:
        reader = Reader(app, room, connections)
        await reader.come()
        try:
            yield reader
        finally:
            reader.running.cancel()


def _small(port: int) -> sockets.socket:
    """A connection for which the kernel keeps little, at first."""
    sock = sockets.socket()
    sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    sock.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_MAXSEG, SEGMENT)
    sock.connect(("127.0.0.1", port))
    return sock
