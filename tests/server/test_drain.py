"""Shutdown, as clients and a load balancer see it."""

import asyncio
import signal

import httpx

from tests.support.fixtures import StartServer
from tests.support.processes import ended_within
from tests.support.server import ServerProcess
from tests.support.sockets import PATIENCE, Socket, open_socket


def tell(server: ServerProcess, number: int) -> None:
    assert server.process
    server.process.send_signal(number)


async def until_not_ready(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await http.get("/readyz")).status_code == 200:
            pass


async def test_readiness_goes_first_then_all_are_told_to_come_back_spread_over_some_seconds(
    start_server: StartServer,
):
    server = start_server({"WSCHAT_DRAIN_SECONDS": "60"})
    options = {"subprotocols": ["wschat.v1"]}
    async with (
        httpx.AsyncClient(base_url=server.url, trust_env=False) as http,
        open_socket(f"{server.ws_url}/ws", **options) as ann,
        open_socket(f"{server.ws_url}/ws", **options) as stranger,
        open_socket(f"{server.ws_url}/dialects/plain/") as plain,
    ):
        await ann.hello("ann")
        await ann.ask(type="join", room=1)
        assert (await http.get("/readyz")).json() == {"status": True}
        tell(server, signal.SIGTERM)
        delays = [(await told(socket))["retry_after"] for socket in (ann, stranger)]
        assert len(set(delays)) == 2
        assert all(0 <= delay <= 5 for delay in delays)
        await until_not_ready(http)
        assert (await http.get("/readyz")).json() == {"status": False, "server": "is about to stop"}
        assert (await http.get("/healthz")).json() == {"status": True}
        answer = await ann.ask(type="send", room=1, text="still here")
        assert (answer["type"], (await plain.receive())["msg"]) == ("ok", "still here")
        tell(server, signal.SIGTERM)  # it shall not wait any longer
        for socket in (ann, stranger, plain):
            assert (await socket.closed())[0] == 1012
    assert server.process
    assert ended_within(server.process, PATIENCE)
    assert server.process.returncode == 0


async def told(socket: Socket) -> dict[str, float]:
    return await socket.receive_until(type="closing")
