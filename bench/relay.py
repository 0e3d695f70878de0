"""A room that no process can hold: `python -m bench.relay [--rate 20 ...]`. Simulates, and measures nothing.

One process numbers the messages of the room. It sends each batch to a few relays, these to theirs, and the
last ones, the leaves, to the members. Costs are those of docs/performance.md; what is assumed is a parameter.
"""

import math
import random
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final, TypeAlias

from bench.report import table

MEMBERS: Final = (10_000, 100_000, 1_000_000)
BRANCHES: Final = (4, 16, 64)
_PARTS: Final = 10  # of a leaf's members; those of a part have a message at the same time

Times: TypeAlias = Sequence[float]  # of each message, in order


@dataclass(frozen=True, slots=True)
class Assumptions:
    """How much is said, for how long, and what each thing costs."""

    rate: float = 10  # messages in a second, at random times
    seconds: float = 20
    # What was measured
    commit_ms: float = 2
    write_us: float = 6  # to a member
    joined_us: float = 0.3  # for one more message in the same write
    # What was not
    forward_us: float = 150  # of a batch to another process
    link_ms: float = 0.5  # on its way there
    a_leaf: int = 5000  # members of one process


@dataclass(frozen=True, slots=True)
class Found:
    """Over all members and messages: the time from `send` until a member has it. `busy`: of a leaf's core."""

    processes: int
    levels: int
    p50_ms: float
    p99_ms: float
    busy: float


@dataclass(frozen=True, slots=True)
class _Work:
    """Of a process on one batch."""

    begins: float
    ends: float
    messages: range


def simulate(members: int, branches: int, given: Assumptions, seed: int = 1) -> Found:
    """Simulate the tree for a room of this size, with this number of branches at each node."""
    widths = [math.ceil(members / given.a_leaf)]
    while widths[0] > 1:
        widths.insert(0, math.ceil(widths[0] / branches))
    sent = list(_random_times(given, random.Random(seed)))
    nodes = [_ends(_batches(sent, lambda count: given.commit_ms / 1000))]
    for width in widths[1:]:
        # As many children for each as for the others, or one more.
        shares = [width * (n + 1) // len(nodes) - width * n // len(nodes) for n in range(len(nodes))]
        nodes = [
            child for came, share in zip(nodes, shares, strict=True) for child in _forward(came, share, given)
        ]
    delays: list[float] = []
    busy = 0.0
    for came in nodes:
        works = _batches(came, lambda count: members / len(nodes) * _write_seconds(count, given))
        busy = max(busy, sum(work.ends - work.begins for work in works) / given.seconds)
        for work in works:
            for part in range(1, _PARTS + 1):
                at = work.begins + (work.ends - work.begins) * part / _PARTS
                delays += [at - sent[number] for number in work.messages]
    delays.sort()
    p50, p99 = (1000 * delays[int((len(delays) - 1) * share)] for share in (0.5, 0.99))
    return Found(sum(widths), len(widths), p50, p99, busy)


def _random_times(given: Assumptions, chance: random.Random) -> Iterator[float]:
    at = chance.expovariate(given.rate)
    while at < given.seconds:
        yield at
        at += chance.expovariate(given.rate)


def _write_seconds(count: int, given: Assumptions) -> float:
    """The time to write this number of messages to one member."""
    return (given.write_us + (count - 1) * given.joined_us) / 1e6


def _batches(came: Times, cost: Callable[[int], float]) -> list[_Work]:
    """All that waits is the next batch of a process that takes one after the other."""
    works: list[_Work] = []
    free, first = 0.0, 0
    while first < len(came):
        begins, last = max(free, came[first]), first
        while last < len(came) and came[last] <= begins:
            last += 1
        free = begins + cost(last - first)
        works.append(_Work(begins, free, range(first, last)))
        first = last
    return works


def _ends(works: Sequence[_Work]) -> Times:
    return [work.ends for work in works for _ in work.messages]


def _forward(came: Times, branches: int, given: Assumptions) -> Iterator[Times]:
    """When each child has each message: they are written to one after the other."""
    one, link = given.forward_us / 1e6, given.link_ms / 1000
    works = _batches(came, lambda count: branches * one)
    for child in range(1, branches + 1):
        yield [work.begins + child * one + link for work in works for _ in work.messages]


def relays(given: Assumptions) -> str:
    """The table."""
    head = ("members", "branches", "levels", "processes", "p50 / p99 ms", "a leaf's core")
    rows = []
    for members in MEMBERS:
        for branches in BRANCHES:
            found = simulate(members, branches, given)
            delay = f"{found.p50_ms:.0f} / {found.p99_ms:.0f}"
            shape = (str(found.levels), f"{found.processes:,}")
            rows.append((f"{members:,}", str(branches), *shape, delay, f"{found.busy:.0%}"))
    return table(head, rows)


def main() -> None:
    """Print it, with what the command line assumes instead."""
    parser = ArgumentParser(prog="python -m bench.relay", formatter_class=ArgumentDefaultsHelpFormatter)
    for field in fields(Assumptions):
        name = f"--{field.name.replace('_', '-')}"
        parser.add_argument(name, type=type(field.default), default=field.default, help=" ")
    print(relays(Assumptions(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
