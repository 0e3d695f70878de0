"""Two members: how long from the message to its delivery."""

from collections.abc import Sequence

from bench.contenders import V1
from bench.report import Line, Outcome, spread
from bench.stand import Running, Stand


def measure(stand: Stand) -> Outcome:
    """Row 4."""
    return Outcome([line(stand, "two members, SQLite", [stand.wschat()], (1, 5))])


def line(stand: Stand, work: str, servers: Sequence[Running], wanted: tuple[float, float]) -> Line:
    """The delay up to the last of two members, on these servers in turn; wanted are p50 and p99, in ms."""
    ports = [server.port for server in servers]
    options = {"n": 2, "t": stand.seconds}
    runs = [stand.generator.run(V1, ports, servers[0].pid, options)[0] for _ in range(stand.rounds)]
    p50, p99 = spread(run.p50_ms for run in runs), spread(run.p99_ms for run in runs)
    goal = f"{wanted[0]} / {wanted[1]} ms"
    reached = p50.median <= wanted[0] and p99.median <= wanted[1]
    return Line(f"{work}: p50 / p99", goal, f"{p50.shown(2)} / {p99.shown(2)} ms", reached)
