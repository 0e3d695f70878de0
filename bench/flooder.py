"""One connection that sends as fast as it can: `python -m bench.flooder PORT KIND SECONDS ROOM`."""

import json
import os
import select
import socket
import sys
import time
from typing import Final

HANDSHAKE: Final = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
)
_V1: Final = ("/ws", "Sec-WebSocket-Protocol: wschat.v1\r\n")
_ENTER: Final = ('{{"type":"hello","id":1,"name":"{name}"}}', '{{"type":"join","id":2,"room":{room}}}')
_ENVELOPE: Final = '{{"message_type":"%s","message_body":{{"%s":{{"sender_username":"{name}"%s}}}}}}'

# By kind: where to connect, what to send to begin with, and what to send again and again.
KINDS: Final = {
    "send": (_V1, _ENTER, '{{"type":"send","id":7,"room":{room},"text":"flood"}}'),
    "large": (_V1, _ENTER, '{{"type":"send","id":7,"room":{room},"text":"%s"}}' % ("x" * 4000)),
    "too large": (_V1, _ENTER, '{{"type":"send","id":7,"room":{room},"text":"%s"}}' % ("x" * 4001)),
    "ping": (_V1, _ENTER, '{{"type":"ping","id":7}}'),
    "typing": (_V1, _ENTER, '{{"type":"typing","id":7,"room":{room}}}'),
    "malformed": (_V1, _ENTER, '{{"type":"send","id":7}}'),
    "history": (_V1, _ENTER, '{{"type":"history","id":7,"room":{room},"limit":100}}'),
    "members": (_V1, _ENTER, '{{"type":"members","id":7,"room":{room}}}'),
    "search": (_V1, _ENTER, '{{"type":"search","id":7,"room":{room},"text":"flood"}}'),
    "join": (_V1, _ENTER, '{{"type":"leave","id":7,"room":{room}}}\n{{"type":"join","id":8,"room":{room}}}'),
    "react": (_V1, _ENTER, '{{"type":"react","id":7,"room":{room},"target":1,"emoji":"👍"}}'),
    "rooms": (
        ("/chats/{room}/ws", ""),
        ('{{"event_type":"join","name":"{name}","color":"red"}}',),
        '{{"event_type":"send","name":"{name}","msg":"flood"}}',
    ),
    "plain": (("/dialects/plain/{room}", ""), (), '{{"usr":"{name}","msg":"flood"}}'),
    "uuid": (("/dialects/uuid/{room}", ""), (), '{{"contents":"flood"}}'),
    "envelope": (
        ("/dialects/envelope/{room}", ""),
        (_ENVELOPE % ("Enter", "Enter", ""),),
        _ENVELOPE % ("GroupChat", "GroupChat", ',"content":"flood"'),
    ),
}


def frame(text: str) -> bytes:
    """A client's text frame; the mask is zero."""
    payload = text.encode()
    if len(payload) < 126:
        return bytes((0x81, 0x80 | len(payload), 0, 0, 0, 0)) + payload
    return b"\x81\xfe" + len(payload).to_bytes(2) + b"\0\0\0\0" + payload


def frames(kind: str, room: int, name: str = "flooder") -> bytes:
    """What is sent again and again."""
    return b"".join(map(frame, KINDS[kind][2].format(room=room, name=name).split("\n")))


def connect(port: int, kind: str, room: int, name: str = "flooder", address: str = "") -> socket.socket:
    """A connection that is in the room, from this address."""
    (path, more), steps, _ = KINDS[kind]
    connection = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(address, 0))
    # As browsers and all libraries have it: else what follows a pong waits for 40 ms for the acknowledgement.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(HANDSHAKE.format(path=path.format(room=room), more=more).encode())
    connection.recv(65536)
    for step in steps:
        connection.sendall(frame(step.format(room=room, name=name)))
        connection.recv(65536)
    return connection


def flood(connection: socket.socket, data: bytes, seconds: float, *, deaf: bool = False) -> int:
    """Send the data again and again and drop the answers, unless `deaf`. How many bytes went out."""
    connection.setblocking(False)
    view, sent, until = memoryview(data), 0, time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        readable, writable, _ = select.select([] if deaf else [connection], [connection], [], left)
        if readable and not connection.recv(1 << 20):
            break
        if writable:
            sent += connection.send(view[sent % len(data) :])
    return sent


def main() -> None:
    """Flood, and print how many frames went out. All other processes have the processor first."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    port, kind, seconds, room = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    name = f"flooder {os.getpid()}"
    data = frames(kind, room, name)
    connection = connect(port, kind, room, name)
    many = max(1, 65536 // len(data))
    try:
        sent = flood(connection, data * many, seconds, deaf="deaf" in sys.argv)
    except OSError as error:
        sys.exit(f"flooder: {error}")
    print(json.dumps({"frames": sent * (1 + KINDS[kind][2].count("\n")) // len(data)}))


if __name__ == "__main__":
    main()
