"""The opening handshake, of a request that is parsed already."""

import pytest

from chat.errors import NO_SESSION, UNSUPPORTED_DEVICE, ChatError, ErrorKind
from chat.server.handshake import MOST_BYTES, MOST_HEADERS, build_acceptance, read_handshake

GIVEN = {
    b"host": b"chat.example",
    b"upgrade": b"websocket",
    b"connection": b"Upgrade",
    b"sec-websocket-version": b"13",
    b"sec-websocket-key": b"dGhlIHNhbXBsZSBub25jZQ==",
}


def headers(**changes: str | None) -> list[tuple[bytes, bytes]]:
    """The headers of a handshake, with changes; None leaves one out."""
    named = {name.replace("_", "-").encode(): value for name, value in changes.items()}
    kept = [(name, value) for name, value in GIVEN.items() if name not in named]
    return kept + [(name, value.encode("latin-1")) for name, value in named.items() if value is not None]


def test_answer_proves_that_the_key_was_read():
    asked = read_handshake(b"GET", b"/chats/a%20room/ws?history=5", headers())
    assert (asked.path, asked.raw_path, asked.query) == (
        "/chats/a room/ws",
        b"/chats/a%20room/ws",
        b"history=5",
    )
    answer = build_acceptance(asked, [(b"date", b"today"), (b"Sec-WebSocket-Protocol", b"wschat.v1")])
    assert answer.split(b"\r\n") == [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",  # of RFC 6455, 1.3
        b"date: today",
        b"Sec-WebSocket-Protocol: wschat.v1",
        b"",
        b"",
    ]


def test_subprotocols_may_come_in_several_headers():
    offered = [(b"sec-websocket-protocol", value) for value in (b"wschat.v1, a.b.c", b"rooms")]
    asked = read_handshake(b"GET", b"/ws", [*headers(), *offered])
    assert asked.subprotocols == ["wschat.v1", "a.b.c", "rooms"]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (headers(host=None), NO_SESSION),
        ([*headers(), (b"host", b"evil")], NO_SESSION),
        (headers(sec_websocket_key=None), NO_SESSION),
        (headers(sec_websocket_key="dG9vIHNob3J0"), NO_SESSION),
        (headers(sec_websocket_key="dGhlIHNhbXBsZSBub25jZQ"), NO_SESSION),
        (headers(sec_websocket_key="dGhlIHNhbXBsZ!SBub25jZQ=="), NO_SESSION),
        (headers(sec_websocket_key="é"), NO_SESSION),
        ([*headers(), (b"sec-websocket-key", GIVEN[b"sec-websocket-key"])], NO_SESSION),
        (headers(sec_websocket_version=None), NO_SESSION),
        (headers(sec_websocket_version="8"), UNSUPPORTED_DEVICE),
        ([*headers(), (b"sec-websocket-version", b"13")], NO_SESSION),
        ([*headers(), (b"origin", b"http://a"), (b"origin", b"http://b")], NO_SESSION),
        (headers(sec_websocket_protocol="two words"), NO_SESSION),
        (headers(sec_websocket_protocol="é"), NO_SESSION),
        ([*headers(), *[(b"x", b"")] * MOST_HEADERS], NO_SESSION),
        (headers(cookie="x" * MOST_BYTES), NO_SESSION),
    ],
)
def test_handshake_that_is_not_in_order_is_refused(given: list[tuple[bytes, bytes]], kind: ErrorKind):
    with pytest.raises(ChatError) as refused:
        read_handshake(b"GET", b"/ws", given)
    assert refused.value.kind is kind


@pytest.mark.parametrize(
    ("method", "target"), [(b"POST", b"/ws"), (b"GET", b"/caf\xc3\xa9"), (b"GET", b"/" * (MOST_BYTES + 1))]
)
def test_request_that_is_no_handshake_is_refused(method: bytes, target: bytes):
    with pytest.raises(ChatError) as refused:
        read_handshake(method, target, headers())
    assert refused.value.kind is NO_SESSION
