"""5,000 clients come at once, say hello and join one room, whose members hear of each other."""

from typing import Final

from bench.contenders import V1
from bench.report import Line, Outcome, spread
from bench.stand import Stand

CLIENTS: Final = 5000
_ABREAST: Final = 1000
_JOINS: Final = 1500


def measure(stand: Stand) -> Outcome:
    """Row 8. A new server for each round: the ones of the last round would still be leaving."""
    runs = []
    for _ in range(stand.rounds):
        with stand.alone() as server:
            options = {"n": CLIENTS, "c": _ABREAST}
            runs.append(stand.generator.open_only(V1, [server.port], server.pid, options))
    joins, seconds = spread(run.joins_per_second for run in runs), spread(run.seconds for run in runs)
    refused = sum(run.refused for run in runs)
    measured = f"{joins.shown()}; all in after {seconds.shown(1)} s; {refused} refused"
    reached = joins.median >= _JOINS and not refused
    work = f"{CLIENTS:,} clients connect and join one room, joins/s"
    return Outcome([Line(work, f"{_JOINS:,}, none refused", measured, reached)])
