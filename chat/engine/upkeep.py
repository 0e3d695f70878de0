"""Repeated work of a process: find what the bus lost, renew its lease, delete old data."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from chat import metrics
from chat.delivery.bus import Bus, room_group
from chat.delivery.feed import GAP_SECONDS, Feed
from chat.delivery.hub import Hub
from chat.delivery.recipients import Recipient, Recipients
from chat.delivery.tasks import Tasks
from chat.errors import ChatError
from chat.events import Left
from chat.log import epoch, mentions, recovery
from chat.log.held import forget_held
from chat.log.slow_mode import forget_last_posts
from chat.log.threads import run_in_thread
from chat.log.used_names import forget_uses
from chat.models import Room
from chat.presence.addresses import forget_addresses
from chat.presence.writer import Renew, presence
from chat.services import bans, moderation, reports, retention, spending, unfinished, windows
from chat.services.greetings import renew_seen
from chat.services.loaders import Loaders

logger = logging.getLogger(__name__)

# A bus that hangs reports no error: this is how long messages from other processes are late then.
POLL_SECONDS: Final = 1.0
REJOIN_SECONDS: Final = 60.0
IDLE_SECONDS: Final = 5.0  # until a room without members is forgotten
PURGE_SECONDS: Final = 3600.0
BULK_SECONDS: Final = 1.0  # until a process begins a new bulk deletion
BUDGET_SECONDS: Final = 30.0
MEASURE_SECONDS: Final = 5.0  # counting the tasks of 10,000 connections takes some milliseconds
CONVERSATION_SECONDS: Final = 60.0  # how long one that is not live is looked for after it was active


async def repeat_forever(what: str, work: Callable[[], Awaitable[None]], pause: float) -> None:
    """Do some work for ever, `pause` seconds after each time. Failures are logged."""
    while True:
        try:
            await work()
        except ChatError as error:
            logger.warning("%s: %s", what, error)
        except Exception:
            logger.exception(what)
        await asyncio.sleep(pause)


class Poll:
    """Compares each live room's seq with the database: whatever the bus lost, or keeps, is found here.

    A room that has come further here than in the database shows that the database has gone back: a new epoch
    begins. `end_sessions` is called when this process notices one, even if another process began it.
    """

    def __init__(
        self, hub: Hub, feed: Feed, recipients: Recipients, end_sessions: Callable[[], None]
    ) -> None:
        self._hub = hub
        self._feed = feed
        self._recipients = recipients
        self._end_sessions = end_sessions
        self._epoch: str | None = None

    async def look_for_news(self) -> None:
        """Once around. It asks the database alone: a bus that hangs must not hold it up."""
        await self._compare_epochs(await run_in_thread(epoch.read_epoch))
        await self._fill_rooms()
        await self._find_conversations()

    async def _compare_epochs(self, present: str) -> None:
        before, self._epoch = self._epoch, present
        if before in (None, present):
            return
        logger.warning("the database has another history: epoch %s after %s", present, before)
        self._end_sessions()
        # A room stays the same object, as some may be about to enter it.
        for room, live in list(self._hub.rooms.items()):
            seq, generation, deleted = await run_in_thread(recovery.read_state, room)
            live.begin_anew(seq, generation, deleted=deleted)
            self._feed.begin_anew(room)

    async def _fill_rooms(self) -> None:
        if not self._hub.rooms:
            return
        here = {room: live.seq for room, live in self._hub.rooms.items()}
        seqs = await run_in_thread(recovery.last_seqs, list(here))
        if any(seq < here[room] for room, seq in seqs.items()):
            await self._compare_epochs(await run_in_thread(epoch.begin_epoch, self._epoch))
            return
        if self._rooms_behind(seqs):
            await asyncio.sleep(GAP_SECONDS)  # what has just been committed is on its way here
        for room in self._rooms_behind(seqs):
            self._feed.fill_gap(room)

    def _rooms_behind(self, seqs: Mapping[int, int]) -> list[int]:
        """The rooms that have not come so far here."""
        rooms = self._hub.rooms
        return [room for room, seq in seqs.items() if room in rooms and rooms[room].seq < seq]

    async def _find_conversations(self) -> None:
        """Conversations that began to be active without this process hearing of it."""
        since = timezone.now() - timedelta(seconds=CONVERSATION_SECONDS)
        for room, pair, seq in await run_in_thread(_active_conversations, since):
            if room not in self._hub.rooms and self._recipients.has_missed(room, pair, seq):
                self._recipients.hear_conversation(room, pair)
                self._feed.fill_gap(room)


class Groups:
    """Keeps this process in the groups of the bus that it needs, and in no others."""

    def __init__(self, hub: Hub, bus: Bus | None) -> None:
        self._hub = hub
        self._bus = bus
        self._idle_since: dict[int, float] = {}
        self._was_failing = False
        self._rejoined_at = time.monotonic()

    async def leave_unused(self) -> None:
        """Once around."""
        await self._close_idle_rooms()
        if self._bus is None:
            return
        failing = self._bus.failing
        due = time.monotonic() - self._rejoined_at > REJOIN_SECONDS
        if failing or self._was_failing or due:
            await self._bus.rejoin_groups()
            self._rejoined_at = time.monotonic()
        self._was_failing = failing

    async def _close_idle_rooms(self) -> None:
        """Forget the rooms that have been empty for a while."""
        now = time.monotonic()
        empty = {room for room, live in self._hub.rooms.items() if live.is_empty}
        self._idle_since = {room: self._idle_since.get(room, now) for room in empty}
        for room, since in self._idle_since.items():
            if now - since < IDLE_SECONDS:
                continue
            self._hub.close_room(room)
            if self._bus is not None and room not in self._hub.rooms:
                await self._bus.leave_group(room_group(room))


async def keep_lease(tell: Callable[[list[Left]], None]) -> None:
    """Renew this process's lease, and sweep the leases of processes that died; `tell` hears who is gone."""
    presence.submit_move(Renew())
    tell(await run_in_thread(presence.sweep_leases))


