"""The composition root: wires log, presence, feed, hub, bus and catch-up for one process.

A process has one runtime, bound to the event loop that its connections live on. It starts with the first
connection (or the server's lifespan) and is stopped by the server.
"""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.utils import timezone

from chat import conf
from chat.attendance import Enter, Exit, Move, Moved
from chat.errors import ChatError
from chat.events import Event, Joined, Left, Logged, Sender
from chat.log import recovery
from chat.log.batch import Draft, Outcome, Say
from chat.log.log import answer, log
from chat.log.presence import Renew, presence
from chat.log.reader import read
from chat.realtime.audience import Member
from chat.realtime.bus import Bus
from chat.realtime.catchup import CatchUp
from chat.realtime.feed import Feed
from chat.realtime.hub import Hub, LiveRoom
from chat.rules import Actor
from chat.services import access, retention
from chat.services.access import Pass

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 3.0
POLL_SECONDS_FAILING: Final = 1.0
REJOIN_SECONDS: Final = 60.0
RETRY_SECONDS: Final = 1.0
PURGE_SECONDS: Final = 3600.0


class Runtime:
    """One process's engine. All but `start` and `stop` of it is called on its event loop."""

    def __init__(self) -> None:
        self.limits = conf.limits()
        self.hub = Hub()
        self._feed = Feed(self.hub, self._read_after)
        self._catch_up = CatchUp(self.hub, self._read_after, conf.slow_reader()[1])
        self._bus: Bus | None = None
        self.started: asyncio.Task[None]
        self.loop = asyncio.get_running_loop()
        self._entering: dict[uuid.UUID, asyncio.Future[Moved]] = {}
        self._opening: dict[int, asyncio.Task[LiveRoom]] = {}
        self._idle: set[int] = set()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Listen to the log, to presence and to the other processes."""
        layer = get_channel_layer()
        if layer is not None and not isinstance(layer, InMemoryChannelLayer):
            self._bus = Bus(layer, self._feed.receive)
            await self._bus.start()
        log.listener = self._on_commit
        presence.listener = self._on_moves
        self._tasks = [
            asyncio.create_task(work) for work in (self._poll_for_ever(), self._keep_lease(), self._purge())
        ]

    async def stop(self) -> None:
        """Write what is waiting, give up the lease, leave the bus."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(ChatError):
            await read(log.stop)
            await read(presence.stop)
        log.listener, presence.listener = answer, _unheard
        if self._bus is not None:
            await self._bus.stop()

    # What a session asks for

    async def admit(self, room: int, token: str, actor: Actor) -> Pass:
        """See `services.access.admit`."""
        return await read(access.admit, str(room), token, actor)

    async def seat(self, member: Member, since: int | None, last: int | None) -> int:
        """Let a member hear its room, from `since` or its `last` events on; the seq that the room has now."""
        live = await self._open(member.room)
        if since is None and last is not None:
            since = max(0, live.seq - last)
        if not self.hub.add(member, since):
            self._catch_up.feed(member)
        return live.seq

    def unseat(self, member: Member) -> None:
        """Let a member hear its room no more."""
        self.hub.remove(member)

    async def members(self, room: int) -> tuple[Sender, ...]:
        """Who is in the room now, in every process."""
        return await read(recovery.members, room)

    async def enter(self, move: Enter) -> Moved:
        """Have a name entered in a room; the others are told."""
        moved: asyncio.Future[Moved] = self.loop.create_future()
        self._entering[move.member] = moved
        presence.submit(move)
        return await moved

    def exit(self, move: Exit) -> None:
        """Have a name leave a room; the others are told."""
        try:
            presence.submit(move)
        except ChatError:
            self._exit_later(move)

    def say(self, draft: Say) -> None:
        """Put a message into the log; its sender is answered after the commit."""
        log.append(draft)

    def active(self, member: uuid.UUID, at: datetime) -> None:
        """Note a member's last activity."""
        presence.touch(member, at)

    # What log and presence say, each in its writer's thread

    def _on_commit(self, drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> None:
        self.loop.call_soon_threadsafe(self._committed, drafts, outcomes)

    def _on_moves(self, moves: Sequence[Move], results: Sequence[Moved]) -> None:
        self.loop.call_soon_threadsafe(self._moved, moves, results)

    def _committed(self, drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> None:
        """After the commit: show everybody, tell the other processes, answer the senders."""
        self._spread([o.event for o in outcomes if o.fresh and o.event is not None])
        answer(drafts, outcomes)

    def _moved(self, moves: Sequence[Move], results: Sequence[Moved]) -> None:
        news: list[Event] = []
        for move, result in zip(moves, results, strict=True):
            if isinstance(move, Enter):
                waiting = self._entering.pop(move.member, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(result)
            elif result.error is not None:
                self._exit_later(move)
            if result.news:
                kind = Joined if isinstance(move, Enter) else Left
                news.append(kind(move.room, move.at, move.who))
        self._spread(news)

    def _exit_later(self, move: Exit) -> None:
        """The database did not take a leave: without another try there would be a ghost in the room."""
        self.loop.call_later(RETRY_SECONDS, self.exit, move)

    def _spread(self, events: Sequence[Event]) -> None:
        if self._bus is not None:
            by_room: dict[int, list[Event]] = {}
            for event in events:
                by_room.setdefault(event.room, []).append(event)
            for room, group in by_room.items():
                self._bus.publish(room, group)
        self._feed.receive(events)

    # Rooms that have members here

    async def _open(self, room: int) -> LiveRoom:
        """The live room. The bus is joined before `last_seq` is read, so that nothing falls between."""
        if (live := self.hub.rooms.get(room)) is not None:
            return live
        if (opening := self._opening.get(room)) is None:
            opening = self._opening[room] = asyncio.create_task(self._open_new(room))
            opening.add_done_callback(lambda _: self._opening.pop(room, None))
        return await asyncio.shield(opening)

    async def _open_new(self, room: int) -> LiveRoom:
        if self._bus is not None:
            await self._bus.join(room)
        seqs = await read(recovery.last_seqs, [room])
        return self.hub.open(room, seqs.get(room, 0))

    async def _read_after(self, room: int, seq: int) -> list[Logged]:
        return await read(recovery.after, room, seq)

    # What is done again and again

    async def _poll_for_ever(self) -> None:
        """Compare each live room's seq with the database: whatever the bus lost is found here."""
        since_rejoin = 0.0
        was_failing = False
        while True:
            failing = self._bus is not None and self._bus.failing
            pause = POLL_SECONDS_FAILING if failing else POLL_SECONDS
            await asyncio.sleep(pause)
            since_rejoin += pause
            try:
                await self._poll()
                if self._bus is not None and (failing or was_failing or since_rejoin > REJOIN_SECONDS):
                    await self._bus.rejoin()
                    since_rejoin = 0.0
            except ChatError as error:
                logger.warning("poll: %s", error)
            except Exception:
                logger.exception("poll")
            was_failing = failing

    async def _poll(self) -> None:
        await self._close_idle_rooms()
        if not self.hub.rooms:
            return
        seqs = await read(recovery.last_seqs, list(self.hub.rooms))
        for room, seq in seqs.items():
            live = self.hub.rooms.get(room)
            if live is not None and seq > live.seq:
                self._feed.fill(room)

    async def _close_idle_rooms(self) -> None:
        """Forget the rooms that have been empty for a whole round."""
        empty = {room for room, live in self.hub.rooms.items() if live.empty}
        for room in empty & self._idle:
            self.hub.close(room)
            if self._bus is not None and room not in self.hub.rooms:
                await self._bus.leave(room)
        self._idle = empty

    async def _keep_lease(self) -> None:
        """Renew this process's lease, and sweep the leases of processes that died."""
        while True:
            try:
                presence.submit(Renew())
                self._spread(await read(presence.sweep))
            except ChatError as error:
                logger.warning("lease: %s", error)
            except Exception:
                logger.exception("lease")
            await asyncio.sleep(conf.lease_seconds() / 3)

    async def _purge(self) -> None:
        """Forget what is older than its room keeps it."""
        while True:
            await asyncio.sleep(PURGE_SECONDS)
            try:
                await read(retention.purge, timezone.now())
            except ChatError as error:
                logger.warning("purge: %s", error)
            except Exception:
                logger.exception("purge")


def _unheard(moves: Sequence[Move], results: Sequence[Moved]) -> None:
    pass


_runtime: Runtime | None = None


async def running() -> Runtime:
    """The runtime of this process, started if need be, on the event loop of the caller."""
    global _runtime
    if _runtime is None or _runtime.loop is not asyncio.get_running_loop():
        _runtime = Runtime()
        _runtime.started = asyncio.create_task(_runtime.start())
    if not _runtime.started.done():
        await asyncio.shield(_runtime.started)
    return _runtime


async def stop() -> None:
    """Stop the runtime of this process, if there is one."""
    global _runtime
    runtime, _runtime = _runtime, None
    if runtime is not None:
        await runtime.stop()
