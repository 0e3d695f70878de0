"""Crowds come at once, say hello and join one room, whose members hear of each other."""

from typing import Final

from bench.contenders import V1
from bench.generator import Opened
from bench.report import Line, Outcome, spread, table
from bench.stand import Stand

CROWDS: tuple[int, ...] = (100, 1000, 5000, 15_000)
_ABREAST: Final = 1000
_GOALS: Final = {5000: 1500}  # joins a second


def measure(stand: Stand) -> Outcome:
    """Row 8. A new server for each round: the ones of the last round would still be leaving."""
    found: dict[int, list[Opened]] = {crowd: [] for crowd in CROWDS}
    for _ in range(stand.rounds):
        for crowd, runs in found.items():
            with stand.alone() as server:
                options = {"n": crowd, "c": _ABREAST}
                runs.append(stand.generator.open_only(V1, [server.port], server.pid, options))
    lines, rows = [], []
    refused = sum(run.refused for runs in found.values() for run in runs)
    for crowd, runs in found.items():
        joins = spread(run.joins_per_second for run in runs)
        seconds, cost = spread(run.seconds for run in runs), spread(run.server_microseconds for run in runs)
        rows.append([f"{crowd:,}", joins.shown(), seconds.shown(1), cost.shown()])
        if goal := _GOALS.get(crowd):
            work = f"{crowd:,} clients connect and join one room, joins/s"
            reached = joins.median >= goal and not refused
            measured = f"{joins.shown()}; {refused} refused"
            lines.append(Line(work, f"{goal:,}, none refused", measured, reached))
    head = ["clients", "joins/s", "all in after s", "processor time of each, µs"]
    return Outcome(lines, table(head, rows))
