"""Lines of standard input, without blocking the event loop."""

import asyncio
import codecs
import os
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Final

CHUNK: Final = 65536
AHEAD: Final = 64  # lines read before they are used


async def read_lines(descriptor: int) -> AsyncIterator[str]:
    """The lines of a file, pipe or terminal until its end, without their line ends.

    A thread reads, since the event loop cannot wait for a plain file. It takes the descriptor itself: a
    daemon thread that holds the lock of `sys.stdin` would make Python's end fail.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    room = threading.Semaphore(AHEAD)

    def read() -> None:
        try:
            for line in _split(descriptor):
                room.acquire()
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, None)
        except RuntimeError:
            return  # the loop is closed: no caller wants more

    threading.Thread(target=read, daemon=True).start()
    while (line := await lines.get()) is not None:
        room.release()
        yield line


def _split(descriptor: int) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    while chunk := os.read(descriptor, CHUNK):
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        yield from (line.removesuffix("\r") for line in lines)
    if rest := rest + decoder.decode(b"", final=True):
        yield rest
