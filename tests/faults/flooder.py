"""Connections that send as fast as told.

    python -m tests.faults.flooder PORT ROOM COUNT RATE SECONDS [again] [idle]

Each comes from an address of its own. `again`: one that is closed is replaced at once. `idle`: all other
processes have the processor first. Prints, in JSON, how many frames went out, for each connection with which
code it was closed, and after how many seconds, when the flood began and ended by the monotonic clock, and
which share of a core it took.
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
    """One connection. `end`: the code with which it was closed, 0 without one, and after how many seconds."""

    connection: socket.socket
    number: int
    began: float
    unsent: bytes = b""
    tail: bytes = b""
    sent: int = 0
    end: tuple[int, float] | None = field(default=None)

    def send(self, frame: bytes, count: int) -> None:
        """Send this many frames, or what of them the server takes."""
        if self.unsent:
            count = 0
        data = self.unsent or frame * count
        try:
            taken = self.connection.send(data)
        except BlockingIOError:
            taken = 0
        except OSError:
            self.receive()
            return
        self.unsent = data[taken:]
        self.sent += taken

    def receive(self) -> None:
        """Drop what comes, but for the end."""
        try:
            while data := self.connection.recv(1 << 20):
                self.tail = (self.tail + data)[-LONGEST_END:]
        except BlockingIOError:
            return
        except OSError:
            pass
        self.end = _find_code(self.tail), time.monotonic() - self.began


def _find_code(tail: bytes) -> int:
    """The code in the close frame that is the last of it."""
    for start in range(len(tail) - 3):
        if tail[start] == 0x88 and start + 2 + tail[start + 1] == len(tail):
            return int.from_bytes(tail[start + 2 : start + 4])
    return 0


def _frame(text: str) -> bytes:
    payload = text.encode()
    return bytes((0x81, 0x80 | len(payload), 0, 0, 0, 0)) + payload  # short, and with a mask of zeros


class Flooders:
    """All connections: those that are open, and those that were."""

    def __init__(self, port: int, room: int, *, again: bool) -> None:
        self._port = port
        self._room = room
        self._again = again
        self._selector = selectors.DefaultSelector()
        self._came: list[Flooder] = []
        self.open: list[Flooder] = []

    def connect(self, number: int, *, waits: bool) -> None:
        """Have one come in. `waits`: and be in the room; or else it goes on before it is answered."""
        address = f"127.{os.getpid() % 200 + 10}.0.{number + 1}"
        connection = socket.create_connection(("127.0.0.1", self._port), 10, source_address=(address, 0))
        key = base64.b64encode(os.urandom(16)).decode()
        connection.sendall(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Protocol: wschat.v1\r\n\r\n".encode()
        )
        for command in (
            {"type": "hello", "name": f"flood {os.getpid()} {number} {len(self._came)}"},
            {"type": "join", "room": self._room},
        ):
            if waits:
                connection.recv(65_536)
            connection.sendall(_frame(json.dumps({**command, "id": 1})))
        if waits:
            connection.recv(65_536)
        connection.setblocking(False)
        flooder = Flooder(connection, number, time.monotonic())
        self._came.append(flooder)
        self.open.append(flooder)
        self._selector.register(connection, selectors.EVENT_READ, flooder)

    def receive_until(self, due: float) -> None:
        """Take what comes until then."""
        while (left := due - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                flooder = key.data
                if flooder.end is None:
                    flooder.receive()
                if flooder.end is not None:
                    self._selector.unregister(flooder.connection)
                    flooder.connection.close()
                    self.open.remove(flooder)
                    if self._again:
                        self.connect(flooder.number, waits=False)

    def close(self) -> None:
        """Have all go."""
        self._selector.close()
        for flooder in self.open:
            flooder.connection.close()

    def count_bytes(self) -> int:
        """Return how many went out."""
        return sum(one.sent for one in self._came)

    def list_ends(self) -> list[tuple[int, float] | None]:
        """Return how each connection has ended; None if it has not."""
        return [one.end for one in self._came]


def main() -> None:
    """Flood until all are closed, or the time is over."""
    port, room, count, rate, seconds = map(int, sys.argv[1:6])
    if "idle" in sys.argv:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    frame = _frame(json.dumps({"type": "send", "id": 7, "room": room, "text": "flood"}))
    flooders = Flooders(port, room, again="again" in sys.argv)
    with contextlib.closing(flooders):
        for number in range(count):
            flooders.connect(number, waits=True)
        each, used = max(1, round(rate * TICK / count)), time.process_time()
        began = due = time.monotonic()
        for flooder in flooders.open:
            flooder.began = began
        while flooders.open and due < began + seconds:
            for flooder in flooders.open:
                flooder.send(frame, each)
            due += TICK
            flooders.receive_until(due)
        ended = time.monotonic()
    told = {
        "frames": flooders.count_bytes() // len(frame),
        "ends": flooders.list_ends(),
        "began": began,
        "ended": ended,
        "busy": (time.process_time() - used) / (ended - began),
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
