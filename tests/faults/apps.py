"""Faults of an app process: it is killed, freezes, or is told to stop."""

import asyncio
import os
import signal
import time
from dataclasses import dataclass

from tests.faults import watch
from tests.faults.cluster import frozen
from tests.faults.prober import until
from tests.faults.stage import Figure, Round, Stage, complete, within
from tests.faults.verdict import p95, partings, recoveries
from tests.support.processes import ended_within
from tests.support.server import ServerProcess

PASSING = 500
COME_BACK = 4.0  # seconds over which clients are spread
STOP = 15.0  # seconds that it may take to end


async def app_killed(stage: Stage) -> list[Figure]:
    """One app process is killed, and started again."""
    await stage.come([app.url for app in stage.cluster.apps], stage.form.clients)
    rounds: list[Round] = []
    for number in range(stage.form.times):
        app = stage.cluster.apps[number % 2]
        await stage.talk()
        await asyncio.to_thread(app.kill)
        await asyncio.to_thread(app.start)
        await stage.more()
        rounds.append(await stage.round(number, stage.form.times))
    took = [seconds for each in rounds for seconds in recoveries(each.logs, each.rows)]
    return [complete(rounds), within(f"{len(took)} returns caught up (p95)", p95(took), 2)]


async def app_frozen(stage: Stage) -> list[Figure]:
    """One app process does nothing for five seconds, while much is said."""
    await stage.come([app.url for app in stage.cluster.apps], stage.form.clients)
    with frozen(stage.cluster.apps[0].pid):
        await stage.load.talk(PASSING / 5, PASSING)
        await asyncio.sleep(5)
    look = await stage.look(finish=True)
    stored = sum(len(rows) for rows in look.rows.values())
    return [complete([look]), Figure(f"{PASSING} messages pass", str(stored), stored == PASSING)]


@dataclass(frozen=True)
class End:
    """How a process ended that was told to. `unready`: when it wanted no new clients any more."""

    clients: int
    unready: float
    status: int | None
    seconds: float


async def app_stopped(stage: Stage) -> list[Figure]:
    """One app process is told to end, with many clients of which few talk, and started again."""
    app, form = stage.cluster.apps[0], stage.form
    await stage.come([each.url for each in stage.cluster.apps], form.talking)
    await stage.come([app.url], form.idle)
    rounds: list[Round] = []
    ends: list[End] = []
    for number in range(form.stops):
        await stage.talk(first=form.talking)
        ends.append(await _end(app))
        await asyncio.to_thread(app.start)
        await stage.more()
        rounds.append(await stage.round(number, form.stops, 60))
    return [complete(rounds), _readiness_first(rounds, ends), _told(rounds, ends), _ended(ends)]


async def _end(app: ServerProcess) -> End:
    """A second signal would have it not wait: it gets one, and time."""
    clients = await asyncio.to_thread(watch.connections, app)
    before = time.monotonic()
    os.kill(app.pid, signal.SIGTERM)

    async def unready() -> bool:
        return not await asyncio.to_thread(watch.ready, app)

    await until(unready)
    at = time.time()
    assert app.process
    ended = await asyncio.to_thread(ended_within, app.process, 2 * STOP)
    return End(clients, at, app.process.returncode if ended else None, time.monotonic() - before)


def _readiness_first(rounds: list[Round], ends: list[End]) -> Figure:
    first = [min(lost.at for log in each.logs for lost in log.lost) for each in rounds]
    ahead = min(lost - end.unready for lost, end in zip(first, ends, strict=True))
    return Figure("readiness goes before any connection", f"{ahead:.2f} s before", ahead > 0)


def _told(rounds: list[Round], ends: list[End]) -> Figure:
    found = [
        text
        for each, end in zip(rounds, ends, strict=True)
        for text in partings(each.logs, end.clients, COME_BACK)
    ]
    measured = "; ".join(found[:5]) or f"{sum(end.clients for end in ends)} clients, all"
    return Figure(f"everyone is told when to come back, spread over {COME_BACK:g} s", measured, not found)


def _ended(ends: list[End]) -> Figure:
    slowest, statuses = max(end.seconds for end in ends), {end.status for end in ends}
    ok = statuses == {0} and slowest <= STOP
    return Figure(f"exit status 0 within {STOP:g} s", f"{statuses}, {slowest:.2f} s", ok)
