"""RFC 6455 byte by byte: frames as a client sends them, and what it then expects, in the words of a table.

The cases speak `plain`, in which the server says a message back to its sender, and nothing else.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

MORE, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
FIN: Final = 0x80
PATIENCE: Final = 20.0  # seconds until what has to come is given up
MAX_FRAME: Final = 65_536
LONGEST: Final = 60_000  # characters of a message
ABNORMAL: Final = 1006  # for an end without a close frame
HANDSHAKE: Final = (
    b"GET /dialects/plain/1 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
_KEY: Final = bytes.fromhex("37fa213d")


@dataclass(frozen=True)
class Heard:
    """A message comes back."""

    text: str


@dataclass(frozen=True)
class Ponged:
    """A ping is answered."""

    payload: bytes = b""


@dataclass(frozen=True)
class Ended:
    """The server sends a close frame with this code (None: without one), and ends TCP in order.

    `failed`: for what was sent, and not to answer a close frame.
    """

    code: int | None
    reason: str | None = None
    failed: bool = field(default=False, compare=False)


Step = bytes | Heard | Ponged | Ended


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True) -> bytes:
    """One frame of a client."""
    size = len(payload)
    if size < 126:
        length = bytes([size])
    elif size < 65_536:
        length = b"\x7e" + size.to_bytes(2)
    else:
        length = b"\x7f" + size.to_bytes(8)
    head = bytes([(FIN if fin else 0) | rsv << 4 | opcode])
    if not masked:
        return head + length + payload
    return head + bytes([length[0] | 0x80]) + length[1:] + _KEY + _mask(payload)


def _mask(payload: bytes) -> bytes:
    key = _KEY * (len(payload) // 4 + 1)
    return (int.from_bytes(payload) ^ int.from_bytes(key[: len(payload)])).to_bytes(len(payload))


def fragments(payload: bytes, size: int, opcode: int = TEXT) -> list[bytes]:
    """A message in fragments of this size."""
    parts = [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]
    last = len(parts) - 1
    return [frame(MORE if n else opcode, part, fin=n == last) for n, part in enumerate(parts)]


def chops(data: bytes, size: int) -> list[bytes]:
    """The same bytes in writes of this size."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def close(code: int | None = None, reason: bytes = b"") -> bytes:
    """A close frame."""
    return frame(CLOSE, b"" if code is None else code.to_bytes(2) + reason)


def message(text: str | bytes, size: int = 0) -> bytes:
    """The payload that says this, as many bytes as that: with spaces after it."""
    said = text if isinstance(text, bytes) else json.dumps(text, ensure_ascii=False).encode()[1:-1]
    payload = b'{"usr":"a","msg":"' + said + b'"}'
    return payload.ljust(size)


def say(text: str | bytes) -> bytes:
    """A message in one frame."""
    return frame(TEXT, message(text))


def exchange(text: str) -> tuple[bytes, Heard]:
    """A message that comes back: what was before it was taken."""
    return say(text), Heard(text)


BYE: Final = (close(1000), Ended(1000))


@dataclass
class Connection:
    """The client's end, after the handshake."""

    socket: socket.socket
    received: bytes = b""
    messages: list[bytes] = field(default_factory=list)

    def play(self, steps: tuple[Step, ...]) -> None:
        """Do what the steps say; AssertionError at the first that is not so."""
        for step in steps:
            if isinstance(step, bytes):
                self.send(step)
            else:
                assert self.read(step) == step

    def send(self, data: bytes) -> None:
        """Write it. A server that has ended the connection may not take it any more."""
        with suppress(ConnectionError):
            self.socket.sendall(data)

    def read(self, expected: Step) -> Step:
        """What comes next, in the words of the table."""
        try:
            opcode, payload = self.read_frame()
        except EOFError:
            return Ended(ABNORMAL)
        if opcode == TEXT:
            return Heard(json.loads(payload)["msg"])
        if opcode == PONG:
            return Ponged(payload)
        assert opcode == CLOSE, opcode
        assert self.read_to_the_end() == b"", "nothing follows a close frame"
        reason = payload[2:].decode() if isinstance(expected, Ended) and expected.reason is not None else None
        return Ended(int.from_bytes(payload[:2]) if payload else None, reason)

    def read_frame(self) -> tuple[int, bytes]:
        """A frame of the server: whole, not masked, of the shortest form."""
        first, second = self.take(2)
        assert first & 0xF0 == FIN, "a whole frame without reserved bits"
        assert second < 0x80, "servers do not mask"
        size = second if second < 126 else int.from_bytes(self.take(2 if second == 126 else 8))
        assert second == (size if size < 126 else 126 if size < 65_536 else 127), "the shortest form"
        return first & 0x0F, self.take(size)

    def take(self, size: int) -> bytes:
        while len(self.received) < size:
            self.received += self.receive()
        taken, self.received = self.received[:size], self.received[size:]
        return taken

    def receive(self) -> bytes:
        """Bytes that come. EOFError at the end."""
        try:
            data = self.socket.recv(1 << 20)
        except ConnectionResetError:
            data = b""
        if not data:
            raise EOFError
        return data

    def read_to_the_end(self) -> bytes:
        try:
            while True:
                self.received += self.receive()
        except EOFError:
            return self.received


@contextmanager
def connect(port: int) -> Iterator[Connection]:
    """A connection after its handshake; closed in the end."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)) as opened:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.sendall(HANDSHAKE)
        connection = Connection(opened)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.take(1)
        assert head.startswith(b"HTTP/1.1 101 "), head
        assert b"sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=" in head.lower()
        assert b"sec-websocket-extensions" not in head.lower()
        yield connection
