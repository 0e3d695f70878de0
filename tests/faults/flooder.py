"""Connections that send as fast as told: `python -m tests.faults.flooder PORT ROOM COUNT RATE SECONDS`.

Each comes from an address of its own. Prints, in JSON, how many frames went out, and for each connection with
which code it was closed, and after how many seconds.
"""

import base64
import contextlib
import json
import os
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field

TICK = 0.01  # seconds
LONGEST_END = 200  # bytes that are kept of what came last: the close frame is in them


@dataclass
class Flooder:
    """One connection. `end`: the code with which it was closed, 0 without one, and when."""

    connection: socket.socket
    unsent: bytes = b""
    tail: bytes = b""
    sent: int = 0
    end: tuple[int, float] | None = field(default=None)

    def send(self, frame: bytes, count: int, began: float) -> None:
        """Send this many frames, or what of them the server takes."""
        if self.unsent:
            count = 0
        data = self.unsent or frame * count
        try:
            taken = self.connection.send(data)
        except BlockingIOError:
            taken = 0
        except OSError:
            self.receive(began)
            return
        self.unsent = data[taken:]
        self.sent += taken

    def receive(self, began: float) -> None:
        """Drop what comes, but for the end."""
        try:
            while data := self.connection.recv(1 << 20):
                self.tail = (self.tail + data)[-LONGEST_END:]
        except BlockingIOError:
            return
        except OSError:
            pass
        self.end = _find_code(self.tail), time.monotonic() - began


def _find_code(tail: bytes) -> int:
    """The code in the close frame that is the last of it."""
    for start in range(len(tail) - 3):
        if tail[start] == 0x88 and start + 2 + tail[start + 1] == len(tail):
            return int.from_bytes(tail[start + 2 : start + 4])
    return 0


def _frame(text: str) -> bytes:
    payload = text.encode()
    return bytes((0x81, 0x80 | len(payload), 0, 0, 0, 0)) + payload  # short, and with a mask of zeros


def _connect(port: int, room: int, number: int) -> Flooder:
    address = f"127.{os.getpid() % 200 + 10}.0.{number + 1}"
    connection = socket.create_connection(("127.0.0.1", port), 10, source_address=(address, 0))
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        f"Sec-WebSocket-Protocol: wschat.v1\r\n\r\n".encode()
    )
    for command in (
        {"type": "hello", "name": f"flood {os.getpid()} {number}"},
        {"type": "join", "room": room},
    ):
        connection.recv(65_536)
        connection.sendall(_frame(json.dumps({**command, "id": 1})))
    connection.recv(65_536)
    connection.setblocking(False)
    return Flooder(connection)


def main() -> None:
    """Flood until all are closed, or the time is over."""
    port, room, count, rate, seconds = map(int, sys.argv[1:])
    frame = _frame(json.dumps({"type": "send", "id": 7, "room": room, "text": "flood"}))
    flooders = [_connect(port, room, number) for number in range(count)]
    each = max(1, round(rate * TICK / count))
    began = due = time.monotonic()
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
        for flooder in flooders:
            stack.enter_context(flooder.connection)
            selector.register(flooder.connection, selectors.EVENT_READ, flooder)
        while (open_ones := [one for one in flooders if one.end is None]) and due < began + seconds:
            for one in open_ones:
                one.send(frame, each, began)
            due += TICK
            while (left := due - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    if key.data.end is None:
                        key.data.receive(began)
                    if key.data.end is not None:
                        selector.unregister(key.fileobj)
    sent = sum(one.sent for one in flooders) // len(frame)
    sys.stdout.write(json.dumps({"frames": sent, "ends": [one.end for one in flooders]}) + "\n")


if __name__ == "__main__":
    main()
