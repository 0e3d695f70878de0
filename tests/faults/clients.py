"""Faults of clients: the same message at once, and reconnecting all at once."""

import asyncio
import contextlib
import time

from tests.faults.prober import LIMIT, member
from tests.faults.stage import Figure, Stage, complete, within

MISSED = 100  # in each room, and so by each client


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
    """As many messages in each room, over both processes."""
    for number, room in enumerate(stage.rooms):
        url = stage.cluster.apps[number % 2].ws_url
        async with member(url, f"witness {room}", room) as (socket, _):
            for text in range(MISSED):
                answer = await socket.ask(type="send", room=room, text=f"missed {text}")
                assert answer["type"] == "ok", answer