class Names:
    """Keeps the names of the participants who are connected, and notes which of them have gone."""

    def __init__(self, recipients: Recipients, loaders: Loaders, tasks: Tasks) -> None:
        self._recipients = recipients
        self._loaders = loaders
        self._tasks = tasks
        # Held while they are renewed: a participant who goes meanwhile would be noted as gone first, and as
        # connected after that, and keep the name for the whole lease.
        self._renewing = asyncio.Lock()

    async def renew_names(self) -> None:
        """Note that those who are connected are here, so that guests keep their names."""
        async with self._renewing:
            if here := self._recipients.participants():
                await run_in_thread(renew_seen, here)

    def on_last_gone(self, recipient: Recipient) -> None:
        """The last connection of a participant has ended."""
        self._tasks.start_task(self._note_gone(recipient.participant, returns=recipient.returns))

    async def _note_gone(self, participant: int, *, returns: bool) -> None:
        async with self._renewing:
            if participant in self._recipients:
                return  # and here they are again
        with contextlib.suppress(ChatError):
            await self._loaders.departures.load((participant, returns))
        await self._recipients.leave_group(participant)


async def measure_loop(hub: Hub, bus: Bus | None) -> None:
    """Have the metrics say how much there is of what must not pile up."""
    metrics.LIVE_ROOMS.set(len(hub.rooms))
    metrics.BUS_GROUPS.set(0 if bus is None else bus.group_count)
    metrics.TASKS.set(len(asyncio.all_tasks()))


async def purge_events() -> None:
    """Forget old messages, texts and addresses, and mutes, bans, waits, counts and reports that are over."""
    await run_in_thread(retention.purge_events, timezone.now())
    await run_in_thread(retention.forget_kept_texts, timezone.now())
    await run_in_thread(unfinished.forget_old, timezone.now())
    await run_in_thread(forget_addresses, timezone.now())
    await run_in_thread(moderation.forget_ended_mutes, timezone.now())
    await run_in_thread(bans.forget_ended_bans, timezone.now())
    await run_in_thread(forget_last_posts, timezone.now())
    await run_in_thread(forget_uses, timezone.now())
    await run_in_thread(reports.forget_old, timezone.now())
    await run_in_thread(forget_held, timezone.now(), settings.ENV.wschat_retention_days)
    await run_in_thread(windows.forget_ended)


async def tidy_budgets() -> None:
    """Forget the budgets that are full again."""
    spending.budgets.forget_full(time.monotonic())
    mentions.budgets.forget_full(time.monotonic())


def lease_pause() -> float:
    """Seconds between renewals."""
    return settings.ENV.wschat_lease_seconds / 3


def _active_conversations(since: datetime) -> list[tuple[int, tuple[int, int], int]]:
    rooms = Room.objects.conversations_since(since)
    return [(room.pk, room.pair, room.last_seq) for room in rooms if room.pair is not None]
