"""How long, and how much of, a request is waited for, what comes too early, and upgrades that are not ours.

On a server in this process.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
import uvicorn
from uvicorn.server import ServerState

from chat.server import http
from chat.server.http import ChatHttpProtocol
from chat.server.protocol import ChatWebSocketProtocol

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n"
UPGRADE = REQUEST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


ENDS: list[str] = []  # what DELETE requests have heard last


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Answers after the body, as Django does. A WebSocket is accepted after the next GET, and PUT is not
    read before it. SEARCH is answered in parts without a length, PATCH unread. TRACE comes back, DELETE is
    kept in `ENDS`, OPTIONS tells the scheme.
    """
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
    if scope["method"] == "PUT":
        async with asyncio.timeout(10):
            await scope["state"]["asked"].wait()
    body = b""
    while scope["method"] != "PATCH":
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            if scope["method"] == "DELETE":
                ENDS.append(message["type"])
            break
    if scope["method"] == "OPTIONS":
        body = scope["scheme"].encode()
    if scope["method"] in ("TRACE", "OPTIONS"):
        assert not [value for name, value in scope["headers"] if name == b"upgrade"]
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    if scope["method"] == "SEARCH":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one ", "more_body": True})
        await send({"type": "http.response.body", "body": b"two"})
        return
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.fixture
def keep_alive() -> float:
    """Seconds that a connection without a request is kept."""
    return 60


@pytest.fixture
def listener(request: pytest.FixtureRequest) -> socket.socket:
    """What the server listens on: with the parameter "both", on IPv6 and IPv4 in one, as on `[::]`."""
    if getattr(request, "param", "") == "both":
        return socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("127.0.0.1", 0))


@pytest.fixture
async def port(keep_alive: float, listener: socket.socket) -> AsyncIterator[int]:
    config = uvicorn.Config(
        application,
        http=ChatHttpProtocol,
        ws=ChatWebSocketProtocol,
        log_config=None,
        timeout_keep_alive=cast(int, keep_alive),
    )
    config.load()
    state = ServerState()
    asked = asyncio.Event()

    def protocol() -> ChatHttpProtocol:
        return ChatHttpProtocol(config=config, server_state=state, app_state={"asked": asked})

    server = await asyncio.get_running_loop().create_server(protocol, sock=listener)
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


async def test_slow_bytes_do_not_extend_the_deadline(monkeypatch, port: int):
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


