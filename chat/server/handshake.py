"""The opening handshake of a WebSocket (RFC 6455, 4.2), of a request that is parsed already.

uvicorn writes the request out again and has `websockets` parse and answer it in Python. That took a third of
what a handshake costs this server.
"""

import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from websockets.exceptions import InvalidHeaderFormat
from websockets.headers import parse_subprotocol

from chat.errors import NO_SESSION, UNSUPPORTED_DEVICE, ChatError

Headers = Sequence[tuple[bytes, bytes]]

MOST_HEADERS: Final = 128
MOST_BYTES: Final = 8192  # of the target, and of each header
_KEY_BYTES: Final = 16
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a client asks for. `accept`: the proof that this server has read its key."""

    path: str
    raw_path: bytes
    query: bytes
    subprotocols: list[str]
    accept: bytes


def read_handshake(method: bytes, target: bytes, headers: Headers) -> Handshake:
    """Read a request that offers an upgrade to a WebSocket; its names of headers are in lower case.

    Raises 301, and 305 for another version of the protocol.
    """
    if method != b"GET":
        raise ChatError(NO_SESSION, detail="a handshake is a GET request")
    if len(headers) > MOST_HEADERS:
        raise ChatError(NO_SESSION, detail=f"more than {MOST_HEADERS} headers")
    if any(len(name) + len(value) > MOST_BYTES for name, value in [(b"", target), *headers]):
        raise ChatError(NO_SESSION, detail=f"a line has more than {MOST_BYTES} bytes")
    given: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        given.setdefault(name, []).append(value)
    versions = given.get(b"sec-websocket-version", [])
    if any(version != b"13" for version in versions):
        raise ChatError(UNSUPPORTED_DEVICE)
    if len(given.get(b"host", ())) != 1:  # RFC 9112, 3.2
        raise ChatError(NO_SESSION, detail="one Host header is expected")
    if len(versions) != 1 or len(given.get(b"origin", ())) > 1:
        raise ChatError(NO_SESSION)
    raw_path, _, query = target.partition(b"?")
    accept = _accept_key(given.get(b"sec-websocket-key", []))
    try:
        path = raw_path.decode("ascii")
    except UnicodeDecodeError:
        raise ChatError(NO_SESSION) from None
    if "%" in path:
        path = unquote(path)
    return Handshake(path, raw_path, query, _read_subprotocols(given), accept)


def build_acceptance(handshake: Handshake, headers: Headers) -> bytes:
    """The answer that makes the connection a WebSocket."""
    lines = b"".join(b"%s: %s\r\n" % header for header in headers)
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %s\r\n%s\r\n" % (handshake.accept, lines)
    )


def _accept_key(keys: Sequence[bytes]) -> bytes:
    try:
        (key,) = keys
        if len(binascii.a2b_base64(key, strict_mode=True)) != _KEY_BYTES:
            raise ValueError
    except ValueError:
        raise ChatError(NO_SESSION) from None
    digest = hashlib.sha1(key + _GUID, usedforsecurity=False).digest()
    return binascii.b2a_base64(digest, newline=False)


def _read_subprotocols(given: dict[bytes, list[bytes]]) -> list[str]:
    try:
        values = [value.decode("ascii") for value in given.get(b"sec-websocket-protocol", ())]
        return [word for value in values for word in parse_subprotocol(value)]
    except (InvalidHeaderFormat, UnicodeDecodeError):
        raise ChatError(NO_SESSION) from None
