"""Clients that talk now and then: `python -m bench.crowd PORT CLIENTS ROOM...`, until standard input ends.

Each room has as many of them, a few come from one address, and all keep within the usual limits. Prints a
line when all are in, and in the end, in JSON, how long each message waited for its answer, and what failed.
"""

import contextlib
import heapq
import random
import selectors
import socket
import sys
import time
from dataclasses import dataclass
from typing import Final

import msgspec

from bench.flooder import connect, frame

OF_AN_ADDRESS: Final = 5  # clients
PAUSE: Final = (0.5, 1.5)  # seconds between two messages of a client
PATIENCE: Final = 5.0  # seconds, for what is under way in the end
_TEXT, _PING = 0x81, 0x89


class Report(msgspec.Struct, frozen=True):
    """`waits`: when each message was sent, by the monotonic clock, and how long its answer took. Seconds.

    `late`: how long after its time each was sent, as the crowd had other things to do; `lost`: copies that a
    member did not get; `busy`: the share of a core that the crowd took.
    """

    waits: list[tuple[float, float]]
    late: list[float]
    unanswered: int
    refused: int
    lost: int
    closed: int
    busy: float


class _Heard(msgspec.Struct, frozen=True):
    type: str
    id: int = 0
    text: str = ""


_decode: Final = msgspec.json.Decoder(_Heard).decode


def split_frames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Return a server's frames, by first byte and payload, and the beginning of one that is not all there."""
    found, at = [], 0
    while len(data) - at >= 2:
        head, size = 2, data[at + 1]
        if size > 125:
            head = 4 if size == 126 else 10
            size = int.from_bytes(data[at + 2 : at + head])
        if len(data) - at < head + size:
            break
        found.append((data[at], data[at + head : at + head + size]))
        at += head + size
    return found, data[at:]


@dataclass(eq=False, slots=True)
class _Client:
    connection: socket.socket
    room: int
    rest: bytes = b""


class Crowd:
    """All of them, with the messages that are under way."""

    def __init__(self, port: int, count: int, rooms: list[int]) -> None:
        self._members = count // len(rooms)
        self._clients = [
            _Client(connect(port, "send", room, f"member {number}", address_of(number)), room)
            for number in range(count)
            for room in [rooms[number % len(rooms)]]
        ]
        self._selector = selectors.DefaultSelector()
        for client in self._clients:
            client.connection.setblocking(False)
            self._selector.register(client.connection, selectors.EVENT_READ, client)
        self._selector.register(sys.stdin, selectors.EVENT_READ)
        self._over = False
        self._sent: dict[int, float] = {}  # by number: when, until the answer
        self._missing: dict[int, int] = {}  # by number: copies
        self._next = 1000
        self._waits: list[tuple[float, float]] = []
        self._late: list[float] = []
        self._refused = self._closed = 0

    def talk(self) -> None:
        """Until standard input ends; then take what is under way."""
        began = time.monotonic()
        due = [(began + random.uniform(0, PAUSE[1]), number) for number in range(len(self._clients))]
        heapq.heapify(due)
        while not self._over:
            at, number = due[0]
            if (left := at - time.monotonic()) > 0:
                self._receive(left)
                continue
            heapq.heapreplace(due, (at + random.uniform(*PAUSE), number))
            self._late.append(-left)
            self._say(self._clients[number])
        until = time.monotonic() + PATIENCE
        while (self._sent or self._missing) and (left := until - time.monotonic()) > 0:
            self._receive(left)

    def report(self, busy: float) -> Report:
        """Say how it was."""
        unanswered, lost = len(self._sent), sum(self._missing.values())
        return Report(self._waits, self._late, unanswered, self._refused, lost, self._closed, busy)

    def _say(self, client: _Client) -> None:
        number = self._next
        self._next += 1
        data = frame(f'{{"type":"send","id":{number},"room":{client.room},"text":"{number}"}}')
        self._sent[number], self._missing[number] = time.monotonic(), self._members
        with contextlib.suppress(OSError):  # it is closed, and stays unanswered
            client.connection.send(data)

    def _receive(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                self._over = True
                self._selector.unregister(sys.stdin)
                continue
            client: _Client = key.data
            data = b""
            with contextlib.suppress(ConnectionError):
                data = client.connection.recv(1 << 18)
            if not data:
                self._closed += 1
                self._selector.unregister(client.connection)
                continue
            now = time.monotonic()
            frames, client.rest = split_frames(client.rest + data)
            for kind, payload in frames:
                if kind == _TEXT:
                    self._hear(_decode(payload), now)
                elif kind == _PING:
                    client.connection.send(bytes((0x8A, 0x80 | len(payload), 0, 0, 0, 0)) + payload)

    def _hear(self, heard: _Heard, now: float) -> None:
        if heard.type == "message":
            number = int(heard.text)
            self._missing[number] -= 1
            if not self._missing[number]:
                del self._missing[number]
        elif heard.type == "ok" and heard.id in self._sent:
            sent = self._sent.pop(heard.id)
            self._waits.append((sent, now - sent))
        elif heard.type == "error":
            self._refused += 1


def address_of(number: int) -> str:
    """The address that a client of the crowd comes from."""
    return f"127.0.{1 + number // OF_AN_ADDRESS // 200}.{1 + number // OF_AN_ADDRESS % 200}"


def main() -> None:
    """Talk, and print how it was."""
    port, count, *rooms = map(int, sys.argv[1:])
    crowd = Crowd(port, count, rooms)
    sys.stdout.write("in\n")
    sys.stdout.flush()
    began, used = time.monotonic(), time.process_time()
    crowd.talk()
    busy = (time.process_time() - used) / (time.monotonic() - began)
    sys.stdout.buffer.write(msgspec.json.encode(crowd.report(busy)))


if __name__ == "__main__":
    main()
