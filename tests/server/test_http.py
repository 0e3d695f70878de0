"""How long, and how much of, a request's head is waited for, and what may come behind it too early.

On a server in this process.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from chat.server import http
from chat.server.http import ChatHttpProtocol
from chat.server.protocol import ChatWebSocketProtocol

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n"
UPGRADE = REQUEST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers after the body, as Django does. A WebSocket is accepted after the next GET."""
    if scope["type"] == "websocket":
        await receive()
        async with asyncio.timeout(10):
            await scope["state"]["asked"].wait()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    if scope["method"] == "GET":
        scope["state"]["asked"].set()
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    config = uvicorn.Config(
        application,
        http=ChatHttpProtocol,
        ws=ChatWebSocketProtocol,
        log_config=None,
        timeout_keep_alive=60,
    )
    config.load()
    state = ServerState()
    asked = asyncio.Event()

    def protocol() -> ChatHttpProtocol:
        return ChatHttpProtocol(config=config, server_state=state, app_state={"asked": asked})

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def everything(streams: Streams) -> bytes:
    """All that comes until the server closes."""
    reader, writer = streams
    async with asyncio.timeout(10):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()


async def ask(port: int, method: bytes) -> None:
    """A whole request on a connection of its own."""
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(method + b" / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b" 204 " in await everything(streams)


@pytest.mark.parametrize("sent", [b"", b"GET", REQUEST, b"\r\n", UPGRADE])
async def test_head_that_does_not_come_is_not_waited_for_for_ever(monkeypatch, port: int, sent: bytes):
    monkeypatch.setattr(http, "HEAD_SECONDS", 0.05)
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(sent)
    assert await everything(streams) == b""


@pytest.mark.parametrize("sent", [b"\r\n", b"GET", UPGRADE])
async def test_second_head_is_not_waited_for_for_ever(monkeypatch, port: int, sent: bytes):
    """Its first byte ends uvicorn's keep-alive."""
    monkeypatch.setattr(http, "HEAD_SECONDS", 0.05)
    reader, writer = streams = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST + b"\r\n")
    assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
    writer.write(sent)
    assert await everything(streams) == b""


async def test_bytes_now_and_then_do_not_put_it_off(monkeypatch, port: int):
    monkeypatch.setattr(http, "HEAD_SECONDS", 0.05)
    _, writer = streams = await asyncio.open_connection("127.0.0.1", port)
    ended = asyncio.create_task(everything(streams))
    writer.write(REQUEST)
    while not ended.done():
        writer.write(b"X-More: x\r\n")
        await asyncio.wait([ended], timeout=0.01)
    assert await ended == b""


async def test_body_has_all_the_time_that_it_needs(monkeypatch, port: int):
    monkeypatch.setattr(http, "HEAD_SECONDS", 0.05)
    _, writer = streams = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST + b"Content-Length: 4\r\nConnection: close\r\n\r\nbo")
    silent = await asyncio.open_connection("127.0.0.1", port)
    assert await everything(silent) == b""  # it came later, and its time is over
    writer.write(b"dy")
    assert (await everything(streams)).startswith(b"HTTP/1.1 204 ")


@pytest.mark.parametrize("begin", [REQUEST, UPGRADE])
async def test_head_that_has_no_end_is_refused(port: int, begin: bytes):
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(begin + b"X-More: xxxxxxxxxxxxxxxxxxxxxxxxxx\r\n" * 3000)
    assert (await everything(streams)).startswith(b"HTTP/1.1 400 ")


async def test_large_body_is_no_large_head(port: int):
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(REQUEST + b"Content-Length: 200000\r\nConnection: close\r\n\r\n" + b"x" * 200_000)
    assert (await everything(streams)).startswith(b"HTTP/1.1 204 ")


@pytest.mark.parametrize(
    ("early", "answer"),
    [(b"\x89\x81\0\0\0\0x\x88\x80\0\0\0\0", b"\x8a\x01x\x88\x00"), (b"\xff\xff", b"\x88")],
)
async def test_frames_that_come_before_the_handshake_is_answered_wait(
    port: int, caplog: pytest.LogCaptureFixture, early: bytes, answer: bytes
):
    reader, writer = streams = await asyncio.open_connection("127.0.0.1", port)
    key = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    writer.write(UPGRADE + key + b"\r\n")
    await ask(port, b"HEAD")  # the handshake has been read
    writer.write(early)
    await ask(port, b"GET")  # so have the frames, or could have been
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    assert (await everything(streams)).startswith(answer)
    assert not caplog.records
