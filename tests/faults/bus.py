"""Faults of Redis: it is killed, freezes, or is cut off."""

import asyncio
import contextlib
import signal
from collections.abc import Callable

from tests.faults.cluster import frozen
from tests.faults.prober import probing
from tests.faults.stage import Figure, Round, Stage, complete, within
from tests.faults.verdict import slowest

AWAY = 3.0


async def redis_killed(stage: Stage) -> list[Figure]:
    """Redis is killed, and comes back empty; nothing is said afterwards."""
    await stage.come([app.url for app in stage.cluster.apps], stage.form.clients)
    rounds: list[Round] = []
    for number in range(stage.form.times):
        await stage.talk(only=stage.cluster.apps[number % 2].url)
        await asyncio.to_thread(stage.cluster.redis.stop, signal.SIGKILL)
        await asyncio.sleep(AWAY)
        await asyncio.to_thread(stage.cluster.redis.start)
        rounds.append(await stage.round(number, stage.form.times, 11))
    return [complete(rounds), within("logs equal", max(each.seconds for each in rounds), 10)]


async def redis_frozen(stage: Stage) -> list[Figure]:
    """Redis is there and does nothing."""
    with contextlib.ExitStack() as fault:
        return await _silent(
            stage, lambda: fault.enter_context(frozen(stage.cluster.redis.process.pid)), fault
        )


async def redis_cut_off(stage: Stage) -> list[Figure]:
    """The way to Redis is a black hole."""
    road = stage.cluster.road
    with contextlib.ExitStack() as fault:
        fault.callback(road.release)
        return await _silent(stage, road.hold, fault)


async def _silent(stage: Stage, begin: Callable[[], object], fault: contextlib.ExitStack) -> list[Figure]:
    urls = [app.ws_url for app in stage.cluster.apps]
    await stage.come([app.url for app in stage.cluster.apps], stage.form.clients)
    async with probing(urls, stage.rooms[0]) as probers:
        # A later message would reveal the gap: nothing is said in the other process.
        await stage.talk(only=stage.cluster.apps[0].url)
        begin()
        await asyncio.sleep(stage.form.freeze)
        fault.close()
        await stage.more()
    look = await stage.look()
    answered = within("sends are answered", max(prober.slowest for prober in probers), 3)
    arrived = within("messages arrive across processes", slowest(look.logs, look.rows), 2)
    return [complete([look]), answered, arrived]
