"""PostgreSQL, Redis and two app processes, each of which can be killed, frozen, cut off and started again."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.records import Row
from tests.support import server
from tests.support.postgres import PostgresServer, installed
from tests.support.processes import find_binary
from tests.support.proxy import FaultProxy
from tests.support.redis import RedisServer
from tests.support.server import ServerProcess

# What is acknowledged must survive a crash of PostgreSQL, if not of the machine.
DURABLE = {"synchronous_commit": "on", "full_page_writes": "on"}
DRAIN = "2"  # seconds between saying that it ends, and ending connections
METRICS_TOKEN = "what-the-harness-shows"
ROWS = """
    SELECT room_id, seq, text, extract(epoch FROM created_at)::float8 FROM chat_event
    WHERE kind = 'message' AND room_id = ANY(%s) ORDER BY room_id, seq
"""


@dataclass
class Cluster:
    """`apps` are asked directly, or by clients through `doors`, a proxy for each."""

    postgres: PostgresServer
    redis: RedisServer
    road: FaultProxy  # from the apps to Redis
    apps: list[ServerProcess]
    doors: list[FaultProxy]
    database: str
    environment: Mapping[str, str]
    folder: Path

    def rows(self, rooms: list[int]) -> list[Row]:
        """The messages of these rooms."""
        with self.postgres.connect(self.database) as connection:
            return [Row(*row) for row in connection.execute(ROWS, [rooms])]

    def another(self, settings: Mapping[str, str]) -> ServerProcess:
        """One more app process, which is not running yet."""
        return ServerProcess(self.folder / "another", {**self.environment, **settings})


@contextmanager
def cluster(postgres_bin: Path, redis: str, folder: Path, kind: type[ServerProcess]) -> Iterator[Cluster]:
    """All of it, running. `kind`: what an app process is."""
    with ExitStack() as stack:
        postgres = PostgresServer(postgres_bin, settings=DURABLE)
        stack.callback(postgres.stop)
        postgres.start()
        bus = RedisServer(redis, folder)
        stack.callback(bus.stop)
        bus.start()
        road = stack.enter_context(FaultProxy(bus.port))
        environment = {
            "DATABASE_URL": postgres.create_database("chat"),
            "REDIS_URL": f"redis://127.0.0.1:{road.port}/0",
            "WSCHAT_DRAIN_SECONDS": DRAIN,
            "WSCHAT_METRICS_TOKEN": METRICS_TOKEN,
        }
        server.ensure_migrated(server.environment(folder, environment))
        apps = [kind(folder, environment) for _ in range(2)]
        for app in apps:
            stack.callback(app.kill)
            app.start()
        doors = [stack.enter_context(FaultProxy(app.port)) for app in apps]
        yield Cluster(postgres, bus, road, apps, doors, "chat", environment, folder)


@contextmanager
def running() -> Iterator[Cluster]:
    """A cluster outside of pytest."""
    initdb, redis = find_binary("initdb", *installed()), find_binary("redis-server")
    if not initdb or not redis:
        sys.exit("PostgreSQL and Redis are needed: scripts/test-servers.sh installs them on Debian")
    with (
        tempfile.TemporaryDirectory(prefix="wschat-chaos-") as folder,
        cluster(Path(initdb).resolve().parent, redis, Path(folder), ServerProcess) as whole,
    ):
        yield whole


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A process that does nothing for a while, and knows nothing of it."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
