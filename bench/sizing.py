"""What a number of people needs: `python -m bench.sizing [--members 200 ...]`. Computes, measures nothing.

Costs are those of docs/performance.md, on the machine that is named there. What is assumed is a parameter.
"""

import math
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

from bench.report import table

PEOPLE: Final = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Assumptions:
    """How people talk, what each thing costs, and how much may be asked of each part."""

    # How people talk
    says: float = 10  # messages of each in an hour
    members: float = 50  # who are there and get each message, the sender as well
    comes: float = 2  # connections of each in an hour, with a join
    peak: float = 3  # times as much in the busiest minutes
    # What was measured
    message_us: float = 100  # processor time of a message in `wschat.v1`, PostgreSQL
    delivery_us: float = 6
    join_us: float = 1500
    connection_kb: float = 17
    messages_a_database: float = 9700  # acknowledged in a second
    # What was not
    crossing_us: float = 150  # processor time of a message in each other process that has members of its room
    commands: float = 1  # of Redis for each message, and one more for each process that gets it
    commands_a_redis: float = 80_000  # in a second
    process_mb: float = 150
    use: float = 0.5  # of a core: the rest is for storms
    connections_a_process: float = 20_000


@dataclass(frozen=True, slots=True)
class Need:
    """What it takes. `database` and `redis`: shares of what one of them can do."""

    people: int
    messages: float  # in a second, at the peak
    deliveries: float
    processes: int  # each has a core
    memory_gb: float
    database: float
    redis: float


def need(people: int, given: Assumptions) -> Need:
    """What this number of people, connected at the same time, needs."""
    messages = people * given.says * given.peak / _HOUR
    deliveries = messages * given.members
    joins = people * given.comes * given.peak / _HOUR
    work = messages * given.message_us + deliveries * given.delivery_us + joins * given.join_us
    processes = max(1, math.ceil(people / given.connections_a_process))
    while (least := _processes(work, messages, processes, given)) > processes:
        processes = least
    crossings = 0.0 if processes == 1 else messages * (given.commands + 1 + _others(processes, given.members))
    return Need(
        people=people,
        messages=messages,
        deliveries=deliveries,
        processes=processes,
        memory_gb=(people * given.connection_kb + processes * given.process_mb * 1000) / 1e6,
        database=messages / given.messages_a_database,
        redis=crossings / given.commands_a_redis,
    )


def _processes(work: float, messages: float, among: int, given: Assumptions) -> int:
    """The number of processes for the work, with members spread over `among`: the more, the more crosses."""
    crossing = messages * _others(among, given.members) * given.crossing_us
    return max(1, math.ceil((work + crossing) / 1e6 / given.use))


def _others(processes: int, members: float) -> float:
    """In how many other processes a message has a reader, with members anywhere."""
    return processes * (1 - (1 - 1 / processes) ** members) - 1 if processes > 1 else 0.0


def breaks_first(found: Need) -> str:
    """What one of is not enough, and by how much; the worst."""
    share, what = max((found.database, "PostgreSQL"), (found.redis, "Redis"))
    return f"{what}, {share:.1f} times over" if share > 1 else ""


def sizing(given: Assumptions, people: Sequence[int] = PEOPLE) -> str:
    """The table."""
    head = (
        "connected",
        "messages/s at the peak",
        "deliveries/s",
        "processes and cores",
        "memory",
        "of one PostgreSQL",
        "of one Redis",
        "what breaks first",
    )
    rows = [
        (
            f"{found.people:,}",
            f"{found.messages:,.0f}",
            f"{found.deliveries:,.0f}",
            f"{found.processes:,}",
            f"{found.memory_gb:,.1f} GB",
            f"{found.database:.1%}",
            f"{found.redis:.1%}" if found.processes > 1 else "none",
            breaks_first(found),
        )
        for found in (need(each, given) for each in people)
    ]
    return table(head, rows)


def main() -> None:
    """Print it, with what the command line assumes instead."""
    parser = ArgumentParser(prog="python -m bench.sizing", formatter_class=ArgumentDefaultsHelpFormatter)
    parser.add_argument(
        "people", nargs="*", type=int, default=list(PEOPLE), help="connected at the same time"
    )
    for field in fields(Assumptions):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=float, default=field.default, help=" ")
    asked = vars(parser.parse_args())
    people = asked.pop("people")
    print(sizing(Assumptions(**asked), people))


if __name__ == "__main__":
    main()
