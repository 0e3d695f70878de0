"""Two members on two processes: how long from the message to its delivery by the other process."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bench.contenders import PEERS, V1
from bench.generator import Published, Talk
from bench.machine import Lacking
from bench.report import Line, Outcome, ratios, spread, table
from bench.stand import Running, Stand
from tests.support.processes import free_port

_OURS: Final = "two processes of wschat"
_BARE: Final = "two bare processes"
_WANTED: Final = 1.5  # of the bare ones' p50


def measure(stand: Stand) -> Outcome:
    """All processes share the servers' core. In each round both pairs have a turn."""
    try:
        url = stand.postgres_database()
        ours = [stand.wschat(url, redis=True) for _ in range(2)]
        bare = _start_bare(stand, stand.postgres_database())
    except Lacking as lacking:
        return Outcome([], left_out=[f"two processes ({lacking})"])
    frames = replace(V1, path="/", steps=(), subprotocol="")
    found: dict[str, list[Published]] = {_OURS: [], _BARE: []}
    for _ in range(stand.rounds):
        found[_OURS].append(_turn(stand, V1, ours))
        found[_BARE].append(_turn(stand, frames, bare))
    share = ratios([run.p50_ms for run in found[_OURS]], [run.p50_ms for run in found[_BARE]])
    line = Line(
        "two processes over Redis, PostgreSQL: p50",
        f"at most {_WANTED:g} times that of {_BARE}",
        share.shown(2),
        share.median <= _WANTED,
    )
    rows = [
        [name, spread(run.p50_ms for run in runs).shown(2), spread(run.p99_ms for run in runs).shown(2)]
        for name, runs in found.items()
    ]
    return Outcome([line], table(["servers", "p50 ms", "p99 ms"], rows))


def _start_bare(stand: Stand, database: str) -> list[Running]:
    ports = [free_port() for _ in range(2)]
    pair = str(PEERS / "bare_pair.py")
    return [
        stand.launch([sys.executable, pair, str(port), database, stand.redis.url], {}, port) for port in ports
    ]


def _turn(stand: Stand, talk: Talk, servers: Sequence[Running]) -> Published:
    ports = [server.port for server in servers]
    (phase,) = stand.generator.run(talk, ports, servers[0].pid, {"n": 2, "t": stand.seconds})
    return phase
