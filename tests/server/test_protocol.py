"""The server's side of a connection, towards clients that do not behave. Each speaks over a bare socket."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.fixtures import StartServer
from tests.support.rest import bearer
from tests.support.server import ServerProcess

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
PING, PONG, CLOSE = b"\x89", b"\x8a", b"\x88"
Connect = Callable[..., socket.socket]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for the tests that ask no more of it than an answer."""
    with ServerProcess(tmp_path_factory.mktemp("protocol")) as server:
        yield server
    assert "Traceback" not in server.output()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """connect(server, *sent) -> a socket that has sent that; closed with the test."""
    opened: list[socket.socket] = []

    def connect(server: ServerProcess, *sent: bytes) -> socket.socket:
        opened.append(socket.create_connection(("127.0.0.1", server.port), timeout=20))
        for data in sent:
            opened[-1].sendall(data)
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


def everything(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    with connection.makefile("rb") as stream:
        return stream.read()


def masked(opcode: bytes, payload: bytes = b"") -> bytes:
    """A client's frame; the mask is zero."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xff" + size.to_bytes(8)
    return opcode + length + b"\0\0\0\0" + payload


@pytest.mark.parametrize(
    ("handshake", "detail"),
    [
        (HANDSHAKE + b"Cookie: " + b"x" * 9000 + b"\r\n\r\n", "8192 bytes"),
        (HANDSHAKE.replace(b"/ws", b"/" + b"x" * 9000) + b"\r\n", "8192 bytes"),
        (HANDSHAKE + b"".join(b"X-%d: x\r\n" % n for n in range(200)) + b"\r\n", "128 headers"),
        (HANDSHAKE.replace(b"GET", b"POST") + b"\r\n", ""),
    ],
    ids=["long header", "long path", "many headers", "post"],
)
def test_handshake_that_cannot_be_read_is_refused_with_301(
    start_server: StartServer, connect: Connect, handshake: bytes, detail: str
):
    server = start_server()
    head, _, body = everything(connect(server, handshake)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["error"]["code"] == 301
    assert detail in head.decode()
    assert server.terminate() == 0
    assert "Traceback" not in server.output()


METRICS = {"WSCHAT_METRICS_TOKEN": "a metrics token"}


def metric(server: ServerProcess, line: str) -> float:
    """The value of a metric, such as `wschat_dropped_total{reason="x"}`; 0 if nothing was counted yet."""
    answer = httpx.get(
        f"{server.url}/metrics", headers=bearer(METRICS["WSCHAT_METRICS_TOKEN"]), trust_env=False
    )
    found = re.search(rf"^{re.escape(line)} (\S+)$", answer.text, re.MULTILINE)
    return float(found[1]) if found else 0.0


UNREAD = 'wschat_dropped_total{reason="pong_unread"}'


def ping_until_dropped(server: ServerProcess, connection: socket.socket) -> int:
    """Ping without reading, until pongs are dropped; how many pings that were. Each has its number in it."""
    sent = 0
    while not metric(server, UNREAD):
        numbers = range(sent, sent + 5000)
        connection.sendall(b"".join(masked(PING, str(number).zfill(100).encode()) for number in numbers))
        sent += 5000
    return sent


def test_pongs_do_not_pile_up_for_a_peer_that_does_not_read(start_server: StartServer, connect: Connect):
    server = start_server(METRICS)
    connection = connect(server, HANDSHAKE + b"\r\n")
    last = ping_until_dropped(server, connection) - 1
    stream = connection.makefile("rb")
    while stream.readline() != b"\r\n":
        pass
    received = 0
    number = -1
    while number < last:  # the latest ping is answered, however many were not
        assert stream.read(2) == PONG + bytes([100])
        latest = int(stream.read(100))
        assert latest > number
        received, number = received + 1, latest
    assert received + metric(server, UNREAD) == last + 1
    stream.close()


def test_connection_that_is_stuck_in_its_close_does_not_hold_up_the_end_of_the_server(
    start_server: StartServer, connect: Connect
):
    server = start_server(METRICS | {"WSCHAT_PING_SECONDS": "1000"})
    connection = connect(server, HANDSHAKE + b"\r\n")
    ping_until_dropped(server, connection)
    connection.sendall(masked(CLOSE, (1000).to_bytes(2)))
    while metric(server, 'wschat_connections{dialect="wschat.v1"}'):
        pass
    assert server.terminate() == 0
    assert "Traceback" not in server.output()


# Ends while the peer is still sending


TEXT, BINARY = b"\x81", b"\x82"
REST = masked(TEXT, b"x" * 60_000) * 200  # 12 MB: more than the kernel holds


def at(path: bytes) -> bytes:
    return HANDSHAKE.replace(b"/ws", path) + b"\r\n"


@pytest.mark.parametrize(
    ("path", "frames", "code"),
    [
        (b"/ws", masked(TEXT, b"x" * 70_000), 1009),
        (b"/ws", masked(BINARY, b"x" * 20_000_000), 1009),
        (b"/ws", masked(b"\x01", b"x" * 60_000) + masked(b"\x80", b"x" * 60_000), 1009),
        (b"/ws", masked(TEXT, b"\xff\xfe"), 1007),
        (b"/ws", masked(b"\x83", b"x"), 1002),
        (b"/ws", b"\x81\x05hello", 1002),  # not masked
        (b"/ws", masked(b"\x09", b"x" * 126), 1002),
        (b"/ws", masked(b"\xc1", b"x"), 1002),
        (b"/dialects/uuid/1", masked(TEXT, b"nope"), 1007),
        (b"/dialects/envelope/1", masked(TEXT, b"[]"), 1008),
    ],
)
def test_peer_that_is_still_sending_sees_the_close_frame(
    site: ServerProcess, connect: Connect, path: bytes, frames: bytes, code: int
):
    connection = connect(site, at(path))
    stream = connection.makefile("rb")
    while stream.readline() != b"\r\n":
        pass
    connection.sendall(frames + REST)
    received = stream.read()  # to the end: the connection is not reset
    assert CLOSE in received
    close = received[received.index(CLOSE, -125 if len(received) > 125 else 0) :]
    assert int.from_bytes(close[2:4]) == code
    stream.close()


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (b"POST /chats HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(REST), 413, 905),
        (
            b"PUT /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nb71b00\r\n",
            413,
            905,
        ),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 70_000, 400, None),
        (b"no HTTP\r\n\r\n", 400, None),
        (at(b"/nowhere"), 404, 906),
        (at(b"/chats/999/ws"), 404, 101),
        (at(b"/ws").replace(b"GET", b"POST"), 400, 301),
        (at(b"/ws").replace(b": 13", b": 8"), 400, 305),
    ],
)
def test_peer_that_is_still_sending_sees_that_it_is_refused(
    site: ServerProcess, connect: Connect, request_: bytes, status: int, code: int | None
):
    head, _, body = everything(connect(site, request_ + REST)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert code is None or b'"code":%d,' % code in body


def test_what_came_before_a_broken_frame_is_heard(site: ServerProcess, connect: Connect):
    said = b"".join(masked(TEXT, b'{"usr": "Ann", "msg": "words %d"}' % number) for number in range(3))
    connection = connect(site, at(b"/dialects/plain/1"))
    assert connection.recv(4).startswith(b"HTTP")  # else they would come with the handshake
    connection.sendall(said + masked(TEXT, b"x" * 70_000))
    everything(connection)
    later = connect(site, at(b"/dialects/uuid/1?history=3"))
    with later.makefile("rb") as stream:
        seen = b""
        while b"words 2" not in seen:
            seen += stream.read1()
    assert b"words 0" in seen


def resident(pid: int) -> int:
    """Its memory at the most so far, in kB."""
    return int(re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0])


def test_what_is_dropped_at_the_end_takes_no_memory(site: ServerProcess, connect: Connect):
    before = resident(site.pid)
    connection = connect(site, at(b"/ws"), masked(TEXT, b"x" * 70_000))
    for _ in range(8):
        connection.sendall(REST)
    assert CLOSE in everything(connection)
    assert resident(site.pid) - before < 20_000
