"""Who is pinged. Some clients of `envelope` take a ping for a message, and fail at it."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.fixtures import StartServer
from tests.support.server import ServerProcess

PATIENCE = 30  # seconds
TEXT, PING = 0x81, 0x89
ENTER = '{"message_type":"Enter","message_body":{"sender_username":"ann"},"token":null}'


@asynccontextmanager
async def connect(
    server: ServerProcess, path: str
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A WebSocket without a library, which would answer pings unseen."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    key = base64.b64encode(os.urandom(16)).decode()
    head = (
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    )
    writer.write("\r\n".join((*head, "", "")).encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def first_frame(reader: asyncio.StreamReader) -> int:
    """The first byte of the next frame: what kind it is."""
    async with asyncio.timeout(PATIENCE):
        return (await reader.readexactly(1))[0]


async def test_envelope_is_not_pinged(start_server: StartServer):
    server = start_server({"WSCHAT_PING_SECONDS": "0.5"})
    async with (
        connect(server, "/dialects/envelope") as (reader, writer),
        connect(server, "/dialects/plain") as (later, _),
    ):
        assert await first_frame(later) == PING  # so the earlier connection was due before
        writer.write(bytes((TEXT, 0x80 | len(ENTER))) + bytes(4) + ENTER.encode())
        assert await first_frame(reader) == TEXT


@pytest.mark.parametrize("path", ["/ws", "/dialects/plain", "/chats/1/ws"])
async def test_others_are_pinged(start_server: StartServer, path: str):
    async with connect(start_server({"WSCHAT_PING_SECONDS": "0.5"}), path) as (reader, _):
        assert await first_frame(reader) == PING
