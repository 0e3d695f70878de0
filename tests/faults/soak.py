"""Clients that connect and leave for a long time: `python -m tests.faults.soak [--short]`. See `make soak`.

Prints one table. Status 1 if memory grew, something was lost, or something is left when all are gone.
"""

import asyncio
import sys
import time
from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from functools import partial

from tests.faults import watch
from tests.faults.cluster import Cluster, running
from tests.faults.prober import until
from tests.faults.stage import LONG, Figure, Stage, complete, stage, table
from tests.faults.verdict import growth
from tests.support.server import ServerProcess

CLIENTS, ROOMS, RATE = 200, 10, 20.0
FIRST = 20  # who have come and gone before the start is noted: what is made once is there then
FLAT = 1.03  # of memory: so much more at most in the last third than in the second one ...
FLAT_MIB = 3.0  # ... and this many MiB
POSTGRES_POOL = 20
REDIS_POOL = 10  # eight for groups, one to publish, one to listen
PRESENT = "SELECT count(*) FROM chat_presence"


@dataclass(frozen=True)
class Form:
    """`pause`: seconds between two who are replaced."""

    seconds: float
    pause: float


WHOLE = Form(seconds=1200, pause=15)  # 2 % of the clients a minute
SHORT = Form(seconds=150, pause=2)  # nearly as many in all


@dataclass(frozen=True)
class Held:
    """What an app process, or the database, holds for its clients."""

    tasks: int
    descriptors: int
    presence_rows: int
    live_rooms: int
    groups: int
    connections: int


def main() -> int:
    """Play it."""
    parser = ArgumentParser(prog="python -m tests.faults.soak")
    parser.add_argument("--short", action="store_true", help="3 minutes, with as many who come and go")
    form = SHORT if parser.parse_args().short else WHOLE
    with running() as whole:
        figures = asyncio.run(soak(whole, form))
    print(table({"clients come and go": figures}))  # noqa: T201 - it is what this is for
    return 0 if all(figure.ok for figure in figures) else 1


async def soak(whole: Cluster, form: Form) -> list[Figure]:
    """Have clients come and go for so long; what must hold of it."""
    started = time.monotonic()

    def tell(text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - started:6.1f} s  {text}\n")

    async with stage(whole, LONG, tell) as here:
        await here.come([app.url for app in whole.apps], FIRST)
        await here.load.talk(RATE)
        await here.more(0.2)
        await here.look()
        await here.load.leave()
        here.since.clear()  # those who come now begin with what was said
        before = await _settled(here)
        tell(f"at the start: {before}")
        await here.come([app.url for app in whole.apps], CLIENTS)
        await here.load.talk(RATE)
        memory = await _come_and_go(here, form)
        look = await here.look()
        await here.load.leave()
        return [complete([look]), *map(_flat, memory), *await _back(here, before)]


async def _come_and_go(here: Stage, form: Form) -> list[list[float]]:
    """Replace one after the other; the memory of each process all the while, in MiB."""
    memory: list[list[float]] = [[] for _ in here.cluster.apps]
    until_then, replaced = time.monotonic() + form.seconds, 0
    while time.monotonic() < until_then:
        await asyncio.sleep(form.pause)
        await here.load.replace()
        replaced += 1
        for seen, app in zip(memory, here.cluster.apps, strict=True):
            seen.append(watch.memory(app.pid))
        if replaced % 10 == 0:
            here.tell(f"{replaced} replaced, " + ", ".join(f"{seen[-1]:.1f} MiB" for seen in memory))
    return memory


def _flat(memory: list[float]) -> Figure:
    """The first third is the warm-up."""
    second, last = growth(memory)
    return Figure(
        f"memory of the last third at most {FLAT - 1:.0%} and {FLAT_MIB:g} MiB over that of the second",
        f"{second:.1f} MiB, then {last:.1f} MiB",
        last <= second * FLAT + FLAT_MIB,
    )


async def _settled(here: Stage) -> list[Held]:
    """What each process holds once all clients have left and empty rooms are released."""
    now: list[Held] = []

    async def settled() -> bool:
        now[:] = [await asyncio.to_thread(_held, here.cluster, app) for app in here.cluster.apps]
        return not any(each.connections or each.live_rooms or each.presence_rows for each in now)

    await until(settled)
    return now


async def _back(here: Stage, before: list[Held]) -> list[Figure]:
    """Whether it all came back to what it was."""
    now: list[Held] = []

    async def back() -> bool:
        now[:] = [await asyncio.to_thread(_held, here.cluster, app) for app in here.cluster.apps]
        return all(_no_more(*pair) for pair in zip(now, before, strict=True))

    try:
        await until(back)
    except TimeoutError:
        here.tell("not back")
    return [
        Figure(
            f"{name.replace('_', ' ')} back at the start",
            ", ".join(
                f"{asdict(then)[name]} and {asdict(held)[name]}"
                for then, held in zip(before, now, strict=True)
            ),
            all(asdict(held)[name] <= asdict(then)[name] for then, held in zip(before, now, strict=True)),
        )
        for name in asdict(before[0])
    ]


def _pooled(whole: Cluster, app: ServerProcess) -> int:
    """The connections that a process keeps open: as many as were needed at the same time."""
    to_postgres = watch.sockets(app.pid, remote=whole.postgres.port)
    to_redis = watch.sockets(app.pid, remote=whole.road.port)
    return min(to_postgres, POSTGRES_POOL) + min(to_redis, REDIS_POOL)


def _no_more(now: Held, then: Held) -> bool:
    return all(now_ <= then_ for now_, then_ in zip(asdict(now).values(), asdict(then).values(), strict=True))


def _held(whole: Cluster, app: ServerProcess) -> Held:
    with whole.postgres.connect(whole.database) as connection:
        row = connection.execute(PRESENT).fetchone()
    gauge = partial(watch.metric, app)
    return Held(
        tasks=round(gauge("wschat_tasks")),
        descriptors=len(watch.descriptors(app.pid)) - _pooled(whole, app),
        presence_rows=row[0] if row else 0,
        live_rooms=round(gauge("wschat_live_rooms")),
        groups=round(gauge("wschat_bus_groups")),
        connections=watch.connections(app),
    )


if __name__ == "__main__":
    sys.exit(main())
