"""The stand: starts servers on the servers' core, and ends them all when it is left."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bench import machine
from bench.generator import Generator
from bench.machine import Lacking, started_on
from tests.support.postgres import PostgresServer, installed
from tests.support.processes import find_binary, stop, wait_until_ready
from tests.support.redis import RedisServer
from tests.support.server import ServerProcess

# As it is unless somebody changes it, but for the forgetfulness that tests want.
_DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass(frozen=True, slots=True)
class Running:
    """A server that takes connections."""

    port: int
    pid: int
    url: str = ""
    folder: Path = Path()


class Stand:
    """Everything that is started, in one place. `seconds` and `rounds`: how long, how often each thing is
    measured.
    """

    def __init__(self, *, seconds: float, rounds: int) -> None:
        self.seconds = seconds
        self.rounds = rounds
        self.cores = machine.cores()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        machine.allow_many_files()
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="wschat-bench-")))
        self.programs = machine.compiled(self.folder)
        self.generator = Generator(self.programs.load, self.cores.load)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def launch(self, command: Sequence[str], env: Mapping[str, str], port: int) -> Running:
        """Start a server of somebody else's, and wait until it takes connections."""
        output = self.folder / f"peer-{port}.log"
        with output.open("ab") as log, started_on(self.cores.server):
            process = subprocess.Popen(
                command, cwd=machine.HERE.parent, env={**os.environ, **env}, stdout=log, stderr=log
            )
        self._stack.callback(stop, process, signal.SIGTERM)
        wait_until_ready(process, lambda: _listens(port), output)
        return Running(port, process.pid)

    def wschat(self, database: str = "", *, redis: bool = False) -> Running:
        """Start ours, with a database of its own (SQLite) unless one is named."""
        env = {"REDIS_URL": self.redis.url if redis else ""}
        if database:
            env["DATABASE_URL"] = database
        return self._stack.enter_context(self._serving(env))

    def alone(self) -> contextlib.AbstractContextManager[Running]:
        """Ours on SQLite, for as long as the block lasts."""
        return self._serving({})

    @contextlib.contextmanager
    def _serving(self, env: Mapping[str, str]) -> Iterator[Running]:
        folder = Path(tempfile.mkdtemp(prefix="wschat-", dir=self.folder))
        process = ServerProcess(folder, env)
        with started_on(self.cores.server):
            process.start()
        try:
            yield Running(process.port, process.pid, process.url, folder)
        finally:
            process.terminate()

    @cached_property
    def redis(self) -> RedisServer:
        """One for all, on whichever core has time. Raises Lacking."""
        if not (binary := find_binary("redis-server")):
            raise Lacking("redis-server is not installed")
        redis = RedisServer(binary, self.folder)
        redis.start()
        self._stack.callback(redis.stop)
        return redis

    @cached_property
    def postgres(self) -> PostgresServer:
        """One for all, on whichever core has time; a commit is on disk. Raises Lacking."""
        if not (initdb := find_binary("initdb", *installed())):
            raise Lacking("PostgreSQL is not installed")
        postgres = PostgresServer(Path(initdb).resolve().parent, settings=_DURABLE)
        self._stack.callback(postgres.stop)
        postgres.start()
        return postgres

    def postgres_database(self) -> str:
        """The URL of a new and empty PostgreSQL database. Raises Lacking."""
        return self.postgres.create_database()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
