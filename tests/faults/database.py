"""Faults of PostgreSQL: it crashes, or is down for long."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from tests.faults.prober import Prober, probing, until
from tests.faults.stage import Figure, Stage, complete, within


async def database_crashed(stage: Stage) -> list[Figure]:
    """PostgreSQL is stopped at once (`-m immediate`), and started again when senders have heard of it."""
    return await _without(stage, stage.cluster.postgres.crash, lambda probers: _have_errors(probers, 3))


async def database_down(stage: Stage) -> list[Figure]:
    """PostgreSQL is stopped in order, and is away for long."""
    return await _without(stage, stage.cluster.postgres.halt, lambda _: asyncio.sleep(stage.form.away))


async def _without(
    stage: Stage, end: Callable[[], None], long_enough: Callable[[list[Prober]], Awaitable[None]]
) -> list[Figure]:
    urls = [app.ws_url for app in stage.cluster.apps]
    await stage.come([app.url for app in stage.cluster.apps], stage.form.clients)
    async with probing(urls, stage.rooms[0]) as probers:
        await stage.talk()
        await asyncio.to_thread(end)
        await long_enough(probers)
        await asyncio.to_thread(stage.cluster.postgres.run)
        since = time.monotonic()
        await stage.more()
    look = await stage.look()
    codes = {code for prober in probers for code in prober.codes}
    lost = sum(len(log.lost) for log in look.logs)
    return [
        complete([look]),
        Figure("errors are 902, and each resend makes one row", f"codes {sorted(codes)}", codes == {902}),
        within("sends are answered", max(prober.slowest for prober in probers), 3),
        Figure("sockets stay open", f"{lost} of {len(look.logs)} lost", lost == 0),
        within("service is back", max(prober.back_at(since) for prober in probers) - since, 5),
    ]


async def _have_errors(probers: list[Prober], count: int) -> None:
    """Wait until each has been told so often that it does not work."""

    async def told() -> bool:
        return all(len(prober.codes) >= count for prober in probers)

    await until(told)
