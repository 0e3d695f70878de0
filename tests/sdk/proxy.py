"""A network that fails: a TCP proxy that cuts connections."""

import asyncio
import contextlib
import random
import threading
from collections.abc import Coroutine
from typing import Any, Self


class CuttingProxy:
    """In front of a server on 127.0.0.1. It cuts nothing until it is told to.

    with CuttingProxy(server.port) as proxy:
        proxy.cut_often(20)
    """

    def __init__(self, port: int, seed: int = 1) -> None:
        self._to = port
        self._random = random.Random(seed)
        self._cuts_left = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.cuts = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._connected, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *exception: object) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut_often(self, times: int) -> None:
        """Cut connections `times` times, each after a random number of bytes that it has carried."""
        self._call(self._set(times))

    def cut(self) -> None:
        """Cut all connections now."""
        self._call(self._cut_all())

    async def _set(self, times: int) -> None:
        self._cuts_left = times

    async def _cut_all(self) -> None:
        for writer in list(self._open):
            self._abort(writer)

    async def _stop(self) -> None:
        self._server.close()
        await self._cut_all()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes both ways until either side ends, or until the cut that is meant for them."""
        there = None
        try:
            back, there = await asyncio.open_connection("127.0.0.1", self._to)
            self._open |= {writer, there}
            left = [self._random.randint(300, 3000)]
            await asyncio.gather(self._carry(reader, there, left), self._carry(back, writer, left))
        except OSError:
            pass
        finally:
            for end in filter(None, (writer, there)):
                self._abort(end)

    async def _carry(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, left: list[int]) -> None:
        while data := await source.read(256):
            left[0] -= len(data)
            if left[0] < 0 and self._cuts_left:
                self._cuts_left -= 1
                self.cuts += 1
                raise ConnectionAbortedError
            to.write(data)
            await to.drain()
        raise ConnectionResetError

    def _abort(self, writer: asyncio.StreamWriter) -> None:
        self._open.discard(writer)
        with contextlib.suppress(OSError):
            writer.transport.abort()

    def _call(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=20)
