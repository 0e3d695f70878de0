"""200 clients in 20 rooms, with the limits that a server has by default, beside 1, 10 and 50 flooders."""

import math
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

import httpx
import msgspec

from bench.crowd import Report
from bench.machine import HERE, processor_seconds, started_on
from bench.report import Line, Outcome, ratios, spread, table
from bench.stand import Running, Stand
from tests.faults.flood import TOO_FAST

CLIENTS, ROOMS = 200, 20
FRAMES: Final = 20_000  # a second, of each flooder
SECONDS: Final = 10.0  # of each phase, and until a flooder has to be closed
MOST: Final = 1.2  # times as long as usual that other clients may wait
# How many flood at the same time, and whether each that is closed is replaced at once.
FLOODS: Final = ((1, False), (10, False), (50, False), (1, True), (10, True), (50, True))
_BETWEEN: Final = 2.0  # seconds from one phase to the next
_OF_AN_ADDRESS: Final = 4  # rooms

Kind: TypeAlias = tuple[int, bool]
Window: TypeAlias = tuple[float, float]  # from when until when, by the monotonic clock


class Flood(msgspec.Struct, frozen=True):
    """What the flooders tell. `ends`: with which code each connection was closed, and after how long."""

    frames: int
    ends: list[tuple[int, float] | None]
    began: float
    ended: float
    busy: float


@dataclass(frozen=True, slots=True)
class Beside:
    """How a crowd did beside a flood: milliseconds, and the share of its core that the server took."""

    p50: float
    p99: float
    server: float
    flood: Flood | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """Without a flood and with each kind of it."""

    alone: Beside
    beside: dict[Kind, Beside]
    crowd: Report

    @property
    def failed(self) -> int:
        """How much of the crowd's was lost or refused."""
        crowd = self.crowd
        return crowd.unanswered + crowd.refused + crowd.lost + crowd.closed


def measure(stand: Stand) -> Outcome:
    """In each round a new server, with every kind of flood in turn."""
    rounds = [_play_round(stand) for _ in range(stand.rounds)]
    lines = [_compare(rounds, kind) for kind in FLOODS]
    failed = sum(each.failed for each in rounds)
    sent = sum(len(each.crowd.waits) for each in rounds)
    lines.append(
        Line("of the others, lost, refused or closed", "0", f"{failed} of {sent:,} messages", not failed)
    )
    lines += [_judge_ends(rounds, kind) for kind in FLOODS if not kind[1]]
    busy = spread(each.crowd.busy for each in rounds)
    lines.append(Line("share of the load's core that the others took", "", busy.shown(2)))
    late = spread(percentile(each.crowd.late, 0.99) for each in rounds)
    lines.append(Line("p99 of the delay with which the load sent their messages", "", f"{late.shown(1)} ms"))
    return Outcome(lines, _table(rounds))


def describe(kind: Kind) -> str:
    """In words."""
    count, again = kind
    return f"{count} flooder{'s' * (count > 1)}{', who come back at once' * again}"


def percentile(seconds: Sequence[float], share: float) -> float:
    """Milliseconds; if there is nothing, without end."""
    found = sorted(seconds)
    return 1e3 * found[math.ceil(share * len(found)) - 1] if found else math.inf


def within(waits: Sequence[tuple[float, float]], window: Window) -> list[float]:
    """How long those took that were sent within the window."""
    began, ended = window
    return [wait for sent, wait in waits if began <= sent < ended]


def _compare(rounds: Sequence[Round], kind: Kind) -> Line:
    ratio = ratios([each.beside[kind].p99 for each in rounds], [each.alone.p99 for each in rounds])
    work = f"others' p99 beside {describe(kind)}, of that without"
    return Line(work, f"at most {MOST}", ratio.shown(2), ratio.median <= MOST)


def _judge_ends(rounds: Sequence[Round], kind: Kind) -> Line:
    ends = [end for flood in _floods(rounds, kind) for end in flood.ends]
    closed = [end[1] for end in ends if end is not None and end[0] == TOO_FAST]
    last = f"{len(closed)} of {len(ends)}, the last after {max(closed, default=math.inf):.1f} s"
    within = len(closed) == len(ends) and max(closed) <= SECONDS
    return Line(f"{describe(kind)}: closed with {TOO_FAST}", f"within {SECONDS:g} s", last, within)


def _floods(rounds: Sequence[Round], kind: Kind) -> list[Flood]:
    return [flood for each in rounds if (flood := each.beside[kind].flood) is not None]


