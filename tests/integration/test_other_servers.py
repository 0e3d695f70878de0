"""Servers that are not ours run the application: a message passes, and the limits hold."""

import socket
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.conformance.kit import HANDSHAKE, say
from tests.support.rest import Rest
from tests.support.server import DaphneProcess, GranianProcess, HypercornProcess, ServerProcess
from tests.support.sockets import open_socket

MAX_FRAME = 65_536
KINDS = {"daphne": DaphneProcess, "hypercorn": HypercornProcess, "granian": GranianProcess}


@pytest.fixture(scope="module", params=KINDS)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    with KINDS[request.param](tmp_path_factory.mktemp(request.param)) as server:
        yield server


def told(server: ServerProcess, code: int) -> int:
    """The code that a client sees: daphne takes only 1000 and those from 3000 on."""
    return code + 3000 if isinstance(server, DaphneProcess) else code


async def test_message_passes_between_protocols(server: ServerProcess):
    async with (
        open_socket(f"{server.ws_url}/ws", subprotocols=["wschat.v1"]) as ann,
        open_socket(f"{server.ws_url}/dialects/plain/1") as listener,
    ):
        await ann.hello("ann")
        await ann.ask(type="join", room=1)
        assert (await ann.ask(type="send", room=1, text="hello"))["type"] == "ok"
        assert (await listener.receive())["msg"] == "hello"


def test_rest_and_pages_are_served(server: ServerProcess):
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        room = Rest(client).room("Team", "public")["id"]
        assert client.get(f"/chats/{room}").json()["title"] == "Team"
        assert "<!DOCTYPE html>" in client.get("/").text
        assert client.post("/chats", content=b"x" * 100_000).status_code == 413


@pytest.mark.parametrize(
    "path", ["/ws", "/chats/1/ws", *(f"/dialects/{name}/1" for name in ("plain", "uuid"))]
)
@pytest.mark.parametrize(
    "frame",
    ["x" * (MAX_FRAME + 1), "é" * (MAX_FRAME // 2 + 1), b"x" * (MAX_FRAME + 1), "x" * 1_000_000],
    ids=["ASCII", "not ASCII", "binary", "1 MB"],
)
async def test_too_large_frame_ends_the_connection(server: ServerProcess, path: str, frame: str | bytes):
    async with open_socket(server.ws_url + path) as socket:
        await socket.send_raw(frame)
        await socket.send_raw("x")
        assert (await socket.closed())[0] == told(server, 1009)


def test_frame_in_the_segment_of_the_handshake_ends_as_documented(server: ServerProcess):
    """As docs/operations.md has it: daphne drops it, and hypercorn refuses the handshake."""
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=20)) as connection:
        connection.sendall(HANDSHAKE + say("early"))
        answer = connection.recv(65_536)
        if isinstance(server, HypercornProcess):
            assert answer.startswith(b"HTTP/1.1 400 ")
            return
        assert answer.startswith(b"HTTP/1.1 101 ")
        connection.sendall(say("later"))
        while b"later" not in answer:
            answer += connection.recv(65_536)
    assert (b"early" in answer) == isinstance(server, GranianProcess)


async def test_messages_before_a_too_large_frame_are_heard(server: ServerProcess):
    async with (
        open_socket(f"{server.ws_url}/dialects/plain/1") as listener,
        open_socket(f"{server.ws_url}/dialects/plain/1") as sender,
    ):
        await sender.send(usr="ann", msg="before")
        await sender.send_raw("x" * 70_000)
        await sender.send(usr="ann", msg="after")
        assert (await sender.closed())[0] == told(server, 1009)
        assert (await listener.receive())["msg"] == "before"
        assert await listener.quiet()


async def test_frame_at_the_limit_is_taken(server: ServerProcess):
    async with open_socket(f"{server.ws_url}/dialects/rooms/1") as socket:
        await socket.send_raw("é" * (MAX_FRAME // 2))
        assert (await socket.receive())["event_type"] == "error"


async def test_malformed_frame_ends_the_connection(server: ServerProcess):
    async with open_socket(f"{server.ws_url}/dialects/uuid/1") as socket:
        await socket.send_raw("nope")
        assert (await socket.closed())[0] == told(server, 1007)
