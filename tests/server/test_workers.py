"""Several workers on one port."""

import asyncio
import os
import re
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import pytest
from websockets.asyncio import client
from websockets.exceptions import ConnectionClosed

from tests.support.fixtures import StartServer
from tests.support.processes import alive, children
from tests.support.redis import RedisServer
from tests.support.rest import bearer
from tests.support.server import ServerProcess
from tests.support.sockets import open_socket, refused

WORKERS = 2
MOST = 8
PATIENCE = 60.0  # seconds: new workers load Django while others keep the processor busy
METRICS = {"WSCHAT_METRICS_TOKEN": "a metrics token"}


@pytest.fixture(params=["sqlite"])
def server(
    request: pytest.FixtureRequest, start_server: StartServer, redis_server: RedisServer, tmp_path: Path
) -> ServerProcess:
    env = METRICS | {"REDIS_URL": redis_server.url, "TMPDIR": str(tmp_path)}
    if request.param == "postgres":
        env["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    return start_server(env, arguments=("--workers", str(WORKERS), "--max-connections", str(MOST)))


connect = partial(client.connect, proxy=None, open_timeout=PATIENCE)


def until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def replaced(server: ServerProcess, old: list[int]) -> bool:
    """Whether none of these workers is left, and there are as many others."""
    return len(set(children(server.pid)) - set(old)) == WORKERS


def connections_counted(server: ServerProcess) -> int:
    """What /metrics says, whichever worker answers."""
    token = bearer(METRICS["WSCHAT_METRICS_TOKEN"])
    answer = httpx.get(f"{server.url}/metrics", headers=token, trust_env=False)
    found = re.search(r'^wschat_connections{dialect="wschat.v1"} (\S+)$', answer.text, re.MULTILINE)
    return int(float(found[1])) if found else 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_all_workers_shut_down_on_sigterm(server: ServerProcess, how: signal.Signals):
    workers = children(server.pid)
    assert len(workers) == WORKERS
    os.killpg(server.pid, how) if how == signal.SIGINT else server.process.send_signal(how)
    assert server.process.wait(20) == 0
    assert not any(map(alive, workers))
    assert "Traceback" not in server.output()


def test_no_worker_outlives_a_parent_that_is_killed(server: ServerProcess):
    workers = children(server.pid)
    server.kill()
    until(lambda: not any(map(alive, workers)))
    assert "Traceback" not in server.output()


def test_worker_that_dies_is_started_anew(server: ServerProcess):
    first, second = children(server.pid)
    os.kill(first, signal.SIGKILL)
    until(partial(replaced, server, [first]))
    assert second in children(server.pid)
    assert f"(process {first}) has ended: signal 9" in server.output()
    assert server.healthy()
    assert server.terminate() == 0
    assert "Traceback" not in server.output()


async def test_metrics_of_live_workers_are_added_up(server: ServerProcess):
    connections = [await connect(f"{server.ws_url}/ws") for _ in range(MOST)]
    for _ in range(5 * WORKERS):
        assert await asyncio.to_thread(connections_counted, server) == MOST
    for worker in children(server.pid):
        os.kill(worker, signal.SIGKILL)
    await asyncio.to_thread(until, lambda: server.healthy() and connections_counted(server) == 0)
    for connection in connections:
        await connection.close()


async def test_limit_counts_over_all_workers_and_without_those_who_died(server: ServerProcess):
    for _ in range(2):
        connections = [await connect(f"{server.ws_url}/ws") for _ in range(MOST)]
        assert (await refused(f"{server.ws_url}/ws"))[0] == 503
        old = children(server.pid)
        for worker in old:
            os.kill(worker, signal.SIGKILL)
        for connection in connections:
            with pytest.raises(ConnectionClosed):
                await connection.recv()
        await asyncio.to_thread(until, partial(replaced, server, old))


@pytest.mark.parametrize("server", ["sqlite", "postgres"], indirect=True)
async def test_members_on_all_workers_hear_each_other(server: ServerProcess):
    async with asyncio.timeout(PATIENCE):
        async with open_socket(f"{server.ws_url}/chats/1/ws") as speaker:
            others = [await connect(f"{server.ws_url}/chats/1/ws") for _ in range(MOST - 1)]
            await speaker.join("ann")
            await speaker.say("ann", "hello, all")
            for other in others:
                while "hello, all" not in await other.recv():
                    pass
                await other.close()
