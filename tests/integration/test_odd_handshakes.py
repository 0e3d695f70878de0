"""Handshakes, targets and upgrades as the RFCs have them, byte by byte, on real servers."""

import json
import socket
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests.integration.conftest import Dial
from tests.support.rest import Rest
from tests.support.server import ServerProcess

HANDSHAKE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
FIRST, NEXT, TEXT, CLOSE, PING, PONG, FIN = 1, 0, 1, 8, 9, 10, 0x80
HELLO = json.dumps({"contents": "hello"}).encode()


def frame(opcode: int, payload: bytes = b"", fin: bool = True) -> bytes:
    assert len(payload) < 126
    return bytes([(FIN if fin else 0) | opcode, 0x80 | len(payload)]) + bytes(4) + payload


def ask(server: ServerProcess, sent: bytes, until: bytes = b"") -> bytes:
    """What is answered, until the end of the connection, or until these bytes have come."""
    url = urlsplit(server.url)
    with closing(socket.create_connection((url.hostname, url.port), timeout=10)) as connection:
        connection.sendall(sent)
        answer = b""
        while not until or until not in answer:
            if not (more := connection.recv(65_536)):
                break
            answer += more
        return answer


def upgrade(path: bytes, host: bytes = b"Host: localhost\r\n", version: bytes = b"1.1") -> bytes:
    return b"GET %s HTTP/%s\r\n" % (path, version) + host + HANDSHAKE + b"\r\n"


def get(path: bytes, headers: bytes = b"") -> bytes:
    return b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" % path + headers + b"\r\n"


@pytest.mark.parametrize(
    "fragments",
    [
        frame(TEXT, HELLO),
        frame(FIRST, HELLO[:5], fin=False) + frame(NEXT, HELLO[5:]),
        frame(PING, b"p") + frame(TEXT, HELLO),
        frame(TEXT, HELLO)[:9],  # the rest comes later
    ],
    ids=["whole", "fragments", "after a ping", "a part"],
)
def test_frame_in_the_segment_of_the_handshake_is_heard(servers: list[ServerProcess], fragments: bytes):
    url = urlsplit(servers[0].url)
    with closing(socket.create_connection((url.hostname, url.port), timeout=10)) as connection:
        connection.sendall(upgrade(b"/dialects/uuid") + fragments)
        answer = b""
        while b'"connect"' not in answer:
            answer += connection.recv(65_536)
        if fragments == frame(TEXT, HELLO)[:9]:
            connection.sendall(frame(TEXT, HELLO)[9:])
        while b'"contents":"hello"' not in answer:
            answer += connection.recv(65_536)


def test_many_frames_in_the_segment_of_the_handshake_are_heard_in_order(servers: list[ServerProcess]):
    sent = [json.dumps({"contents": f"number {number:03}"}).encode() for number in range(20)]
    answer = ask(
        servers[0], upgrade(b"/dialects/uuid") + b"".join(frame(TEXT, each) for each in sent), b"019"
    )
    places = [answer.index(b"number %03d" % number) for number in range(20)]
    assert places == sorted(places)


@pytest.mark.parametrize("payload", [b"\x03\xe8", b"\x03\xe9bye", b""])
def test_close_between_fragments_is_answered(servers: list[ServerProcess], payload: bytes):
    begun = frame(FIRST, b"{", fin=False) + frame(CLOSE, payload)
    answer = ask(servers[0], upgrade(b"/dialects/uuid") + begun)
    assert answer.endswith(bytes([FIN | CLOSE, len(payload)]) + payload)


def test_ping_between_fragments_is_answered(servers: list[ServerProcess]):
    begun = frame(FIRST, HELLO[:5], fin=False) + frame(PING, b"now") + frame(NEXT, HELLO[5:])
    answer = ask(servers[0], upgrade(b"/dialects/uuid") + begun, b'"contents":"hello"')
    assert bytes([FIN | PONG, 3]) + b"now" in answer


def test_message_within_a_fragmented_one_ends_the_connection(servers: list[ServerProcess]):
    begun = frame(FIRST, HELLO[:5], fin=False) + frame(TEXT, HELLO)
    assert b"\x03\xea" in ask(servers[0], upgrade(b"/dialects/uuid") + begun)  # 1002


@pytest.mark.parametrize(
    "host", [b"Host: localhost\r\nHost: evil\r\n", b"Host: localhost\r\nhost: localhost\r\n", b""]
)
def test_handshake_with_another_number_of_hosts_than_one_is_refused(
    servers: list[ServerProcess], host: bytes
):
    answer = ask(servers[0], upgrade(b"/ws", host))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == 301


