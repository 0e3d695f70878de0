"""Clients that flood the server beside others, who must not notice."""

import asyncio
import json
import sys
import time
from dataclasses import dataclass

from tests.faults.stage import Figure, Stage, complete, new_rooms, within
from tests.faults.verdict import delays, percentile
from tests.support.limits import MANY, RAISED
from tests.support.server import ROOT, ServerProcess

FRAMES = 20_000  # a second, of all flooders together
CLOSED = 10.0  # seconds until a flooder must be
PATIENCE = 30  # seconds after which it gives up
TOO_FAST = 4429
OF_MANY = 0.5  # seconds that others may wait longer beside 50 flooders: 20 % is the goal, and not reached yet
SLOWER = 1.2  # times as long as usual that other clients may wait
# The usual rates, but for the address that all other clients share here.
LIMITS = {**RAISED, "WSCHAT_RATE_FACTORS": f"address={MANY}"}


@dataclass(frozen=True)
class Flood:
    """`ends`: with which code each flooder was closed, and after how many seconds; None if it was not."""

    frames: int
    ends: list[tuple[int, float] | None]


async def one_flooder(stage: Stage) -> list[Figure]:
    """One client sends 20,000 frames a second."""
    return await _flood_beside(stage, 1, stage.form.noise)


async def many_flooders(stage: Stage) -> list[Figure]:
    """50 clients, each from an address of its own, send as much together."""
    return await _flood_beside(stage, 50, OF_MANY)


async def _flood_beside(stage: Stage, count: int, allowed: float) -> list[Figure]:
    async with stage.another(**LIMITS) as app:
        (lobby,) = await asyncio.to_thread(new_rooms, app, 1)
        await stage.come([app.url], stage.form.clients)
        await stage.talk()
        await stage.more(stage.form.freeze)
        alone = await stage.look(finish=False)
        await stage.talk()
        began = time.time()
        flood = await _run_flooders(app, lobby, count)
        ended = time.time()
        await stage.more()
        beside = await stage.look()
        await stage.load.leave()
    before = percentile(delays(alone.logs, alone.rows), 99)
    after = percentile(delays(beside.logs, beside.rows, (began, ended)), 99)
    lost = [gone for log in beside.logs for gone in log.lost]
    codes = {end[0] for end in flood.ends if end is not None}
    last = max((end[1] for end in flood.ends if end is not None), default=0.0)
    closed = None not in flood.ends and codes == {TOO_FAST}
    return [
        complete([alone, beside]),
        Figure("no other client is refused or closed", f"{len(lost)} connections lost", not lost),
        Figure(f"{count} flooders are closed with {TOO_FAST}", f"{codes}, {flood.frames} frames", closed),
        within("the last flooder is closed", last, CLOSED),
        Figure(
            f"the others' p99 at most 20 % (and {1000 * allowed:g} ms) worse",
            f"{1000 * before:.1f} ms, then {1000 * after:.1f} ms",
            after <= before * SLOWER + allowed,
        ),
    ]


async def _run_flooders(app: ServerProcess, room: int, count: int) -> Flood:
    """Flood until all are closed."""
    numbers = [str(number) for number in (app.port, room, count, FRAMES, PATIENCE)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.flooder", *numbers, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    told = json.loads(output)
    return Flood(told["frames"], [None if end is None else (end[0], end[1]) for end in told["ends"]])