@pytest.mark.parametrize("begin", [REQUEST, UPGRADE])
@pytest.mark.parametrize(
    "more", [b"X-More: %s\r\n" % (b"x" * 70_000), b"X-More: xxxxxxxxxxxxxxxxxxxxxxxxxx\r\n" * 2000]
)
async def test_large_head_is_refused_when_all_of_it_comes_at_once(port: int, begin: bytes, more: bytes):
    """In one read, which takes more than the limit, and at the end of which the head is complete."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    transport = cast(Any, writer.transport)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    writer.write(begin + more + b"Connection: close\r\n\r\n")
    assert (await everything((reader, writer))).startswith(b"HTTP/1.1 400 ")


def fill(begin: bytes, size: int, filler: bytes) -> bytes:
    """A head of this size."""
    end = b"Connection: close\r\n\r\n"
    before, after = (filler, b"") if filler == b"\r\n" else (b"", filler)
    count, rest = divmod(size - len(begin) - len(end) - len(b"X-More: \r\n"), len(filler))
    return before * count + begin + b"X-More: " + after * count + b"x" * rest + b"\r\n" + end


FORM = b"PATCH / HTTP/1.1\r\nHost: x\r\n"
IN_CHUNKS = FORM + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("filler", [b"x", b" ", b"\r\n"])
@pytest.mark.parametrize(
    "before",
    [
        b"",
        REQUEST + b"\r\n",
        FORM + b"Content-Length: 9\r\n\r\nx\r\n\r\nxxxx",
        IN_CHUNKS + b"9\r\nx\r\n\r\nxxxx\r\n0\r\n\r\n",
        IN_CHUNKS + b"0;x=y\r\nX-Late: yes\r\n\r\n",
    ],
)
async def test_each_byte_of_a_head_counts(port: int, filler: bytes, before: bytes):
    """Wherever it stands, and in whatever reads it comes."""
    for size, status in ((http.HEAD_BYTES, b"204"), (http.HEAD_BYTES + 1, b"400"), (100_000, b"400")):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        transport = cast(Any, writer.transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        writer.write(before + fill(REQUEST, size, filler))
        answer = await everything((reader, writer))
        assert answer.rpartition(b"HTTP/1.1 ")[2].startswith(status), (size, answer[:80])


@pytest.mark.parametrize("split", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("first", [REQUEST + b"\r\n", IN_CHUNKS + b"1\r\nx\r\n0\r\n\r\n"])
async def test_bytes_of_a_head_count_when_what_is_before_it_ends_in_two_reads(
    port: int, first: bytes, split: int
):
    for more, status in ((0, b"204"), (1, b"400"), (3, b"400")):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(first[:-split])
        await ask(port, b"GET")  # the server has read it
        writer.write(first[-split:] + fill(REQUEST, http.HEAD_BYTES + more, b" "))
        answer = await everything((reader, writer))
        assert answer.rpartition(b"HTTP/1.1 ")[2].startswith(status)


@pytest.mark.parametrize("begin", [b"0\r\nX-Late: ", b"1;", b"1\r\nx\r\n1;"], ids=str)
async def test_what_is_around_the_data_of_chunks_has_a_limit(port: int, begin: bytes):
    """A trailer is a head that comes late; an extension of a chunk has no use here."""
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(IN_CHUNKS + begin + b"x" * (3 * http.HEAD_BYTES))
    assert (await everything(streams)).rpartition(b"HTTP/1.1 ")[2].startswith(b"400 ")


async def test_long_body_in_small_chunks_is_no_large_head(port: int):
    streams = await asyncio.open_connection("127.0.0.1", port)
    body = b"4\r\n\r\n\r\n\r\n" * http.HEAD_BYTES
    streams[1].write(IN_CHUNKS.replace(b"PATCH", b"TRACE") + body + b"0\r\n\r\n" + fill(REQUEST, 100, b"x"))
    answer, _, later = (await everything(streams)).partition(b"HTTP/1.1 204 ")
    assert answer.endswith(b"\r\n\r\n" * (http.HEAD_BYTES + 1))
    assert later


@pytest.mark.parametrize("split", [1, 2, 3, 4, 5])
async def test_last_bytes_of_a_large_head_count_in_a_read_of_their_own(port: int, split: int):
    for more in (1, 2, 3, 4):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = fill(REQUEST, http.HEAD_BYTES + more, b"x")
        writer.write(head[:-split])
        await ask(port, b"GET")
        writer.write(head[-split:])
        assert (await everything((reader, writer))).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(("more", "status"), [(0, b"101"), (1, b"400")])
async def test_each_byte_of_a_handshake_counts(port: int, more: int, status: bytes):
    key = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    head = fill(UPGRADE + key, http.HEAD_BYTES + more, b" ")
    head = head.replace(b"Connection: close", b"X-Nothing:  close")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    await ask(port, b"GET")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 %s " % status)
    writer.close()


async def test_large_address_is_a_large_head(port: int):
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(b"GET /" + b"x" * 66_000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (await everything(streams)).startswith(b"HTTP/1.1 400 ")


async def test_heads_of_one_connection_are_not_added_up(port: int):
    streams = await asyncio.open_connection("127.0.0.1", port)
    head = REQUEST + b"X-More: %s\r\n" % (b"x" * 40_000)
    streams[1].write((head + b"\r\n") * 3 + head + b"Connection: close\r\n\r\n")
    assert (await everything(streams)).count(b"HTTP/1.1 204 ") == 4


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n", b"400"),
        (REQUEST + b"Host: y\r\n", b"400"),
        (REQUEST + b"hOST: x\r\n", b"400"),
        (b"GET / HTTP/1.0\r\n", b"204"),
        (b"GET /\r\n", b"400"),  # HTTP/0.9
        (b"GET / HTTP/2.0\r\nHost: x\r\n", b"400"),
        (b"GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n", b"400"),
    ],
)
async def test_request_needs_one_host(port: int, head: bytes, status: bytes):
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(head + b"\r\n")
    assert (await everything(streams)).startswith(b"HTTP/1.1 %s " % status)


async def test_answer_to_http_1_0_comes_in_no_chunks(port: int):
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(b"SEARCH / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    head, _, body = (await everything(streams)).partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower()
    assert b"connection: close" in head.lower()  # it ends there
    assert body == b"one two"


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


@pytest.mark.parametrize("keep_alive", [0.05])
async def test_websocket_is_no_http_connection_that_waits_for_a_request(port: int, keep_alive: float):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    writer.write(UPGRADE + key + b"\r\n")
    await ask(port, b"GET")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(REQUEST + b"\r\n")
    assert b" 204 " in await everything(streams)  # closed, when it was kept for long enough
    writer.write(b"\x89\x81\0\0\0\0x")
    assert await reader.readexactly(3) == b"\x8a\x01x"
    writer.close()


# Bodies that do not come


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BODY_IDLE_SECONDS", 0.1)
    monkeypatch.setattr(http, "BODY_SECONDS", 0.4)


POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def timed_out(answer: bytes) -> bool:
    """Whether this is error 911, and says that nothing else will come."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 Request Timeout\r\n"), answer
    assert b"\r\nConnection: close" in head
    error = {"code": 911, "error": "Request timeout", "field": ""}
    return bool(json.loads(body) == {"status": False, "error": error})


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "sent",
    [
        POST + b"Content-Length: 60000\r\n\r\n",
        POST + b"Content-Length: 60000\r\n\r\nx",
        POST.replace(b"POST", b"GET") + b"Content-Length: 5\r\n\r\nx",
        POST.replace(b"POST", b"DELETE") + b"Content-Length: 5\r\n\r\nx",
        CHUNKED,
        CHUNKED + b"5\r\nxx",
        CHUNKED + b"5\r\nxxxxx\r\n",
        CHUNKED + b"0\r\n",
    ],
)
async def test_body_that_does_not_come_is_not_waited_for_for_ever(port: int, sent: bytes):
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(sent)
    assert timed_out(await everything(streams))