@pytest.mark.parametrize("host", [b"Host: localhost\r\nHost: evil\r\n", b""])
def test_target_in_absolute_form_needs_one_host_too(servers: list[ServerProcess], host: bytes):
    assert ask(servers[0], upgrade(b"ws://localhost/ws", host)).startswith(b"HTTP/1.1 400 ")
    request = b"GET http://localhost/chats/1 HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n"
    assert ask(servers[0], request).startswith(b"HTTP/1.1 400 ")


def test_request_with_two_hosts_is_refused(servers: list[ServerProcess]):
    assert ask(servers[0], get(b"/chats", b"Host: localhost\r\n")).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("path", [b"/ws", b"/chats/1/ws", b"/dialects/uuid", b"/dialects/plain/1"])
def test_http_1_0_cannot_upgrade(servers: list[ServerProcess], path: bytes):
    answer = ask(servers[0], upgrade(path, version=b"1.0"))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == 301


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        (b"http://localhost/chats/1", b'"id":1,'),
        (b"HTTP://localhost:80/chats/1?x=http://y", b'"id":1,'),
        (b"https://localhost/chats/public%20chat", b'"id":1,'),
        (b"http://localhost", b"<!DOCTYPE html>"),
        (b"http://localhost?x", b"<!DOCTYPE html>"),
    ],
)
def test_target_in_absolute_form_is_its_path(servers: list[ServerProcess], target: bytes, answer: bytes):
    heard = ask(servers[0], get(target))
    assert heard.startswith(b"HTTP/1.1 200 ")
    assert answer in heard


@pytest.mark.parametrize(
    "target", [b"http://localhost/dialects/uuid", b"ws://localhost/dialects/uuid?history=1"]
)
def test_handshake_in_absolute_form_is_accepted(servers: list[ServerProcess], target: bytes):
    assert b'"connect"' in ask(servers[0], upgrade(target), b'"connect"')


@pytest.mark.parametrize(
    "path",
    [
        *(b"/chats/a%0Ab", b"/chats/1%0A", b"/chats/%0A", b"/chats/1/%0D%0A", b"/chats/a%0Ab/token/renew"),
        *(
            b"/api",
            b"/api/",
            b"/api/nothing",
            b"/api/auth/nothing",
            b"/api/auth/token/x",
            b"/chats/1/x",
            b"/chats/all",
        ),
    ],
)
def test_unknown_rest_path_is_answered_in_json(servers: list[ServerProcess], path: bytes):
    for accept in (b"", b"Accept: text/html\r\n"):
        head, _, body = ask(servers[0], get(path, accept)).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 404 ")
        assert json.loads(body)["error"]["code"] in (101, 906)


@pytest.mark.parametrize("path", [b"/chats/a%0Ab/ws", b"/chats/1%0A/ws", b"/dialects/uuid/a%0Ab", b"/ws%0A"])
def test_line_break_in_an_address_leads_to_no_room(servers: list[ServerProcess], path: bytes):
    answer = ask(servers[0], upgrade(path))
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] in (101, 906)


@pytest.mark.parametrize(
    ("path", "offered", "accepted"),
    [
        ("/chats/1/ws", ["wschat.v1"], None),
        ("/chats/1/ws", ["uuid", "rooms"], "rooms"),
        ("/chats/1/ws", ["wschat.v1", "a.b.c"], "a.b.c"),
        ("/dialects/uuid", ["wschat.v1", "soap"], None),
        ("/dialects/plain", ["uuid", "plain"], "plain"),
        ("/dialects/envelope", ["mqtt"], None),
        ("/ws", ["rooms", "wschat.v1"], "wschat.v1"),
        ("/ws", ["rooms"], None),
    ],
)
async def test_subprotocol_that_is_accepted_is_spoken_there(
    dial: Dial, path: str, offered: list[str], accepted: str | None
):
    assert (await dial(path, subprotocols=offered)).connection.subprotocol == accepted


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("offer", ["h2c", "TLS/1.0", "HTTP/2.0", "foo, h2c", "websocket/13"])
def test_body_with_an_upgrade_that_is_not_ours_comes(rest: Rest, room: int, method: str, offer: str):
    path = "/chats" if method == "POST" else f"/chats/{room}"
    fields = {"title": f"{method} {offer} {room}", "visibility": "public", "description": offer}
    connection = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": offer, "HTTP2-Settings": "AAMAAABkAAQ"}
    answer = rest.client.request(method, path, json=fields, headers=connection)
    assert answer.json().get("description") == offer, answer.text
