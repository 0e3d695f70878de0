"""The delay of other clients, with and without a connection that floods the server."""

import http.client
import math
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from bench.flooder import connect, frame
from bench.machine import HERE, started_on
from bench.report import Line, Outcome, ratios, spread, table
from bench.stand import Running, Stand

KINDS: Final = ("send", "large", "too large", "rooms", "plain", "ping", "malformed", "history")
MOST: Final = 1.2  # times as long as usual that other clients may wait
_SEND_SECONDS, _HEALTH_SECONDS = 0.002, 0.01  # from an answer to the next question
_WARM_SECONDS: Final = 1.0
_PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Waits:
    """p99 of one phase, in milliseconds."""

    send: float
    health: float


def measure(stand: Stand) -> Outcome:
    """With and without a flooder in turn, for each kind of flood."""
    server = stand.wschat()
    with started_on(stand.cores.load):  # or else the flooder may take the server's core
        return _compare(stand, server)


def _compare(stand: Stand, server: Running) -> Outcome:
    rooms = _make_rooms(server, 2)
    _phase(server, rooms, "", stand.seconds)  # what is only done once
    lines, rows = [], []
    for kind in KINDS:
        pairs = [
            (_phase(server, rooms, "", stand.seconds), _phase(server, rooms, kind, stand.seconds))
            for _ in range(stand.rounds)
        ]
        sent = ratios([flood.send for _, flood in pairs], [alone.send for alone, _ in pairs])
        health = ratios([flood.health for _, flood in pairs], [alone.health for alone, _ in pairs])
        work = f"others' p99 while one floods with {kind}, of that without"
        lines.append(Line(work, f"at most {MOST}", sent.shown(2), sent.median <= MOST))
        rows.append(_row(kind, pairs, health.shown(2)))
    head = ["flood", "send: p99 ms without", "with", "/healthz: p99 ms without", "with", "ratio"]
    return Outcome(lines, table(head, rows))


def _row(kind: str, pairs: Sequence[tuple[Waits, Waits]], ratio: str) -> list[str]:
    columns = [
        [alone.send for alone, _ in pairs],
        [flood.send for _, flood in pairs],
        [alone.health for alone, _ in pairs],
        [flood.health for _, flood in pairs],
    ]
    return [kind, *(spread(column).shown(1) for column in columns), ratio]


def _phase(server: Running, rooms: Sequence[int], kind: str, seconds: float) -> Waits:
    """How long a member of the first room and a load balancer wait, while one may flood the second."""
    mine, other = rooms
    flooder = _start_flooder(server, kind, other, seconds) if kind else None
    with connect(server.port, "send", mine, f"member {time.monotonic_ns()}") as member:
        member.settimeout(_PATIENCE)
        health = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE)
        until = time.monotonic() + seconds
        asked = [
            _Asking(lambda: _say(member, mine), _SEND_SECONDS, until),
            _Asking(lambda: _look(health), _HEALTH_SECONDS, until),
        ]
        send, look = (asking.p99() for asking in asked)
        health.close()
    if flooder is not None:
        flooder.wait(_PATIENCE)
    return Waits(send, look)


def _start_flooder(server: Running, kind: str, room: int, seconds: float) -> "subprocess.Popen[bytes]":
    how = [str(server.port), kind, str(seconds + _WARM_SECONDS), str(room)]
    command = [sys.executable, "-m", "bench.flooder", *how]
    process = subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.DEVNULL)
    time.sleep(_WARM_SECONDS)
    return process


class _Asking(threading.Thread):
    """Ask again and again, and note how long each answer takes."""

    def __init__(self, ask: Callable[[], None], pause: float, until: float) -> None:
        super().__init__()
        self._ask, self._pause, self._until = ask, pause, until
        self._waits: list[float] = []
        self.start()

    def run(self) -> None:
        """Until the time is over."""
        while time.monotonic() < self._until or not self._waits:
            began = time.perf_counter()
            self._ask()
            self._waits.append(time.perf_counter() - began)
            time.sleep(self._pause)

    def p99(self) -> float:
        """In milliseconds, when all is asked."""
        self.join()
        waits = sorted(self._waits)
        return 1e3 * waits[math.ceil(0.99 * len(waits)) - 1] if waits else math.inf


def _say(member: socket.socket, room: int) -> None:
    number = time.monotonic_ns() % 2**31
    member.sendall(frame(f'{{"type":"send","id":{number},"room":{room},"text":"hi"}}'))
    got = b""
    while f'"id":{number},'.encode() not in got:
        if not (data := member.recv(65_536)):
            raise ConnectionError("the server has closed the connection")
        got += data


def _look(health: http.client.HTTPConnection) -> None:
    health.request("GET", "/healthz")
    health.getresponse().read()


def _make_rooms(server: Running, count: int) -> list[int]:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        made = [
            client.post("/chats", json={"title": f"flood {i}", "visibility": "public"}) for i in range(count)
        ]
    return [room.json()["id"] for room in made]
