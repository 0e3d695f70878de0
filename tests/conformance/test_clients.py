"""WebSocket and HTTP clients that are not ours: a message, and what they see when something is too large."""

import asyncio
import contextlib
import http.client
import json
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import aiohttp
import picows
import pytest
import websocket
import websockets

from tests.support.fixtures import leave_out
from tests.support.server import DaphneProcess, ServerProcess

HERE = Path(__file__).parent
MESSAGE = json.dumps({"usr": "ann", "msg": "hello"})
PATIENCE = 30  # seconds
Seen = tuple[str, int]  # what came back, and the close code that the client tells
Client = Callable[[str, int], Awaitable[Seen]]


async def by_websockets(url: str, size: int) -> Seen:
    connection = await websockets.connect(url, proxy=None)
    await connection.send(MESSAGE)
    heard = str(await connection.recv())
    if size:
        # It may be closed before all was sent. asyncio of Python 3.11 fails when what is gone is aborted.
        with contextlib.suppress(websockets.ConnectionClosed, AttributeError):
            await connection.send("x" * size)
        await connection.wait_closed()
    else:
        await connection.close()
    return heard, connection.close_code or 0


async def by_aiohttp(url: str, size: int) -> Seen:
    async with aiohttp.ClientSession() as session, session.ws_connect(url, autoclose=False) as connection:
        await connection.send_str(MESSAGE)
        heard = await connection.receive_str()
        if not size:
            await connection.close(code=1000)
            return heard, connection.close_code or 0
        await connection.send_str("x" * size)
        return heard, (await connection.receive()).data


async def by_websocket_client(url: str, size: int) -> Seen:
    return await asyncio.to_thread(_by_websocket_client, url, size)


def _by_websocket_client(url: str, size: int) -> Seen:
    connection = websocket.create_connection(url, timeout=PATIENCE)
    connection.send(MESSAGE)
    heard = str(connection.recv())
    if size:
        connection.send("x" * size)
    else:
        connection.send_close(1000)
    _, payload = connection.recv_data(control_frame=True)
    connection.shutdown()
    return heard, int.from_bytes(payload[:2])


async def by_picows(url: str, size: int) -> Seen:
    ended: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()

    class Listener(picows.WSListener):
        heard = ""

        def on_ws_connected(self, transport: picows.WSTransport) -> None:
            transport.send(picows.WSMsgType.TEXT, MESSAGE.encode())

        def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
            if frame.msg_type == picows.WSMsgType.CLOSE:
                ended.set_result((self.heard, frame.get_close_code().value))
                transport.disconnect()
                return
            self.heard = frame.get_payload_as_utf8_text()
            if size:
                transport.send(picows.WSMsgType.TEXT, b"x" * size)
            else:
                transport.send_close(picows.WSCloseCode.OK)

    transport, _ = await picows.ws_connect(Listener, url)
    await transport.wait_disconnected()
    return await ended


def in_node(library: str) -> Client:
    async def client(url: str, size: int) -> Seen:
        arguments = (library, url, MESSAGE, str(size))
        process = await asyncio.create_subprocess_exec(
            find_node(), str(HERE / "clients.cjs"), *arguments, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        heard, code = json.loads(output)
        return heard, code

    return client


def find_node() -> str:
    """The path of node, for which the packages are installed."""
    node = shutil.which("node")
    if not node or not (HERE / "node_modules").is_dir():
        leave_out("node or its packages are not installed: scripts/test-clients.sh")
    return node


CLIENTS: dict[str, Client] = {
    "websockets": by_websockets,
    "aiohttp": by_aiohttp,
    "websocket-client": by_websocket_client,
    "picows": by_picows,
    "ws": in_node("ws"),
    "undici": in_node("undici"),
    "faye-websocket": in_node("faye-websocket"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("clients")) as server:
        yield server


@pytest.fixture(scope="module")
def daphne(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with DaphneProcess(tmp_path_factory.mktemp("clients")) as server:
        yield server


async def see(server: ServerProcess, client: str, size: int) -> int:
    """The code that the client sees, after its message came back."""
    async with asyncio.timeout(PATIENCE):
        heard, code = await CLIENTS[client](f"{server.ws_url}/dialects/plain/1", size)
    assert json.loads(heard)["msg"] == "hello"
    return code


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("size", [0, 70_000, 1 << 20, 10 << 20])
async def test_client_hears_its_message_and_sees_why_it_was_closed(
    server: ServerProcess, client: str, size: int
):
    assert await see(server, client, size) == (1009 if size else 1000)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("size", [0, 70_000, 1_000_000])
async def test_client_of_daphne_sees_why_it_was_closed(daphne: ServerProcess, client: str, size: int):
    assert await see(daphne, client, size) == (4009 if size else 1000)


# HTTP: 413 is seen, although the body is still on its way

BODY = b"x" * 20_000_000
FETCH = """fetch(process.argv[1], { method: "POST", body: new Uint8Array(20_000_000) })
    .then((answer) => console.log(answer.status), (error) => console.log(error.message))"""


def by_http_client(server: ServerProcess) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request("POST", "/chats", body=BODY)
    return connection.getresponse().status


def by_fetch(server: ServerProcess) -> int:
    return int(run(find_node(), "--eval", FETCH, f"{server.url}/chats"))


def by_curl(server: ServerProcess) -> int:
    if not shutil.which("curl"):
        leave_out("curl is not installed")
    how = ("--silent", "--output", "-", "--write-out", "\n%{http_code}", "--data-binary", "@-")
    return int(run("curl", *how, "--header", "Expect:", f"{server.url}/chats", sent=BODY).split()[-1])


def run(*command: str, sent: bytes = b"") -> bytes:
    return subprocess.run(command, input=sent, capture_output=True, timeout=PATIENCE, check=True).stdout


@pytest.mark.parametrize("client", [by_http_client, by_fetch, by_curl])
def test_http_client_sees_that_its_body_is_too_large(
    server: ServerProcess, daphne: ServerProcess, client: Callable[[ServerProcess], int]
):
    assert [client(each) for each in (server, daphne) for _ in range(3)] == [413] * 6