def _table(rounds: Sequence[Round]) -> str:
    delays = ["others: p50 ms", "p99 ms"]
    shares = ["share of the server's core", "of the load's, by flooders"]
    head = ["beside", *delays, "frames sent", "connections", "closed after s", *shares]
    rows = [["no flooder", *_delays([each.alone for each in rounds]), "", "", "", _server(rounds, None), ""]]
    for kind in FLOODS:
        floods = _floods(rounds, kind)
        ends = [end[1] for flood in floods for end in flood.ends if end is not None]
        rows.append(
            [
                describe(kind),
                *_delays([each.beside[kind] for each in rounds]),
                spread(flood.frames for flood in floods).shown(),
                spread(len(flood.ends) for flood in floods).shown(),
                spread(ends).shown(1) if ends else "never",
                _server(rounds, kind),
                spread(flood.busy for flood in floods).shown(2),
            ]
        )
    return table(head, rows)


def _delays(found: Sequence[Beside]) -> list[str]:
    return [spread(each.p50 for each in found).shown(1), spread(each.p99 for each in found).shown(1)]


def _server(rounds: Sequence[Round], kind: Kind | None) -> str:
    return spread((each.beside[kind] if kind else each.alone).server for each in rounds).shown(2)


@dataclass(frozen=True, slots=True)
class _Phase:
    window: Window
    server: float
    flood: Flood | None = None


def _play_round(stand: Stand) -> Round:
    phases: dict[Kind, _Phase] = {}
    with stand.limited() as server:
        lobby, *rooms = _make_rooms(server, 1 + ROOMS)
        with _talking(stand, server, rooms) as talking:
            time.sleep(_BETWEEN)  # what is only done once
            first = _be_quiet(server)
            for kind in FLOODS:
                phases[kind] = _flood(stand, server, lobby, kind)
                time.sleep(_BETWEEN)
            last = _be_quiet(server)
        report = talking.report
    beside = {kind: _look(report, [phase]) for kind, phase in phases.items()}
    return Round(_look(report, [first, last]), beside, report)


def _look(report: Report, phases: Sequence[_Phase]) -> Beside:
    # The mean of both for the phases without a flood.
    p50, p99 = (
        sum(percentile(within(report.waits, phase.window), share) for phase in phases) / len(phases)
        for share in (0.5, 0.99)
    )
    server = sum(phase.server for phase in phases) / len(phases)
    return Beside(p50, p99, server, phases[0].flood)


def _be_quiet(server: Running) -> _Phase:
    began, used = time.monotonic(), processor_seconds(server.pid)
    time.sleep(SECONDS)
    ended = time.monotonic()
    return _Phase((began, ended), (processor_seconds(server.pid) - used) / (ended - began))


def _flood(stand: Stand, server: Running, lobby: int, kind: Kind) -> _Phase:
    count, again = kind
    numbers = map(str, (server.port, lobby, count, count * FRAMES, int(SECONDS)))
    command = [sys.executable, "-m", "tests.faults.flooder", *numbers, "idle", *(["again"] * again)]
    used = processor_seconds(server.pid)
    with started_on(stand.cores.load):
        done = subprocess.run(command, cwd=HERE.parent, stdout=subprocess.PIPE, check=True)
    flood = msgspec.json.decode(done.stdout, type=Flood)
    time.sleep(max(0.0, flood.began + SECONDS - time.monotonic()))  # all windows are as long
    spent = processor_seconds(server.pid) - used
    return _Phase((flood.began, flood.began + SECONDS), spent / SECONDS, flood)


class _Talking:
    report: Report


@contextmanager
def _talking(stand: Stand, server: Running, rooms: Sequence[int]) -> Iterator[_Talking]:
    """Have the crowd talk for as long as the block lasts. Its report is there afterwards."""
    talking = _Talking()
    numbers = map(str, (server.port, CLIENTS, *rooms))
    with started_on(stand.cores.load):
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.crowd", *numbers],
            cwd=HERE.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
    with process:
        assert process.stdin
        assert process.stdout
        try:
            assert process.stdout.readline(), "the crowd is not in"
            yield talking
        finally:
            process.stdin.close()
        talking.report = msgspec.json.decode(process.stdout.read(), type=Report)


def _make_rooms(server: Running, count: int) -> list[int]:
    """A few from each address, as the limits have it."""
    made: list[int] = []
    while len(made) < count:
        way = httpx.HTTPTransport(local_address=f"127.1.0.{1 + len(made) // _OF_AN_ADDRESS}")
        with httpx.Client(base_url=server.url, trust_env=False, transport=way) as client:
            answer = client.post("/chats", json={"title": f"crowd {len(made)}", "visibility": "public"})
            made.append(answer.raise_for_status().json()["id"])
    return made
