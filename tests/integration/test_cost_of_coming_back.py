"""The database statements of many clients that return at once, counted in its log."""

import asyncio
import re
from collections import Counter
from contextlib import AsyncExitStack

import pytest
from psycopg import sql

from tests.support.fixtures import StartServer
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer
from tests.support.server import ServerProcess
from tests.support.sockets import Socket, open_socket

PEOPLE = 60
MISSED = 100
MOST_FOR_EACH = 3  # statements; alone, each takes fifteen. How many wait together depends on the machine
STATEMENT = re.compile(
    r"LOG:  (?:statement|execute [^:]*): (?!BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)(.{1,60})"
)


@pytest.mark.parametrize("live", [True, False])
async def test_many_who_come_back_at_once_share_their_queries(
    start_server: StartServer,
    postgres_server: PostgresServer,
    postgres_url: str,
    redis_server: RedisServer,
    live: bool,
) -> None:
    """In a room where a member stayed, missed events are in memory; otherwise each client reads them."""
    _log_statements(postgres_server, postgres_url)
    server = start_server({"DATABASE_URL": postgres_url, "REDIS_URL": redis_server.url})
    async with AsyncExitStack() as stack:
        speaker = await _enter(stack, server, "speaker")
        sessions = [await _guest(server, f"guest {number}") for number in range(PEOPLE)]
        seqs = [await _say(speaker, f"missed {number}") for number in range(MISSED)]
        if not live:
            server.kill()  # the room is empty when they return
            server.start()
        before = _statements(postgres_server)
        sockets = await asyncio.gather(
            *(_come_back(stack, server, session, seqs[0] - 1) for session in sessions)
        )
        for socket in sockets:
            for seq in seqs:
                assert (await socket.event("message"))["seq"] == seq
        asked = _statements(postgres_server) - before
    assert asked.total() <= MOST_FOR_EACH * PEOPLE, asked.most_common(10)


def _log_statements(postgres: PostgresServer, url: str) -> None:
    database = sql.Identifier(url.rpartition("/")[2])
    with postgres.connect() as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} SET log_statement = 'all'").format(database))


def _statements(postgres: PostgresServer) -> Counter[str]:
    return Counter(STATEMENT.findall(postgres.output.read_text()))


async def _guest(server: ServerProcess, name: str) -> str:
    """The session of a guest who has been in the room, and has gone."""
    async with AsyncExitStack() as stack:
        socket = await stack.enter_async_context(_open(server))
        hello = await socket.hello(name)
        assert (await socket.ask(type="join", room=1))["type"] == "ok"
        return str(hello["session"])


async def _enter(stack: AsyncExitStack, server: ServerProcess, name: str) -> Socket:
    socket = await stack.enter_async_context(_open(server))
    await socket.hello(name)
    assert (await socket.ask(type="join", room=1))["type"] == "ok"
    return socket


async def _come_back(stack: AsyncExitStack, server: ServerProcess, session: str, since: int) -> Socket:
    socket = await stack.enter_async_context(_open(server))
    assert (await socket.ask(type="hello", token=session))["type"] == "ok"
    assert (await socket.ask(type="join", room=1, since=since))["type"] == "ok"
    return socket


async def _say(socket: Socket, text: str) -> int:
    return int((await socket.ask(type="send", room=1, text=text))["seq"])


def _open(server: ServerProcess):
    return open_socket(f"{server.ws_url}/ws", subprotocols=["wschat.v1"])
