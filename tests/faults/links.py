"""A link goes down without a sign."""

import asyncio
import contextlib
import time

from tests.faults import watch
from tests.faults.prober import member, until
from tests.faults.stage import Figure, Stage, within
from tests.support.proxy import FaultProxy
from tests.support.server import ServerProcess
from tests.support.sockets import Socket

TEXT = "\N{GRINNING FACE}" * 4000  # 16 kB: few of them fill whatever the kernel holds
BEHIND = 'wschat_dropped_total{reason="reader_behind_fed_from_log"}'
PINGS = 45 / 20  # how long it may take, in ping intervals; 45 s by default
PRESENT = "SELECT name FROM chat_presence WHERE room_id = ANY(%s) AND name LIKE 'gone %%'"


async def link_down(stage: Stage) -> list[Figure]:
    """One client has nothing unsent, another one all that the server keeps for it."""
    limit = stage.form.ping * PINGS
    async with stage.another(WSCHAT_PING_SECONDS=f"{stage.form.ping}") as app:
        with FaultProxy(app.port) as proxy:
            async with contextlib.AsyncExitStack() as stack:
                talker = (await stack.enter_async_context(member(app.ws_url, "talker", stage.rooms[1])))[0]
                left = _held(stage, app)
                for number in range(2):
                    url, name = f"ws://127.0.0.1:{proxy.port}", f"gone {number}"
                    await stack.enter_async_context(member(url, name, stage.rooms[number]))
                before = time.monotonic()
                proxy.hold()
                await _fill(talker, app, stage.rooms[1])
                stage.tell(f"full after {time.monotonic() - before:.1f} s")
                took = await _freed(stage, app, left, talker)
            return [within("socket, task and presence are free", took - before, limit)]


def _held(stage: Stage, app: ServerProcess) -> tuple[int, int, int]:
    """Sockets, tasks and rows of presence."""
    with stage.cluster.postgres.connect(stage.cluster.database) as connection:
        rows = connection.execute(PRESENT, [stage.rooms]).fetchall()
    return watch.sockets(app.pid, local=app.port), watch.connections(app), len(rows)


async def _fill(talker: Socket, app: ServerProcess, room: int) -> None:
    """Send messages until a client lags."""
    while not await asyncio.to_thread(watch.metric, app, BEHIND):
        for _ in range(10):
            answer = await talker.ask(type="send", room=room, text=TEXT)
            assert answer["type"] == "ok", answer
        talker.events.clear()


async def _freed(stage: Stage, app: ServerProcess, left: tuple[int, int, int], talker: Socket) -> float:
    """When all is as it was before they came. The talker answers pings meanwhile, and reads."""

    async def free() -> bool:
        held = await asyncio.to_thread(_held, stage, app)
        return all(now <= then for now, then in zip(held, left, strict=True))

    await until(free)
    assert (await talker.ask(type="ping"))["type"] == "ok"
    return time.monotonic()
