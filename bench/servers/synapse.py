"""Matrix Synapse, from PyPI."""

import asyncio
import contextlib
import subprocess
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from bench.contenders import PYTHON
from bench.generator import GeneratorFailed, Opened, Published
from bench.machine import started_on
from bench.servers import matrix
from bench.servers.base import ABREAST, ChatServer, configuration
from bench.servers.matrix import Broadcasts, Client
from bench.stand import Running, Stand
from tests.support.processes import free_port

_MODULE: Final = "synapse.app.homeserver"
_MESSAGES: Final = 1000  # of a history, as they can only be sent
_Result = TypeVar("_Result")


class Synapse(ChatServer):
    """One process, with its guests in the process that asks."""

    name = "Synapse"
    keeps = "SQLite, WAL, `synchronous=FULL`: on disk"
    most = 200

    def lacks(self) -> str:
        if PYTHON and Path(PYTHON).exists():
            done = subprocess.run([PYTHON, "-c", f"import {_MODULE}"], capture_output=True)
            return "matrix-synapse of requirements-bench.txt" if done.returncode else ""
        return "the Python packages of requirements-bench.txt"

    @contextlib.contextmanager
    def serving(self, stand: Stand, folder: Path) -> Iterator[Running]:
        port = free_port()
        (folder / "log.yaml").write_text("version: 1\nroot: {level: ERROR}\n")
        command = [PYTHON, "-m", _MODULE, "-c", str(configuration("homeserver.yaml", folder, port))]
        if not (folder / "signing.key").exists():
            subprocess.run([*command, "--generate-keys"], check=True, capture_output=True)
        with stand.launched(command, {}, port, folder) as running:
            yield running

    def enter(self, stand: Stand, server: Running, clients: int) -> Opened:
        async def work() -> Opened:
            (room,) = await matrix.make_rooms(server.port, 1)
            async with _crowd(server, clients) as crowd:
                return await matrix.come_in(crowd, lambda each: each.enter(room), ABREAST, server.pid)

        return _run(stand, work())

    def broadcast(
        self, stand: Stand, server: Running, members: int, under_way: Sequence[int]
    ) -> list[Published]:
        async def work() -> list[Published]:
            (room,) = await matrix.make_rooms(server.port, 1)
            async with _crowd(server, members) as crowd:
                await _all_in(crowd, room, server)
                broadcasts = Broadcasts(crowd, room, server.pid)
                return [await broadcasts.phase(count, stand.seconds) for count in under_way]

        return _run(stand, work())

    def acknowledge(self, stand: Stand, server: Running, rooms: int) -> Published:
        async def work() -> Published:
            made = await matrix.make_rooms(server.port, rooms)
            async with _crowd(server, rooms) as crowd:
                for client, room in zip(crowd, made, strict=True):
                    await client.enter(room)
                return await matrix.acknowledged(crowd, made, stand.seconds, server.pid)

        return _run(stand, work())

    @contextlib.contextmanager
    def stay(self, stand: Stand, server: Running, clients: int) -> Iterator[None]:
        async def come() -> contextlib.AsyncExitStack:
            stack = contextlib.AsyncExitStack()
            (room,) = await matrix.make_rooms(server.port, 1)
            crowd = await stack.enter_async_context(_crowd(server, clients))
            await _all_in(crowd, room, server)
            for each in crowd:
                await each.ask_for_news(600)
            return stack

        with asyncio.Runner() as runner:
            stack = runner.run(come())
            yield  # the requests are with the server
            runner.run(stack.aclose())

    def fall_behind(self, server: Running, clients: int, behind: int) -> tuple[str, list[tuple[str, str]]]:
        async def work() -> tuple[str, list[tuple[str, str]]]:
            (room,) = await matrix.make_rooms(server.port, 1)
            async with _crowd(server, clients + 1) as crowd:
                await _all_in(crowd, room, server)
                speaker, *away = crowd
                for each in away:
                    await each.sync(0)
                for number in range(behind):
                    await speaker.say(room, number, f"~b{number + 1} ")
                return f"~b{behind} ", [(each.token, each.since) for each in away]

        return asyncio.run(work())

    def catch_up(
        self, stand: Stand, server: Running, clients: int, known: tuple[str, list[tuple[str, str]]]
    ) -> Opened:
        last, sessions = known

        async def back(client: Client) -> None:
            while last.encode() not in await client.sync(matrix.SECONDS_TO_COME_IN):
                pass

        async def work() -> Opened:
            crowd = [Client(server.port, *session) for session in sessions[:clients]]
            try:
                return await matrix.come_in(crowd, back, ABREAST, server.pid)
            finally:
                for each in crowd:
                    each.close()

        return _run(stand, work())

    def fill(self, server: Running, messages: int) -> int:
        return min(messages, _MESSAGES)

    def read_history(self, stand: Stand, server: Running, messages: int) -> Published:
        async def work() -> Published:
            (room,) = await matrix.make_rooms(server.port, 1)
            async with _crowd(server, 1) as (reader,):
                await reader.enter(room)
                for number in range(messages):
                    await reader.say(room, number, f"message number {number}")
                tokens = [await matrix.page(reader, room)]
                while following := await matrix.page(reader, room, tokens[-1]):
                    tokens.append(following)
                return await matrix.pages(reader, room, tokens, stand.seconds, server.pid)

        return _run(stand, work())


@contextlib.asynccontextmanager
async def _crowd(server: Running, count: int) -> Any:
    crowd = [Client(server.port) for _ in range(count)]
    try:
        yield crowd
    finally:
        for each in crowd:
            each.close()


async def _all_in(crowd: Sequence[Client], room: str, server: Running) -> None:
    opened = await matrix.come_in(crowd, lambda each: each.enter(room), ABREAST, server.pid)
    if opened.refused:
        raise GeneratorFailed(f"{opened.refused} of {opened.clients} clients did not get in")


def _run(stand: Stand, work: Coroutine[Any, Any, _Result]) -> _Result:
    """On the core of the load, as the load of the others is."""
    with started_on(stand.cores.load):
        return asyncio.run(work)
