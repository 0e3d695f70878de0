"""The load: clients in a process of their own, told what to do."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from tests.faults.records import Log
from tests.support.server import ROOT

LONGEST_LINE = 2**28


class Load:
    """See `people.Crowd` for what each command does. One at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def enter(self, addresses: list[str], rooms: list[int], count: int) -> None:
        await self._do("enter", addresses=addresses, rooms=rooms, count=count)

    async def replace(self) -> None:
        await self._do("replace")

    async def talk(
        self, rate: float, most: int | None = None, only: str = "", first: int | None = None
    ) -> None:
        await self._do("talk", rate=rate, most=most, only=only, first=first)

    async def hush(self, seconds: float = 30.0, *, finish: bool = False) -> int:
        return int(await self._do("hush", seconds=seconds, finish=finish))

    async def reach(self, seqs: Mapping[int, int], seconds: float) -> list[str]:
        return [str(name) for name in await self._do("reach", seqs=list(seqs.items()), seconds=seconds)]

    async def report(self) -> list[Log]:
        return msgspec.convert(await self._do("report"), list[Log])

    async def leave(self) -> None:
        await self._do("leave")

    async def _do(self, name: str, **arguments: Any) -> Any:
        self._process.stdin.write(msgspec.json.encode((name, arguments)) + b"\n")
        line = await self._process.stdout.readline()
        assert line, "the clients have died"
        return msgspec.json.decode(line)


@asynccontextmanager
async def load() -> AsyncIterator[Load]:
    """A process without clients yet."""
    paths = [str(ROOT), str(ROOT / "clients" / "python" / "src")]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.people",
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LONGEST_LINE,
    )
    try:
        yield Load(process)
    finally:
        process.stdin.close()
        await process.wait()
