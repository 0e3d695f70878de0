"""A network that fails: a TCP proxy that cuts, holds and delays what it carries."""

import asyncio
import contextlib
import random
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Self

SLICE = 1024  # bytes that are carried at once: cuts fall into the middle of a frame


class Link:
    """One connection through the proxy."""

    def __init__(self, ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter], left: int) -> None:
        self.ends = ends
        self.left = left  # bytes until it is due for a cut
        self.flowing = asyncio.Event()
        self.flowing.set()

    def cut(self) -> None:
        """End it at both sides, without a word."""
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.transport.abort()


class FaultProxy:
    """In front of a port of 127.0.0.1, on a thread of its own. It harms nothing until it is told to.

    with FaultProxy(server.port) as proxy:
        proxy.cut_often(20)

    `delay`: seconds before each slice is carried on. `refusing`: new connections are cut at once.
    `without_websockets`: those that ask for one are cut. `cuts` counts those of `cut_often`.
    """

    def __init__(self, port: int, seed: int = 1) -> None:
        self.delay = 0.0
        self.refusing = False
        self.without_websockets = False
        self.cuts = 0
        self._to = port
        self._random = random.Random(seed)
        self._cuts_left = 0
        self._holding = False
        self._ended = False
        self._links: list[Link] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._call(lambda: asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=2048))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *exception: object) -> None:
        self._call(self._stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def links(self) -> list[Link]:
        """The open connections, oldest first: numbers of them can be cut or held alone."""
        return list(self._links)

    def cut_often(self, times: int) -> None:
        """Cut connections `times` times, each after a random number of bytes that it has carried."""
        self._cuts_left = times

    def cut(self, *links: Link) -> None:
        """Cut these connections now, or all."""
        self._each(links, Link.cut)

    def hold(self, *links: Link) -> None:
        """Become a black hole for these connections, or for all and new ones: open, and nothing gets through.

        As TCP has it, what was sent meanwhile arrives after `release`.
        """
        self._holding = self._holding or not links
        self._each(links, lambda link: link.flowing.clear())

    def release(self, *links: Link) -> None:
        """Carry on."""
        self._holding = self._holding and bool(links)
        self._each(links, lambda link: link.flowing.set())

    def _each(self, links: tuple[Link, ...], act: Callable[[Link], None]) -> None:
        async def act_on_all() -> None:
            for link in links or self.links:
                act(link)

        self._call(act_on_all)

    async def _stop(self) -> None:
        self._ended = True
        self._holding = False
        for link in self.links:
            link.cut()
            link.flowing.set()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.gather(*others, return_exceptions=True)
        self._server.close()  # only now: asyncio leaves open what it accepts just before that
        await asyncio.sleep(0)  # transports that were aborted close in the next turn of the loop

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes both ways until either side ends, or until the cut that is meant for them."""
        try:
            if self.refusing:
                raise ConnectionRefusedError
            back, there = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        link = Link((writer, there), self._random.randint(300, 3000))
        if self._holding:
            link.flowing.clear()
        self._links.append(link)
        if self._ended:  # while it was being opened
            link.cut()
        try:
            with contextlib.suppress(OSError):
                await asyncio.gather(self._carry(reader, there, link), self._carry(back, writer, link))
        finally:
            self._links.remove(link)
            link.cut()

    async def _carry(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, link: Link) -> None:
        while data := await self._next(source, link):
            if self.without_websockets and b"\r\nUpgrade: websocket" in data:
                raise ConnectionAbortedError
            link.left -= len(data)
            if link.left < 0 and self._cuts_left:
                self._cuts_left -= 1
                self.cuts += 1
                to.write(data[: len(data) // 2])
                raise ConnectionAbortedError
            to.write(data)
            await to.drain()
        raise ConnectionResetError

    async def _next(self, source: asyncio.StreamReader, link: Link) -> bytes:
        """What comes next, an end as well, as soon as it may pass."""
        data = await source.read(SLICE)
        await link.flowing.wait()
        if self.delay:
            await asyncio.sleep(self.delay)
        return data

    def _call(self, work: Callable[[], Awaitable[Any]]) -> Any:
        async def run() -> Any:
            return await work()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout=20)
