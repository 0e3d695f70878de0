"""The server's side of a connection, towards clients that do not behave. Each speaks over a bare socket."""

import json
import re
import socket
from collections.abc import Callable, Iterator

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
    return opcode + bytes([0x80 | len(payload)]) + b"\0\0\0\0" + payload


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
