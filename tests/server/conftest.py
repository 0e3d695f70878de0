"""A server of one connection, whose application counts frames."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from bench.flooder import HANDSHAKE
from chat.delivery.outbox import EXTENSION
from chat.server.http import ChatHttpProtocol
from chat.server.protocol import ChatWebSocketProtocol


class Counter:
    """A visitor that counts frames, and keeps them. `protocol`: the server's side of the connection."""

    def __init__(self) -> None:
        self.frames = 0
        self.received: list[str | bytes] = []
        self.protocol: Any = None
        self.wanted = 0
        self.all_came = asyncio.Event()
        self.has_ended = asyncio.Event()
        self.writer: Any = None

    def receive(self, frame: str | bytes) -> Awaitable[None] | None:
        self.frames += 1
        self.received.append(frame)
        if self.frames == self.wanted:
            self.all_came.set()
        return None

    def on_failed(self) -> None:
        raise AssertionError("a frame could not be taken")

    def on_ended(self) -> None:
        self.has_ended.set()


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
async def client(counter: Counter) -> AsyncIterator[socket.socket]:
    """A client's end, after the handshake."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        counter.writer = scope["extensions"][EXTENSION]
        counter.writer.hand_over(counter)

    config, state = uvicorn.Config(app, ws=ChatWebSocketProtocol, log_config=None), ServerState()
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: ChatHttpProtocol(config, state, {}), "127.0.0.1", 0)
    with socket.socket() as client:
        client.setblocking(False)
        await loop.sock_connect(client, server.sockets[0].getsockname())
        await loop.sock_sendall(client, HANDSHAKE.format(path="/", more="").encode())
        assert (await loop.sock_recv(client, 4096)).startswith(b"HTTP/1.1 101 ")
        (counter.protocol,) = state.connections
        yield client
    server.close()
    for connection in list(state.connections):
        connection.transport.abort()
