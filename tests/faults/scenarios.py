"""The faults: what is done to the cluster, and what must hold."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from tests.faults.cluster import frozen
from tests.faults.prober import LIMIT, Prober, member, probing, until
from tests.faults.stage import Figure, Round, Stage, complete, within
from tests.faults.verdict import p95, recoveries, slowest

Scenario: TypeAlias = Callable[[Stage], Awaitable[list[Figure]]]

REDIS_AWAY = 3.0
MISSED = 100
PASSING = 500


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
        rounds.append(await _round(stage, number))
    took = [seconds for each in rounds for seconds in recoveries(each.logs, each.rows)]
    return [complete(rounds), within(f"{len(took)} returns caught up (p95)", p95(took), 2)]


async def redis_killed(stage: Stage) -> list[Figure]:
    """Redis is killed, and comes back empty; nothing is said afterwards."""
    await stage.come([app.url for app in stage.cluster.apps], stage.form.clients)
    rounds: list[Round] = []
    for number in range(stage.form.times):
        await stage.talk(only=stage.cluster.apps[number % 2].url)
        await asyncio.to_thread(stage.cluster.redis.stop, signal.SIGKILL)
        await asyncio.sleep(REDIS_AWAY)
        await asyncio.to_thread(stage.cluster.redis.start)
        rounds.append(await _round(stage, number, 11))
    return [complete(rounds), within("logs equal", max(each.seconds for each in rounds), 10)]


async def redis_frozen(stage: Stage) -> list[Figure]:
    """Redis is there and does nothing."""
    with contextlib.ExitStack() as fault:
        return await _redis_silent(
            stage, lambda: fault.enter_context(frozen(stage.cluster.redis.process.pid)), fault
        )


async def redis_cut_off(stage: Stage) -> list[Figure]:
    """The way to Redis is a black hole."""
    road = stage.cluster.road
    with contextlib.ExitStack() as fault:
        fault.callback(road.release)
        return await _redis_silent(stage, road.hold, fault)


async def _redis_silent(
    stage: Stage, begin: Callable[[], object], fault: contextlib.ExitStack
) -> list[Figure]:
    urls = [app.ws_url for app in stage.cluster.apps]
    await stage.come([app.url for app in stage.cluster.apps], stage.form.clients)
    async with probing(urls, stage.rooms[0]) as probers:
        # Whoever hears a later message notices a gap: nothing is said in the other process.
        await stage.talk(only=stage.cluster.apps[0].url)
        begin()
        await asyncio.sleep(stage.form.freeze)
        fault.close()
        await stage.more()
    look = await stage.look()
    answered = within("sends are answered", max(prober.slowest for prober in probers), 3)
    arrived = within("messages arrive across processes", slowest(look.logs, look.rows), 2)
    return [complete([look]), answered, arrived]


async def database_crashed(stage: Stage) -> list[Figure]:
    """PostgreSQL is stopped at once (`-m immediate`), and started again when senders have heard of it."""
    urls = [app.ws_url for app in stage.cluster.apps]
    await stage.come([app.url for app in stage.cluster.apps], stage.form.clients)
    async with probing(urls, stage.rooms[0]) as probers:
        await stage.talk()
        await asyncio.to_thread(stage.cluster.postgres.crash)
        await _have_errors(probers, 3)
        await asyncio.to_thread(stage.cluster.postgres.run)
        await stage.more()
    look = await stage.look()
    codes = {code for prober in probers for code in prober.codes}
    return [
        complete([look]),
        Figure("errors are 902, and each resend makes one row", f"codes {sorted(codes)}", codes == {902}),
        within("sends are answered", max(prober.slowest for prober in probers), 3),
    ]


async def app_frozen(stage: Stage) -> list[Figure]:
    """One app process does nothing for five seconds, while much is said."""
    await stage.come([app.url for app in stage.cluster.apps], stage.form.clients)
    with frozen(stage.cluster.apps[0].pid):
        await stage.load.talk(PASSING / 5, PASSING)
        await asyncio.sleep(5)
    look = await stage.look(finish=True)
    stored = sum(len(rows) for rows in look.rows.values())
    return [complete([look]), Figure(f"{PASSING} messages pass", str(stored), stored == PASSING)]


async def same_nonce(stage: Stage) -> list[Figure]:
    """One participant says the same five times at once, over both processes."""
    room, urls = stage.rooms[0], [app.ws_url for app in stage.cluster.apps]
    seqs: list[list[int]] = []
    async with contextlib.AsyncExitStack() as stack:
        _, hello = await stack.enter_async_context(member(urls[0], "twice", room))
        sockets = []
        for number in range(5):
            entering = member(urls[number % 2], "twice", room, token=hello["session"])
            sockets.append((await stack.enter_async_context(entering))[0])
        for number in range(10 * stage.form.times):
            say = {"type": "send", "room": room, "text": f"once {number}", "nonce": f"once {number}"}
            answers = await asyncio.gather(*(socket.ask(**say) for socket in sockets))
            seqs.append([answer.get("seq", 0) for answer in answers])
    stored = [[row.seq] * 5 for row in await asyncio.to_thread(stage.cluster.rows, [room])]
    return [Figure("one row, five equal answers", f"{len(seqs)} times, {len(stored)} rows", seqs == stored)]


async def all_dropped(stage: Stage) -> list[Figure]:
    """All clients lose their connection at once, and miss something before they can come back."""
    doors = stage.cluster.doors
    await stage.come([door.url for door in doors], stage.form.storm)
    for door in doors:
        door.refusing = True
        door.cut()
    await _say_what_they_miss(stage)
    before = time.monotonic()
    for door in doors:
        door.refusing = False
    look = await stage.look(LIMIT)
    return [complete([look]), within("all complete", time.monotonic() - before, 10)]


async def _say_what_they_miss(stage: Stage) -> None:
    """The same number of messages in each room, over both processes."""
    for number, room in enumerate(stage.rooms):
        url = stage.cluster.apps[number % 2].ws_url
        async with member(url, f"witness {room}", room) as (socket, _):
            for text in range(MISSED // len(stage.rooms)):
                answer = await socket.ask(type="send", room=room, text=f"missed {text}")
                assert answer["type"] == "ok", answer


async def _round(stage: Stage, number: int, within: float = 30.0) -> Round:
    look = await stage.look(within)
    stage.tell(f"{number + 1} of {stage.form.times}: {look.complaints[:3] or 'all well'}")
    return look


async def _have_errors(probers: list[Prober], count: int) -> None:
    """Wait until each has been told so often that it does not work."""

    async def told() -> bool:
        return all(len(prober.codes) >= count for prober in probers)

    await until(told)


SCENARIOS: Final[dict[str, Scenario]] = {
    "one app process killed": app_killed,
    "Redis killed for 3 s": redis_killed,
    "Redis frozen": redis_frozen,
    "Redis cut off without FIN": redis_cut_off,
    "one app process frozen for 5 s": app_frozen,
    "the same nonce five times at once": same_nonce,
    "all clients dropped at once": all_dropped,
    # Last: the server refuses to read for some time after the database is back, which the others would feel.
    "PostgreSQL stopped at once": database_crashed,
}
