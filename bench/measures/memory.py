"""The memory of a connection that is in a room and does nothing."""

from typing import Final

from bench.contenders import V1
from bench.machine import resident_bytes
from bench.report import Line, Outcome, spread
from bench.stand import Running, Stand

FEW, MORE = 1000, 4000  # what the first ones cost once is not counted
_WANTED: Final = 20_000
_ABREAST: Final = 50  # not a storm: that is measured elsewhere


def measure(stand: Stand) -> Outcome:
    """Row 5. A new server for each round, as memory that was needed once is not given back."""
    found = []
    for _ in range(stand.rounds):
        with stand.alone() as server:
            found.append(_of_one(stand, server))
    each = spread(found)
    line = Line(
        "memory of an idle `wschat.v1` connection in one room",
        "20 kB, 16 kB wanted",
        f"{spread(value / 1000 for value in found).shown(1)} kB",
        each.median <= _WANTED,
    )
    return Outcome([line])


def _of_one(stand: Stand, server: Running) -> float:
    with stand.generator.hold(V1, [server.port], server.pid, {"n": FEW, "c": _ABREAST}):
        before = resident_bytes(server.pid)
        with stand.generator.hold(V1, [server.port], server.pid, {"n": MORE, "c": _ABREAST}):
            return (resident_bytes(server.pid) - before) / MORE
