"""Answers that their clients read slowly, or not at all, from a real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
import uvicorn
from prometheus_client import REGISTRY
from uvicorn.server import ServerState

from chat.server.guard import MEGABYTE, UnreadAnswers
from chat.server.http import ChatHttpProtocol
from chat.server.protocol import ChatWebSocketProtocol
from tests.support.sockets import PATIENCE

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
LARGE = 2 * MEGABYTE  # the kernel would take all of it
MOST = 5 * MEGABYTE  # two of them
PART = b"x" * 65_536


class Application:
    """Answers of different sizes, by path. `ended`: how many parts of each were made."""

    def __init__(self) -> None:
        self.ended = asyncio.Queue[int]()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        length = len(PART) if path == "/small" else LARGE
        headers = [] if path == "/parts" else [(b"Content-Length", b"%d" % length)]
        made = 0
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            while scope["method"] != "HEAD" and made < length // len(PART):
                made += 1
                await send({"type": "http.response.body", "body": PART, "more_body": True})
            await send({"type": "http.response.body"})
        finally:
            self.ended.put_nowait(made)


@pytest.fixture
def app() -> Application:
    return Application()


@pytest.fixture
async def port(app: Application) -> AsyncIterator[int]:
    config = uvicorn.Config(
        UnreadAnswers(app, MOST), http=ChatHttpProtocol, ws=ChatWebSocketProtocol, log_config=None
    )
    config.load()
    state = ServerState()

    def protocol() -> ChatHttpProtocol:
        return ChatHttpProtocol(config=config, server_state=state, app_state={})

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for writer in opened:
            writer.transport.abort()
        async with asyncio.timeout(PATIENCE):
            while state.connections:  # noqa: ASYNC110 (it is uvicorn that counts)
                await asyncio.sleep(0.01)
    opened.clear()


opened: list[asyncio.StreamWriter] = []  # to be cut at the end


async def ask(
    port: int,
    path: str = "/large",
    *,
    address: str = "127.0.0.1",
    method: str = "GET",
    version: str = "1.1",
) -> tuple[int, Streams]:
    """The status of an answer of which no more than the head is read yet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0), limit=2**12)
    opened.append(writer)
    writer.write(f"{method} {path} HTTP/{version}\r\nHost: x\r\n\r\n".encode())
    async with asyncio.timeout(PATIENCE):
        status = int((await reader.readline()).split()[1])
        while (await reader.readline()).strip():
            pass
    return status, (reader, writer)


async def ask_until(port: int, status: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            given, (_, writer) = await ask(port)
            writer.transport.abort()
            if given == status:
                return


def dropped() -> float:
    return REGISTRY.get_sample_value("wschat_dropped_total", {"reason": "unread_answer"}) or 0


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_large_answer_is_refused_while_too_much_is_unread(port: int, version: str):
    before = dropped()
    first, second = await ask(port, version=version), await ask(port, version=version)
    assert (first[0], second[0]) == (200, 200)
    status, (reader, _) = await ask(port, version=version)
    assert status == 429
    assert b'"code":910' in await reader.read()
    assert dropped() == before + 1
    assert (await ask(port, "/small"))[0] == 200
    assert (await ask(port, method="HEAD"))[0] == 200
    assert (await ask(port, address="127.0.0.2"))[0] == 200
    async with asyncio.timeout(PATIENCE):  # what was under way comes whole
        assert len(await first[1][0].readexactly(LARGE)) == LARGE
    await ask_until(port, 200)


async def test_answer_without_a_length_comes_whole_to_http_1_0(port: int):
    status, (reader, _) = await ask(port, "/parts", version="1.0")
    assert status == 200
    async with asyncio.timeout(PATIENCE):
        assert len(await reader.read()) == LARGE


async def test_answer_to_a_client_that_has_gone_is_forgotten(port: int):
    sockets = [await ask(port), await ask(port)]
    assert (await ask(port))[0] == 429
    for _, (_, writer) in sockets:
        writer.transport.abort()
    await ask_until(port, 200)


async def test_answer_in_parts_counts_and_is_not_made_when_it_is_refused(app: Application, port: int):
    held = [await ask(port, "/parts") for _ in range(MOST // MEGABYTE)]
    assert {status for status, _ in held} == {200}
    assert app.ended.empty()
    assert (await ask(port, "/parts"))[0] == 429
    async with asyncio.timeout(PATIENCE):
        assert await app.ended.get() == 1
    for _, (_, writer) in held:
        writer.transport.abort()


async def test_cancelled_answer_is_cancelled():
    """Only what is refused ends without a word."""

    async def wait(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    scope = {"type": "http", "method": "GET", "client": ("127.0.0.1", 5), "headers": []}
    task = asyncio.create_task(UnreadAnswers(wait, 1)(scope, None, None))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
