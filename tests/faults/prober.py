"""A client that repeats a request, and records each answer with its time."""

import asyncio
import contextlib
import itertools
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from tests.support.sockets import Frame, Socket, open_socket

PATIENCE = 10.0  # seconds, after which a question counts as not answered
PAUSE = 0.1
LIMIT = 60.0  # seconds until what has to happen is given up


async def until(true: Callable[[], Awaitable[bool]], limit: float = LIMIT) -> None:
    """Repeat a check until it is true; for this number of seconds at most."""
    async with asyncio.timeout(limit):
        while True:
            if await true():
                return
            await asyncio.sleep(PAUSE)


class Prober:
    """Says one thing after the other in a room; each again, under its nonce, until it is stored."""

    def __init__(self, socket: Socket, name: str, room: int) -> None:
        self.slowest = 0.0  # seconds until an answer came, of any kind
        self.codes: list[int] = []  # of the answers that were errors
        self.stored: list[float] = []  # when each thing was (monotonic)
        self.enough = False
        self._socket = socket
        self._name = name
        self._room = room

    async def go_on(self) -> None:
        """Until there is enough."""
        for number in itertools.count():
            await until(partial(self._stored, number), 2 * LIMIT)  # the longest fault takes one
            if self.enough:
                return
            await asyncio.sleep(PAUSE)

    async def _stored(self, number: int) -> bool:
        if (await self._ask(number)).get("type") != "ok":
            return False
        self.stored.append(time.monotonic())
        return True

    def back_at(self, since: float) -> float:
        """When something was stored for the first time after this moment; infinity if nothing was."""
        return next((at for at in self.stored if at > since), math.inf)

    async def _ask(self, number: int) -> Frame:
        before, answer = time.monotonic(), Frame()
        try:
            async with asyncio.timeout(PATIENCE):
                text = f"{self._name} {number}"
                answer = await self._socket.ask(type="send", room=self._room, text=text, nonce=text)
        except TimeoutError:
            self.slowest = math.inf
        self._socket.events.clear()
        self.slowest = max(self.slowest, time.monotonic() - before)
        if answer.get("type") == "error":
            self.codes.append(answer["code"])
        return answer


@asynccontextmanager
async def member(url: str, name: str, room: int, **fields: object) -> AsyncIterator[tuple[Socket, Frame]]:
    """A socket in a room, and the answer to its hello."""
    async with open_socket(f"{url}/ws", subprotocols=["wschat.v1"]) as socket:
        hello = await socket.hello(name, **fields)
        assert (await socket.ask(type="join", room=room))["type"] == "ok"
        yield socket, hello


@asynccontextmanager
async def probing(urls: list[str], room: int) -> AsyncIterator[list[Prober]]:
    """A prober at each address, at work. At the end all that they asked is stored."""
    async with contextlib.AsyncExitStack() as stack:
        probers = []
        for number, url in enumerate(urls):
            name = f"prober {room} {number}"
            socket, _ = await stack.enter_async_context(member(url, name, room))
            probers.append(Prober(socket, name, room))
        working = [asyncio.create_task(prober.go_on()) for prober in probers]
        try:
            yield probers
            for prober in probers:
                prober.enough = True
            await asyncio.gather(*working)
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
