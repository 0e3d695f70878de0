"""A client stops reading while others send: its cost for them, and its end."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.faults import watch
from tests.faults.prober import LIMIT, until
from tests.faults.reader import Reader, flood, reading
from tests.faults.stage import Figure, Round, Stage, complete, new_rooms
from tests.faults.verdict import Span, by_room, complaints, delays, grew, percentile
from tests.support.server import ServerProcess

PAIRS = 3  # of phases, of which the median is taken
# Texts a second in its room, so that the 4 MB which the kernel keeps are full long before 30 s are over: then
# TCP cuts a connection that takes nothing, and the server could not say why.
RATE = 80.0
SLOWER = 1.1
MORE = 8.0  # MiB
SLOW_READER = 4408
BEHIND = 'wschat_dropped_total{reason="reader_behind_fed_from_log"}'
CLOSED = 'wschat_dropped_total{reason="slow_reader_closed"}'


@dataclass
class Phases:
    """When the reader read and when it did not, and the memory of its process then, in MiB."""

    spans: dict[bool, list[Span]] = field(default_factory=lambda: {True: [], False: []})
    memory: dict[bool, list[float]] = field(default_factory=lambda: {True: [], False: []})

    @asynccontextmanager
    async def of(self, app: ServerProcess, *, reading: bool) -> AsyncIterator[None]:
        """Note what is done in it."""
        began, most = time.time(), [watch.memory(app.pid)]
        looking = asyncio.create_task(_look(app, most))
        try:
            yield
        finally:
            looking.cancel()
        self.spans[reading].append((began, time.time()))
        self.memory[reading].append(max(most))


async def reader_stops(stage: Stage) -> list[Figure]:
    """It stops and goes on, several times, and then stops for good."""
    unread, phases = stage.form.unread, Phases()
    # Who does not read answers no ping, and would be cut for that, without a code.
    settings = {"WSCHAT_PING_SECONDS": "1000", "WSCHAT_SLOW_READER_SECONDS": f"{stage.form.patience}"}
    async with stage.another(**settings) as app:
        (room,) = await asyncio.to_thread(new_rooms, app, 1)
        await stage.come([app.url, stage.cluster.apps[1].url], stage.form.clients)
        async with flood(app, room, RATE) as flooding, reading(app, room) as reader:
            await stage.talk()
            for number in range(PAIRS):
                async with phases.of(app, reading=True):
                    await asyncio.sleep(unread)
                async with phases.of(app, reading=False):
                    await _stop_and_go_on(stage, app, reader)
                stage.tell(f"{number + 1} of {PAIRS}")
            look = await stage.look()
            code = await _stop_for_good(app, reader)
            assert not flooding.done(), flooding.exception()
            flooding.cancel()
            await _catch_up(stage, reader)
        rows = by_room(await asyncio.to_thread(stage.cluster.rows, [room]))
    found = complaints([reader.log], rows)
    return [
        complete([look]),
        *_others(look, phases, stage.form.noise),
        Figure("stuck for good, it is closed with 4408", f"{code}", code == SLOW_READER),
        Figure(
            "the reader has everything",
            "; ".join(found) or f"{len(rows[room])} messages, all, over {1 + reader.returns} connections",
            not found,
        ),
    ]


def _others(look: Round, phases: Phases, noise: float) -> Iterator[Figure]:
    p99 = {
        reading: statistics.median(percentile(delays(look.logs, look.rows, span), 99) for span in spans)
        for reading, spans in phases.spans.items()
    }
    yield Figure(
        f"the others' p99 at most 10 % (and {1000 * noise:g} ms) worse",
        f"{1000 * p99[True]:.1f} ms, then {1000 * p99[False]:.1f} ms",
        p99[False] <= p99[True] * SLOWER + noise,
    )
    more = grew(phases.memory[True], phases.memory[False])
    yield Figure(f"memory at most {MORE:g} MiB more", f"{more:+.1f} MiB", more <= MORE)


async def _stop_and_go_on(stage: Stage, app: ServerProcess, reader: Reader) -> None:
    """For as long as the form says, and until the server has noticed."""
    before = await asyncio.to_thread(watch.metric, app, BEHIND)
    reader.reading.clear()

    async def behind() -> bool:
        return await asyncio.to_thread(watch.metric, app, BEHIND) > before

    await asyncio.gather(until(behind), asyncio.sleep(stage.form.unread))
    await _catch_up(stage, reader)


async def _stop_for_good(app: ServerProcess, reader: Reader) -> int:
    """Stop until the server has had enough, and read on at once; the close code that is found then."""
    before = await asyncio.to_thread(watch.metric, app, CLOSED)
    reader.reading.clear()

    async def closed() -> bool:
        return await asyncio.to_thread(watch.metric, app, CLOSED) > before

    await until(closed, 2 * LIMIT)
    reader.reading.set()
    return await reader.running


async def _catch_up(stage: Stage, reader: Reader) -> None:
    stored = await asyncio.to_thread(stage.cluster.rows, [reader.log.room])
    await reader.catch_up(stored[-1].seq)


async def _look(app: ServerProcess, seen: list[float]) -> None:
    while True:
        seen.append(watch.memory(app.pid))
        await asyncio.sleep(0.1)
