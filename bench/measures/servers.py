"""The same work for servers that keep history and know who is there, each in its own protocol."""

import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeAlias

from websockets.exceptions import WebSocketException

from bench.generator import GeneratorFailed
from bench.machine import Lacking, resident_bytes, wait_until_idle
from bench.report import Line, Outcome, Spread, ratios, spread, table
from bench.servers import chat_servers
from bench.servers.base import ChatServer
from bench.stand import Running, Stand
from tests.support.processes import ProcessEnded

UNDER_WAY: Final = (1, 64)
_SETTLING: Final = 30
_FAILURES: Final = (  # those of one server: the others are still worth measuring
    GeneratorFailed,
    Lacking,
    ProcessEnded,
    WebSocketException,
    OSError,
    sqlite3.Error,
    subprocess.CalledProcessError,
)

Figures: TypeAlias = dict[str, float]  # by the key of the row
Found: TypeAlias = Mapping[str, Mapping[str, list[float]]]  # by server, ours first; by key; in each round


@dataclass(frozen=True, slots=True)
class Sizes:
    """The size of each crowd, for a maximum number of clients."""

    members: int
    rooms: int
    joining: int
    returning: int
    behind: int
    few: int  # the first who idle: what they cost once is not counted
    more: int

    @classmethod
    def within(cls, clients: int) -> Self:
        return cls(
            members=min(500, clients),
            rooms=min(200, clients),
            joining=clients,
            returning=min(1000, clients),
            behind=100,
            few=min(50, clients),
            more=min(300, clients),
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table.

    `times`: the ratio to the best of the others that wschat has to reach. `compared`: whether it has a goal.
    `needs`: a server with less than this in another row has had less to do, and is not compared.
    """

    work: str
    unit: str = ""
    digits: int = 0
    more_is_better: bool = False
    times: int = 1
    compared: bool = True
    needs: tuple[str, float] | None = None


def rows(sizes: Sizes, messages: int) -> Mapping[str, Row]:
    """All, by their keys. `messages`: in the room whose history is read."""
    found = {"crowd": Row("the largest crowd", compared=False)}
    found["start"] = Row("start, until the first client is in", "s", 2)
    members = ("crowd", sizes.members)
    for count in UNDER_WAY:
        work = f"room of {sizes.members}, {count} under way"
        found[f"{count} rate"] = Row(f"{work}: deliveries/s", more_is_better=True, times=3, needs=members)
        found[f"{count} p50"] = Row(f"{work}: p50", "ms", 1, needs=members)
        found[f"{count} p99"] = Row(f"{work}: p99", "ms", 1, needs=members)
        found[f"{count} cpu"] = Row(f"{work}: processor time of a delivery", "µs", 1, needs=members)
        found[f"{count} load"] = Row(
            f"{work}: share of its core that the load used", digits=2, compared=False
        )
    missed = f"{sizes.returning:,} clients back after a restart, {sizes.behind} messages behind"
    come_in = f"{sizes.joining:,} clients come into one room: joins/s"
    joining, history = ("crowd", sizes.joining), ("filled", messages)
    return found | {
        "acknowledged": Row(f"{sizes.rooms} rooms: acknowledged messages/s", more_is_better=True, times=3),
        "joins": Row(come_in, more_is_better=True, needs=joining),
        "outside": Row("of these not in after two minutes", compared=False),
        "return": Row(f"{missed}: until the last has all", "s", 2, needs=("crowd", sizes.returning)),
        "gone": Row("of these without all after two minutes", compared=False),
        "memory": Row("memory of an idle member", "kB", 1),
        "filled": Row("messages in the room whose history is read", compared=False),
        "page p50": Row("a page of 50 from anywhere: p50", "ms", 2, needs=history),
        "page p99": Row("a page of 50 from anywhere: p99", "ms", 2, needs=history),
    }


def measure(stand: Stand) -> Outcome:
    """In each round every server does each work once, as a new process with nothing stored."""
    every_server = chat_servers()
    left_out = {(each.name, ""): f"{lacks} not installed" for each in every_server if (lacks := each.lacks())}
    found: dict[str, dict[str, list[float]]] = {
        each.name: {"crowd": [min(stand.clients, each.most)]}
        for each in every_server
        if (each.name, "") not in left_out
    }
    for _ in range(stand.rounds):
        for name, work in WORKS.items():
            for each in every_server:
                if each.name in found and (each.name, name) not in left_out:
                    try:
                        figures = work(stand, each, Sizes.within(min(stand.clients, each.most)))
                    except _FAILURES as error:
                        left_out[each.name, name] = str(error) or type(error).__name__
                    else:
                        for key, value in figures.items():
                            found[each.name].setdefault(key, []).append(value)
    words = [f"{' '.join(filter(None, who))} ({why})" for who, why in left_out.items()]
    keeps = {each.name: each.keeps for each in every_server if each.name in found}
    named = rows(Sizes.within(stand.clients), stand.messages)
    return Outcome(standing(named, found), comparison(named, found, keeps), words)


@contextmanager
def _folder(stand: Stand) -> Iterator[Path]:
    """For the data of a server; gone afterwards, as it takes memory."""
    folder = Path(tempfile.mkdtemp(dir=stand.memory))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _new(stand: Stand, each: ChatServer) -> Iterator[Running]:
    with _folder(stand) as folder, each.serving(stand, folder) as server:
        yield server


def _broadcasts(stand: Stand, each: ChatServer, sizes: Sizes) -> Figures:
    figures = {}
    with _new(stand, each) as server:
        phases = each.broadcast(stand, server, sizes.members, UNDER_WAY)
    for count, phase in zip(UNDER_WAY, phases, strict=True):
        figures[f"{count} rate"] = phase.deliveries_per_second
        figures[f"{count} p50"], figures[f"{count} p99"] = phase.p50_ms, phase.p99_ms
        figures[f"{count} cpu"], figures[f"{count} load"] = phase.server_microseconds, phase.load_busy
    return figures


def _acknowledged(stand: Stand, each: ChatServer, sizes: Sizes) -> Figures:
    with _new(stand, each) as server:
        return {"acknowledged": each.acknowledge(stand, server, sizes.rooms).broadcasts_per_second}


def _joins(stand: Stand, each: ChatServer, sizes: Sizes) -> Figures:
    with _new(stand, each) as server:
        opened = each.enter(stand, server, sizes.joining)
    return {"joins": opened.joins_per_second, "outside": opened.refused}


def _return(stand: Stand, each: ChatServer, sizes: Sizes) -> Figures:
    with _folder(stand) as folder:
        with each.serving(stand, folder) as server:
            known = each.fall_behind(server, sizes.returning, sizes.behind)
        begun = time.monotonic()
        with each.serving(stand, folder) as server:
            if each.enter(stand, server, 1).refused:
                raise GeneratorFailed("no client can join after a restart")
            started = time.monotonic() - begun
            opened = each.catch_up(stand, server, sizes.returning, known)
    return {"start": started, "return": opened.seconds, "gone": opened.refused}


def _memory(stand: Stand, each: ChatServer, sizes: Sizes) -> Figures:
    with _new(stand, each) as server, each.stay(stand, server, sizes.few):
        wait_until_idle(server.pid, _SETTLING)
        before = resident_bytes(server.pid)
        with each.stay(stand, server, sizes.more):
            wait_until_idle(server.pid, _SETTLING)
            return {"memory": (resident_bytes(server.pid) - before) / sizes.more / 1000}


def _history(stand: Stand, each: ChatServer, _: Sizes) -> Figures:
    with _new(stand, each) as server:
        messages = each.fill(server, stand.messages)
        phase = each.read_history(stand, server, messages)
    return {"filled": messages, "page p50": phase.p50_ms, "page p99": phase.p99_ms}


WORKS: Final[Mapping[str, Callable[[Stand, ChatServer, Sizes], Figures]]] = {
    "room": _broadcasts,
    "rooms": _acknowledged,
    "joins": _joins,
    "return": _return,
    "memory": _memory,
    "history": _history,
}


def comparison(work: Mapping[str, Row], found: Found, keeps: Mapping[str, str]) -> str:
    """The table of all figures, with the shares of ours that the others reach."""
    ours, *others = found
    head = ["work", ours]
    for name in others:
        head += [name, f"of {ours}"]
    body = []
    for key, row in work.items():
        line = [row.work, _shown(row, found[ours].get(key))]
        for name in others:
            share = _share(found, key, name) if row.compared else None
            line += [_shown(row, found[name].get(key)), f"{share.median:.3g}" if share else ""]
        body.append(line)
    last = ["where an acknowledged message is", keeps[ours]]
    for name in others:
        last += [keeps[name], ""]
    return table(head, [*body, last])


def _shown(row: Row, values: list[float] | None) -> str:
    return f"{spread(values).shown(row.digits)} {row.unit}".rstrip() if values else "–"


def _share(found: Found, key: str, name: str) -> Spread | None:
    """Of what ours did in the same round."""
    ours, values = next(iter(found.values())).get(key), found[name].get(key)
    if not ours or not values or not all(ours) or len(ours) != len(values):
        return None
    return ratios(values, ours)


def standing(work: Mapping[str, Row], found: Found) -> list[Line]:
    """How ours stands to the best of the others, row by row."""
    _, *others = found
    lines = []
    for key, row in work.items():
        ahead = {}
        for name in others:
            if row.needs is not None and found[name].get(row.needs[0], [0])[0] < row.needs[1]:
                continue
            if share := _share(found, key, name):
                ahead[name] = 1 / share.median if row.more_is_better else share.median
        if not row.compared or not ahead:
            continue
        best = min(ahead, key=lambda name: ahead[name])
        goal = f"{row.times} times as good as any other" if row.times > 1 else "better than any other"
        reached = ahead[best] >= row.times if row.times > 1 else ahead[best] > 1
        lines.append(Line(row.work, goal, f"{ahead[best]:.2f} times as good as {best}", reached))
    return lines
