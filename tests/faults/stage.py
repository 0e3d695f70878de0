"""The setting of a fault: a cluster, clients in new rooms, and measurements."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import httpx

from tests.faults.cluster import Cluster
from tests.faults.load import Load, load
from tests.faults.prober import LIMIT, until
from tests.faults.records import Log
from tests.faults.verdict import Rows, by_room, complaints
from tests.faults.watch import serves
from tests.support.server import ServerProcess


@dataclass(frozen=True)
class Form:
    """How much of it."""

    rooms: int
    clients: int
    rate: float  # messages a second, of all together
    times: int  # how often something is killed
    freeze: float  # seconds that Redis is frozen or cut off
    storm: int  # clients that are dropped at once
    stops: int  # how often a process is told to end
    idle: int  # clients that it has then, who say nothing
    talking: int  # and those who talk, there and at the other one
    away: float  # seconds without a database
    unread: float  # seconds in which a client reads nothing
    patience: float  # seconds after which the server closes it
    noise: float  # seconds by which the others may hear later then: what else the machine does
    ping: float  # seconds between pings, where a link goes down


SHORT = Form(
    rooms=4,
    clients=40,
    rate=30,
    times=2,
    freeze=5,
    storm=200,
    stops=2,
    idle=100,
    talking=10,
    away=8,
    unread=3,
    patience=6,
    noise=0.05,
    ping=4,
)
LONG = Form(
    rooms=10,
    clients=200,
    rate=50,
    times=20,
    freeze=30,
    storm=1000,
    stops=10,
    idle=1000,
    talking=50,
    away=60,
    unread=60,
    patience=10,
    noise=0.005,
    ping=20,
)


@dataclass(frozen=True)
class Figure:
    """One thing that was asked, and what was measured."""

    asked: str
    measured: str
    ok: bool


@dataclass(frozen=True)
class Round:
    """What each client got and what was stored, between two checks."""

    logs: list[Log]
    rows: Rows
    complaints: list[str]
    seconds: float  # until everybody had everything


@dataclass
class Stage:
    """`since`: how far the rooms were at the end of the last round."""

    cluster: Cluster
    load: Load
    form: Form
    rooms: list[int]
    tell: Callable[[str], None]
    since: dict[int, int] = field(default_factory=dict)

    async def come(self, addresses: list[str], count: int) -> None:
        """Let this number of clients join."""
        await self.load.enter(addresses, self.rooms, count)
        self.tell(f"{count} clients in {len(self.rooms)} rooms")

    async def talk(self, only: str = "", first: int | None = None) -> None:
        """They begin to talk, or only those at one address, or who came first, and some of it is stored."""
        await self.load.talk(self.form.rate, only=only, first=first)
        await self.more()

    async def more(self, seconds: float = 1.0) -> None:
        """Wait until as much more is stored as is sent in these seconds."""
        goal = await self._stored() + self.form.rate * seconds

        async def enough() -> bool:
            return await self._stored() >= goal

        await until(enough)

    async def look(self, within: float = 30.0, *, finish: bool = False) -> Round:
        """Stop the talk, wait until all have all, or for `within` seconds, and compare."""
        unanswered = await self.load.hush(finish=finish)
        rows = by_room(await asyncio.to_thread(self.cluster.rows, self.rooms))
        fresh = {
            room: [row for row in stored if row.seq > self.since.get(room, 0)]
            for room, stored in rows.items()
        }
        before = time.monotonic()
        await self.load.reach({room: stored[-1].seq for room, stored in rows.items()}, within)
        seconds = time.monotonic() - before
        logs = await self.load.report()
        found = complaints(logs, fresh, self.since)
        if unanswered:
            found.append(f"{unanswered} sends without an answer")
        self.since = {room: stored[-1].seq for room, stored in rows.items()}
        return Round(logs, fresh, found, seconds)

    async def round(self, number: int, times: int, within: float = 30.0) -> Round:
        """A look, and a word about it."""
        look = await self.look(within)
        self.tell(f"{number + 1} of {times}: {look.complaints[:3] or 'all well'}")
        return look

    @asynccontextmanager
    async def another(self, **settings: str) -> AsyncIterator[ServerProcess]:
        """One more app process, with settings of its own."""
        app = self.cluster.another(settings)
        await asyncio.to_thread(app.start)
        try:
            yield app
        finally:
            await asyncio.to_thread(app.kill)

    async def _stored(self) -> int:
        return len(await asyncio.to_thread(self.cluster.rows, self.rooms))


@asynccontextmanager
async def stage(cluster: Cluster, form: Form, tell: Callable[[str], None]) -> AsyncIterator[Stage]:
    """Create new, empty rooms."""
    async with load() as crowd:
        await until(partial(_all_serve, cluster))
        rooms = await asyncio.to_thread(new_rooms, cluster.apps[0], form.rooms)
        yield Stage(cluster, crowd, form, rooms, tell)


async def _all_serve(cluster: Cluster) -> bool:
    """Whether the last fault is over: a process may still not trust a database that is back."""
    return all([await asyncio.to_thread(serves, app) for app in cluster.apps])


def new_rooms(app: ServerProcess, count: int) -> list[int]:
    """The numbers of new rooms."""
    with httpx.Client(base_url=app.url, trust_env=False, timeout=LIMIT) as client:
        bodies = [{"title": f"room {uuid.uuid4()}", "visibility": "public"} for _ in range(count)]
        return [client.post("/chats", json=body).json()["id"] for body in bodies]


def complete(rounds: list[Round]) -> Figure:
    """Nothing was lost, doubled or moved."""
    found = [text for each in rounds for text in each.complaints]
    count = sum(len(rows) for each in rounds for rows in each.rows.values())
    measured = "; ".join(found[:5]) or f"{count} messages, all"
    return Figure("every message once and in order in every log", measured, not found)


def within(asked: str, measured: float, limit: float) -> Figure:
    """Something takes no longer than it may."""
    return Figure(f"{asked} within {limit:g} s", f"{measured:.2f} s", measured <= limit)


def table(figures: Mapping[str, Sequence[Figure]]) -> str:
    """In Markdown: one row for each thing that was asked."""
    rows = ["| fault | must hold | measured | |", "|---|---|---|---|"]
    for name, each in figures.items():
        rows += [
            f"| {name} | {figure.asked} | {figure.measured} | {'ok' if figure.ok else '**no**'} |"
            for figure in each
        ]
    return "\n".join(rows)
