"""A client that does not read: it delays no other client, and gets everything once it reads again."""

import asyncio
import json
import socket as sockets
from collections.abc import Callable

import pytest

from tests.support.fixtures import StartServer
from tests.support.sockets import Socket, open_socket

Start = Callable[[dict[str, str]], tuple[str, str]]
TEXT = "x" * 3000
MANY = 3000  # about 9 MB: more than the kernel's buffers hold
UNDER_WAY = 16  # about 48 KB: a client with less than 64 KiB under way does not rest


@pytest.fixture(params=["one process", "two processes"])
def start(request: pytest.FixtureRequest, start_server: StartServer) -> Start:
    """start({...}) -> where the readers connect, and where they do who talk."""

    def start(environment: dict[str, str]) -> tuple[str, str]:
        if request.param == "one process":
            url = f"{start_server(environment).ws_url}/ws"
            return url, url
        both = {
            "DATABASE_URL": request.getfixturevalue("postgres_url"),
            "REDIS_URL": request.getfixturevalue("redis_server").url,
        }
        here, there = (f"{start_server(environment | both).ws_url}/ws" for _ in range(2))
        return here, there

    return start


async def enter(socket: Socket, name: str, **fields: int) -> None:
    """Become a member of room 1, as the server says: two sockets have no order of their own."""
    await socket.send(type="hello", id=1, name=name)
    await socket.send(type="join", id=2, room=1, **fields)
    await socket.receive_until(type="ok", id=2)


async def flood(url: str, count: int) -> None:
    """One participant says `count` things, each after the one before it was taken."""
    async with open_socket(url, subprotocols=["wschat.v1"]) as talker:
        await enter(talker, "talker")
        acknowledged = 0
        for number in range(count):
            await talker.send(type="send", id=number + 1, room=1, text=f"{number} {TEXT}")
            while number - acknowledged >= UNDER_WAY:
                acknowledged += (await talker.receive())["type"] == "ok"
        await talker.receive_until(type="ok", id=count)


async def test_reader_that_stops_gets_everything_when_it_goes_on(start: Start):
    url, there = start({"WSCHAT_SLOW_READER_BYTES": "16384"})
    async with open_socket(url, subprotocols=["wschat.v1"], max_queue=1) as reader:
        await enter(reader, "reader", since=0)
        await flood(there, MANY)
        seen: list[int] = []
        while len(seen) < MANY:
            frame = await reader.receive()
            if frame["type"] == "message":
                seen.append(frame["seq"])
        assert seen == list(range(1, MANY + 1))
        await reader.send(type="send", id=3, room=1, text="live again")
        assert (await reader.receive_until(type="message"))["text"] == "live again"
        await reader.receive_until(type="ok", id=3)


async def test_reader_that_never_reads_again_is_let_go(start: Start):
    url, there = start({"WSCHAT_SLOW_READER_BYTES": "16384", "WSCHAT_SLOW_READER_SECONDS": "0.5"})
    async with (
        open_socket(url, subprotocols=["wschat.v1"]) as watcher,
        open_socket(url, subprotocols=["wschat.v1"], max_queue=1) as reader,
    ):
        await enter(watcher, "watcher")
        await enter(reader, "reader")
        await watcher.receive_until(type="joined", who={"name": "reader", "color": "", "verified": True})
        reader.connection.transport.pause_reading()
        flooding = asyncio.create_task(flood(there, MANY))
        left = await watcher.receive_until(type="left", who={"name": "reader", "color": "", "verified": True})
        assert left["room"] == 1
        await flooding
        reader.connection.transport.abort()


class RawClient:
    """A WebSocket client without a library: it sends what it is told, and answers nothing by itself."""

    def __init__(self, port: int) -> None:
        self.socket = sockets.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.sendall(
            b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        self.stream = self.socket.makefile("rb")
        while self.stream.readline() != b"\r\n":
            pass

    def send(self, **fields: object) -> None:
        payload = json.dumps(fields).encode()
        self.socket.sendall(bytes((0x81, 0x80 | len(payload), 0, 0, 0, 0)) + payload)

    def close(self) -> None:
        self.stream.close()
        self.socket.close()


def test_endless_fragments_are_refused(start_server: StartServer):
    """Empty fragments never reach the size limit."""
    client = RawClient(start_server().port)
    client.socket.sendall(b"\x01\x80\0\0\0\0" + b"\x00\x80\0\0\0\0" * 2000)
    assert client.stream.read(4) == b"\x88\x14" + (1009).to_bytes(2)
    client.close()


async def test_client_that_is_gone_with_a_full_buffer_is_no_ghost(start_server: StartServer):
    """uvicorn's own keepalive would close, and wait for a buffer that never empties."""
    server = start_server({"WSCHAT_PING_SECONDS": "1", "WSCHAT_SLOW_READER_SECONDS": "1000"})
    url = f"{server.ws_url}/ws"
    async with open_socket(url, subprotocols=["wschat.v1"]) as watcher:
        await enter(watcher, "watcher")
        mute = RawClient(server.port)
        mute.send(type="hello", id=1, name="mute")
        mute.send(type="join", id=2, room=1)
        await watcher.receive_until(type="joined", who={"name": "mute", "color": "", "verified": True})
        flooding = asyncio.create_task(flood(url, MANY))
        await watcher.receive_until(type="left", who={"name": "mute", "color": "", "verified": True})
        await flooding
        mute.close()
