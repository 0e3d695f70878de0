"""Somebody who can stop reading, and somebody who says much to them."""

import asyncio
import contextlib
import itertools
import socket as sockets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.exceptions import ConnectionClosed

from tests.faults.prober import member
from tests.faults.records import Heard, Log
from tests.support.server import ServerProcess
from tests.support.sockets import Socket, open_socket

TEXT = "\N{GRINNING FACE}" * 3900  # 16 kB
SEGMENT = 536  # bytes in one packet, with which the kernel's buffers stay small


class Reader:
    """A member who can stop reading."""

    def __init__(self, socket: Socket, room: int) -> None:
        self.log = Log("reader", room)
        self.reading = asyncio.Event()
        self.reading.set()
        self.use(socket)

    def use(self, socket: Socket) -> None:
        """Be on this connection."""
        self._socket = socket

    async def join(self, since: int) -> None:
        """Enter the room. The answer is heard, or not, like everything else."""
        await self._socket.send(id=1000, type="join", room=self.log.room, since=since)

    @property
    def seq(self) -> int:
        """The last one that it heard."""
        return self.log.heard[-1].seq if self.log.heard else 0

    async def go_on(self) -> int:
        """Read, or not, until the connection ends; its close code."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self.reading.wait()
                frame = await self._socket.receive()
                assert frame["type"] != "error", frame
                if frame["type"] == "message":
                    self.log.heard.append(Heard(frame["seq"], frame["text"], time.time()))
        return self._socket.connection.close_code or 0


@asynccontextmanager
async def flood(app: ServerProcess, room: int, rate: float) -> AsyncIterator[asyncio.Task[None]]:
    """Somebody says much in the reader's room."""
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
    """A member for whom the kernel keeps little."""
    sock = sockets.socket()
    sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    sock.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_MAXSEG, SEGMENT)
    sock.connect(("127.0.0.1", app.port))
    options = {"subprotocols": ["wschat.v1"], "max_queue": 1, "ping_interval": None}
    async with open_socket(f"{app.ws_url}/ws", sock=sock, **options) as socket:
        await socket.hello(f"reader {room}")
        reader = Reader(socket, room)
        await reader.join(0)
        yield reader
