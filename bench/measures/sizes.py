"""What one more delivery costs, as a room grows: the server's time on its core, told by the kernel."""

from dataclasses import replace
from itertools import pairwise
from typing import Final

from bench.contenders import ROOMS, YARDSTICK, Contender, contenders
from bench.report import Line, Outcome, spread, table
from bench.stand import Running, Stand

SIZES: tuple[int, ...] = (10, 100, 1000, 5000, 10_000, 19_000)  # a process may have 20,000 descriptors
_WITHIN: Final = 0.2
# Each connection hears the room without a join, so no arrivals of 5,000 members distort the figures.
_TALK: Final = replace(ROOMS, steps=())


def measure(stand: Stand) -> Outcome:
    """Row 7."""
    (loop,) = [each for each in contenders() if each.name == YARDSTICK]
    ours = Contender("wschat", _TALK, lambda stand: stand.wschat())
    servers = {each: each.start(stand) for each in (ours, loop)}
    costs: dict[tuple[Contender, int], list[float]] = {(each, size): [] for each in servers for size in SIZES}
    for _ in range(stand.rounds):
        for each, size in costs:
            costs[each, size].append(_broadcast(stand, each, servers[each], size))
    medians = {key: spread(values).median for key, values in costs.items()}
    steps = _steps([medians[ours, size] for size in SIZES])
    growth = max(steps) / min(steps) - 1
    line = Line(
        f"one more delivery, from {SIZES[0]} to {SIZES[-1]:,} members",
        f"flat within {_WITHIN:.0%}",
        f"{min(steps):.2f} to {max(steps):.2f} µs: {growth:.0%}",
        growth <= _WITHIN,
    )
    return Outcome([line], _table({each.name: [medians[each, size] for size in SIZES] for each in servers}))


def _broadcast(stand: Stand, each: Contender, server: Running, size: int) -> float:
    """Microseconds of one broadcast."""
    (phase,) = stand.generator.run(each.talk, [server.port], server.pid, {"n": size, "t": stand.seconds})
    return phase.server_microseconds * size


def _steps(broadcasts: list[float]) -> list[float]:
    """What one more member costs between each size and the next: the cost of the message itself falls out."""
    pairs = pairwise(zip(SIZES, broadcasts, strict=True))
    return [(more - less) / (larger - smaller) for (smaller, less), (larger, more) in pairs]


def _table(found: dict[str, list[float]]) -> str:
    head, rows = ["members"], [[f"{size:,}"] for size in SIZES]
    for name, broadcasts in found.items():
        head += [f"{name}: µs of a broadcast", "of one more delivery"]
        for row, cost, step in zip(rows, broadcasts, [None, *_steps(broadcasts)], strict=True):
            row += [f"{cost:,.0f}", "" if step is None else f"{step:.2f}"]
    return table(head, rows)