@pytest.mark.usefixtures("impatient")
async def test_body_that_does_not_come_after_100_continue_is_not_waited_for_for_ever(port: int):
    reader, writer = streams = await asyncio.open_connection("127.0.0.1", port)
    writer.write(POST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert timed_out(await everything(streams))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("pipelined", [False, True])
async def test_second_body_is_not_waited_for_for_ever(port: int, pipelined: bool):
    reader, writer = streams = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST + b"\r\n" + (CHUNKED + b"5\r\nx" if pipelined else b""))
    assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
    if not pipelined:
        writer.write(CHUNKED + b"5\r\nx")
    assert timed_out(await everything(streams))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("drip", [b"x", b"1\r\nx\r\n"])
async def test_body_in_drips_has_an_end(port: int, drip: bytes):
    _, writer = streams = await asyncio.open_connection("127.0.0.1", port)
    ended = asyncio.create_task(everything(streams))
    writer.write(POST + b"Content-Length: 60000\r\n\r\n" if drip == b"x" else CHUNKED)
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not ended.done():
        writer.write(drip)
        await asyncio.wait([ended], timeout=0.02)
    assert timed_out(await ended)
    assert loop.time() - began > http.BODY_IDLE_SECONDS  # it was not cut for want of a byte


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("size", [5, 400_000])
async def test_answer_that_takes_its_time_is_not_cut(port: int, size: int):
    """Nor is a body that this server does not read yet."""
    silent = await asyncio.open_connection("127.0.0.1", port)
    silent[1].write(CHUNKED)
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(b"PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size)
    streams[1].write(b"x" * size)
    assert timed_out(await everything(silent))  # what came later
    late = await asyncio.open_connection("127.0.0.1", port)
    late[1].write(CHUNKED)
    assert timed_out(await everything(late))
    await ask(port, b"GET")  # it may answer now
    assert (await everything(streams)).startswith(b"HTTP/1.1 204 ")


@pytest.mark.usefixtures("impatient")
async def test_body_that_does_not_come_after_the_answer_ends_the_connection(port: int):
    reader, writer = streams = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"PATCH / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nx")
    assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
    assert await everything(streams) == b""


async def test_body_after_the_answer_is_no_head(port: int):
    reader, writer = streams = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"PATCH / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\nx")
    assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
    writer.write(b"x" * 199_999 + REQUEST + b"Connection: close\r\n\r\n")
    assert (await everything(streams)).startswith(b"HTTP/1.1 204 ")


@pytest.mark.usefixtures("impatient")
async def test_application_hears_that_the_body_will_not_come(port: int):
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(b"DELETE / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nx")
    assert timed_out(await everything(streams))
    await ask(port, b"HEAD")
    assert "http.disconnect" in ENDS


