"""The stand: starts servers on the servers' core, and ends them all when it is left."""

import contextlib
import os
import shutil
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
from tests.support.limits import USUAL
from tests.support.postgres import PostgresServer, installed
from tests.support.processes import find_binary, stop, wait_until_ready
from tests.support.redis import RedisServer
from tests.support.server import ServerProcess, ensure_migrated, environment, mark_migrated

_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 -- a new folder is made in it
_SPACE: Final = 2e9  # a million messages, with room to spare
CLIENTS: Final = 5000
MESSAGES: Final = 1_000_000
PUBLISHERS: Final = 8  # of 64 messages under way: ours reads no further in a connection with 16 unanswered

# The defaults, except that nothing is forgotten meanwhile.
_DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass(frozen=True, slots=True)
class Running:
    """A server that takes connections."""

    port: int
    pid: int
    url: str = ""
    folder: Path = Path()

    @property
    def workers(self) -> list[int]:
        """The processes that it has started."""
        return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]


class Stand:
    """Everything that is started, in one place. `seconds` and `rounds`: how long, how often each thing is
    measured. `clients` and `messages`: the size of crowds and histories in `servers`.
    """

    def __init__(
        self, *, seconds: float, rounds: int, clients: int = CLIENTS, messages: int = MESSAGES
    ) -> None:
        self.seconds = seconds
        self.rounds = rounds
        self.clients = clients
        self.messages = messages
        self.cores = machine.cores()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        machine.allow_many_files()
        self.folder = self._temporary()
        self.programs = machine.compiled(self.folder)
        self.generator = Generator(self.programs.load, self.cores.load)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def launch(
        self, command: Sequence[str], env: Mapping[str, str], port: int, core: int | None = None
    ) -> Running:
        """Start another project's server, on the servers' core or this one; wait until it listens."""
        return self._stack.enter_context(self.launched(command, env, port, core=core))

    @contextlib.contextmanager
    def launched(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        port: int,
        folder: Path | None = None,
        core: int | None = None,
    ) -> Iterator[Running]:
        """The same, for as long as the block lasts. `folder`: where its data is, if it has any."""
        output = self.folder / f"peer-{port}.log"
        with output.open("ab") as log, started_on(self.cores.server if core is None else core):
            process = subprocess.Popen(
                command, cwd=machine.HERE.parent, env={**os.environ, **env}, stdout=log, stderr=log
            )
        try:
            wait_until_ready(process, lambda: _listens(port), output)
            yield Running(port, process.pid, f"http://127.0.0.1:{port}", folder or self.folder)
        finally:
            stop(process, signal.SIGTERM)

    def run(self, *command: str) -> str:
        """Run a program to its end on the servers' core. Returns what it printed."""
        with started_on(self.cores.server):
            return subprocess.check_output(command, cwd=machine.HERE.parent, text=True)

    def wschat(self, database: str = "", *, redis: bool = False) -> Running:
        """Start ours, with a database of its own (SQLite) unless one is named."""
        env = {"REDIS_URL": self.redis.url if redis else ""}
        if database:
            env["DATABASE_URL"] = database
        return self._stack.enter_context(self._serving(self.new_folder(), env))

    def alone(self, folder: Path | None = None) -> contextlib.AbstractContextManager[Running]:
        """Ours on SQLite, for as long as the block lasts: with the data of `folder`, or with none."""
        return self._serving(folder or self.new_folder(), {})

    def limited(self) -> contextlib.AbstractContextManager[Running]:
        """Ours on SQLite, with the limits that it has by default, for as long as the block lasts."""
        return self._serving(self.new_folder(), USUAL)

    def with_workers(self, count: int) -> contextlib.AbstractContextManager[Running]:
        """Ours on PostgreSQL and Redis, with workers, for as long as the block lasts. Raises Lacking."""
        env = {
            "DATABASE_URL": self.postgres_database(),
            "REDIS_URL": self.redis.url,
            "WSCHAT_WORKERS": str(count),
        }
        return self._serving(self.new_folder(), env)

    @contextlib.contextmanager
    def several(self, count: int, database: str) -> Iterator[list[Running]]:
        """So many processes on one database and Redis, for as long as the block lasts. Raises Lacking."""
        env = {"DATABASE_URL": database, "REDIS_URL": self.redis.url}
        with contextlib.ExitStack() as stack:
            yield [stack.enter_context(self._serving(self.new_folder(), env)) for _ in range(count)]

    def new_folder(self) -> Path:
        """An empty one, for the data of a server."""
        return Path(tempfile.mkdtemp(prefix="data-", dir=self.folder))

    @cached_property
    def memory(self) -> Path:
        """A folder in memory, for servers that are to be compared without the disk. Raises Lacking."""
        if not os.access(_SHARED_MEMORY, os.W_OK) or shutil.disk_usage(_SHARED_MEMORY).free < _SPACE:
            raise Lacking(f"{_SHARED_MEMORY} is not there, or has less than {_SPACE / 1e9:g} GB free")
        return self._temporary(_SHARED_MEMORY)

    def _temporary(self, where: Path | None = None) -> Path:
        made = tempfile.TemporaryDirectory(prefix="wschat-bench-", dir=where)
        return Path(self._stack.enter_context(made))

    @contextlib.contextmanager
    def _serving(self, folder: Path, env: Mapping[str, str]) -> Iterator[Running]:
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
        """The URL of a new PostgreSQL database that has our tables. Raises Lacking."""
        url = self.postgres.create_database(template=self._postgres_template)
        mark_migrated(url)
        return url

    @cached_property
    def _postgres_template(self) -> str:
        url = self.postgres.create_database()
        ensure_migrated(environment(self.folder, {"DATABASE_URL": url}))
        return url.rpartition("/")[2]


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
