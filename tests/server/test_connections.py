"""The maximum number of connections."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.support.fixtures import StartServer
from tests.support.rest import bearer
from tests.support.server import ServerProcess
from tests.support.sockets import PATIENCE, refused

MOST = 3
METRICS = {"WSCHAT_METRICS_TOKEN": "a metrics token"}
CLIENT = """
import sys
from websockets.sync.client import connect
connection = connect(sys.argv[1], proxy=None)
print("connected", flush=True)
connection.recv()
"""


@contextlib.asynccontextmanager
async def full(server: ServerProcess) -> AsyncIterator[list[ClientConnection]]:
    """All places taken."""
    async with contextlib.AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(connect(f"{server.ws_url}/ws", proxy=None)) for _ in range(MOST)
        ]


async def enter(server: ServerProcess) -> None:
    """Connect as soon as there is a place, and go."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(InvalidStatus):
                async with connect(f"{server.ws_url}/ws", proxy=None):
                    return


@pytest.fixture
def server(start_server: StartServer) -> ServerProcess:
    return start_server(METRICS, arguments=("--max-connections", str(MOST)))


async def test_connection_over_the_limit_is_refused_and_others_go_on(server: ServerProcess):
    async with full(server) as connections:
        for path in ("/ws", "/chats/1/ws", "/"):
            status, body, headers = await refused(f"{server.ws_url}{path}")
            assert status == 503
            assert body == {
                "status": False,
                "error": {"code": 909, "error": "Too many connections", "field": ""},
            }
            assert int(headers["retry-after"]) > 0
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
            assert (await client.get("/chats")).status_code == 200  # HTTP is not counted
            answer = await client.get("/metrics", headers=bearer(METRICS["WSCHAT_METRICS_TOKEN"]))
        assert 'wschat_refused_total{code="909"} 3.0' in answer.text
        for connection in connections:
            await (await connection.ping())
    assert "Traceback" not in server.output()


async def test_simultaneous_connections_get_exactly_the_limit(server: ServerProcess):
    async def try_once() -> ClientConnection | None:
        try:
            return await connect(f"{server.ws_url}/ws", proxy=None)
        except InvalidStatus:
            return None

    connections = await asyncio.gather(*(try_once() for _ in range(5 * MOST)))
    admitted = [connection for connection in connections if connection is not None]
    assert len(admitted) == MOST
    for connection in admitted:
        await connection.close()


async def test_place_is_free_after_a_close(server: ServerProcess):
    async with full(server) as connections:
        await connections[0].close()
        await enter(server)


async def test_place_is_free_after_an_abort(server: ServerProcess):
    async with full(server) as connections:
        connections[0].transport.abort()
        await enter(server)


async def test_handshakes_that_the_application_refuses_keep_no_place(server: ServerProcess):
    for _ in range(2 * MOST):
        assert (await refused(f"{server.ws_url}/nowhere"))[0] in (404, 503)
    await enter(server)
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(InvalidStatus):
                async with full(server):
                    break


def test_place_of_a_client_that_was_killed_is_free(server: ServerProcess):
    clients = [
        subprocess.Popen([sys.executable, "-c", CLIENT, f"{server.ws_url}/ws"], stdout=subprocess.PIPE)
        for _ in range(MOST)
    ]
    try:
        for client in clients:
            assert client.stdout.readline() == b"connected\n"
        assert asyncio.run(refused(f"{server.ws_url}/ws"))[0] == 503
        clients[0].send_signal(signal.SIGKILL)
        asyncio.run(enter(server))
    finally:
        for client in clients:
            client.kill()
            client.communicate()