# Upgrades that are not ours


UPGRADES = [
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAA\r\n",
    b"connection: upgrade\r\nUPGRADE: H2C\r\n",
    b"Connection: keep-alive, Upgrade\r\nUpgrade: TLS/1.0\r\n",
    b"Connection: Upgrade\r\nUpgrade: foo, h2c\r\n",
    b"Connection: Upgrade\r\nUpgrade: foo\r\nUpgrade: bar/2\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocketish\r\n",
]
ECHO = b"TRACE / HTTP/1.1\r\nHost: x\r\n"


async def echoed(streams: Streams) -> bytes:
    """The next body that comes back."""
    head = await streams[0].readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    return await streams[0].readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))


@pytest.mark.parametrize("upgrade", UPGRADES)
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"Content-Length: 3\r\n\r\nabc", b"abc"),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", b"abc"),
        (b"\r\n", b""),
    ],
    ids=["length", "chunked", "none"],
)
@pytest.mark.parametrize("piece", [1_000_000, 7])
async def test_upgrade_that_is_not_ours_is_ignored(
    port: int, upgrade: bytes, body: bytes, expected: bytes, piece: int
):
    """Three requests in a row, in one piece or many."""
    streams = await asyncio.open_connection("127.0.0.1", port)
    sent = (ECHO + upgrade + body) * 2 + ECHO + b"Content-Length: 2\r\n\r\nde"
    for at in range(0, len(sent), piece):
        streams[1].write(sent[at : at + piece])
        await asyncio.sleep(0)
    assert [await echoed(streams) for _ in range(3)] == [expected, expected, b"de"]
    streams[1].close()


async def test_large_body_with_an_upgrade_that_is_not_ours_comes_whole(port: int):
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(ECHO + UPGRADES[0] + b"Content-Length: 300000\r\n\r\n" + b"x" * 300_000)
    assert await echoed(streams) == b"x" * 300_000
    streams[1].close()


async def test_websocket_is_taken_from_a_list_of_upgrades(port: int):
    streams = await asyncio.open_connection("127.0.0.1", port)
    key = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    offer = b"Connection: foo\r\nConnection: Upgrade\r\nUpgrade: h2c, WebSocket\r\n"
    streams[1].write(REQUEST + offer + key + b"\r\n")
    await ask(port, b"GET")
    assert (await streams[0].readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    streams[1].close()


@pytest.mark.parametrize(
    ("request_line", "status", "code"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: 70000\r\n", 400, 301),
        (b"GET / HTTP/1.1\r\nContent-Length: 70000\r\n", 400, 301),
        (b"GET / HTTP/1.1\r\nSec-WebSocket-Version: 13\r\n", 400, 301),
        (b"GET / HTTP/1.1\r\nSec-WebSocket-Version: 8\r\n", 400, 305),
    ],
)
async def test_websocket_that_cannot_be_is_refused(port: int, request_line: bytes, status: int, code: int):
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(
        request_line + b"Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + b"x" * 70_000
    )
    head, _, body = (await everything(streams)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert json.loads(body)["error"]["code"] == code


async def test_connect_is_refused(port: int):
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\nfoo")
    assert (await everything(streams)).startswith(b"HTTP/1.1 405 ")


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        (b"X-Forwarded-Proto: https\r\n", b"https"),
        (b"X-Forwarded-Proto: https, http\r\n", b"https"),
        (b"X-Forwarded-Proto: https ,http,http\r\n", b"https"),
        (b"X-Forwarded-Proto: https\r\nx-forwarded-proto: http\r\n", b"https"),
        (b"X-Forwarded-Proto: http, https\r\n", b"http"),
        (b"", b"http"),
    ],
)
async def test_of_several_proxies_the_first_says_the_scheme(port: int, headers: bytes, scheme: bytes):
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(b"OPTIONS / HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")
    assert await echoed(streams) == scheme
    streams[1].close()


@pytest.mark.parametrize("listener", ["both"], indirect=True)
async def test_trusted_proxy_is_known_where_ipv4_comes_in_ipv6(port: int):
    """There its address is told as `::ffff:127.0.0.1`."""
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(
        b"OPTIONS / HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
    )
    assert (await everything(streams)).endswith(b"\r\n\r\nhttps")
