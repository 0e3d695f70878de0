"""An example in Python as a process, with its input and output in our hands."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator

from tests.support.server import KEPT, ROOT

PATIENCE = 20.0


class Program:
    """A running example."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.seen: list[str] = []

    async def type(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()

    async def see(self, part: str) -> str:
        """The next line with this in it; those before it are in `seen`."""
        assert self.process.stdout
        async with asyncio.timeout(PATIENCE):
            while line := (await self.process.stdout.readline()).decode():
                self.seen.append(line.rstrip("\n"))
                if part in line:
                    return self.seen[-1]
        raise AssertionError(f"the output ended without {part!r}: {self.seen}")

    async def end(self) -> int:
        """Close its input, and wait: the exit code."""
        assert self.process.stdin
        self.process.stdin.close()
        async with asyncio.timeout(PATIENCE):
            await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode


@contextlib.asynccontextmanager
async def program(dialect: str, *arguments: str) -> AsyncIterator[Program]:
    """The example for a dialect, with these arguments."""
    command = [sys.executable, str(ROOT / "examples" / f"{dialect}_client.py"), *arguments]
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    env = {**kept, "PYTHONUTF8": "1"}
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=STDOUT, env=env)
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
