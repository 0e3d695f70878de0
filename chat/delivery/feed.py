"""Delivers events in the order that the log has decided (`chat.log.log`), whichever process they come from.

Per room the hub knows the last seq delivered: the next in line is delivered, an older one dropped, a gap
waited for briefly and then read from the database.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from chat import metrics
from chat.delivery.announcements import Announcements
from chat.delivery.hub import Hub
from chat.errors import ChatError
from chat.events import NO_SEQ, Event, Logged

ReadAfter: TypeAlias = Callable[[int, int], Awaitable[list[Logged]]]

GAP_SECONDS: Final = 0.05

logger = logging.getLogger(__name__)


class Feed:
    """Between log and bus on one side and the hub on the other. Lives on the event loop.

    Arrivals and departures have no seq, and wait in `announcements` for others.
    """

    def __init__(self, hub: Hub, read_after: ReadAfter) -> None:
        self._hub = hub
        self._read_after = read_after
        self.announcements = Announcements(self.deliver_in_order)
        self._early: dict[int, dict[int, Event]] = {}
        self._filling: dict[int, asyncio.Task[None]] = {}
        self._wanted: set[int] = set()  # rooms whose log is to be read, whatever comes by itself

    def deliver_in_order(self, room: int, events: Sequence[Event]) -> None:
        """Deliver what is in order of these events of a room; keep or drop the rest."""
        # A message must not reach the members before the arrival of its sender.
        if self.announcements.waiting:
            self.announcements.announce_now()
        live = self._hub.rooms.get(room)
        if live is None:
            return
        early = self._early.setdefault(room, {})
        ready: list[Event] = []
        seq = live.seq
        for event in events:
            if event.seq == NO_SEQ:
                ready.append(event)
            elif event.seq == seq + 1:
                ready.append(event)
                seq += 1
                while (following := early.pop(seq + 1, None)) is not None:
                    ready.append(following)
                    seq += 1
            elif event.seq > seq:
                early[event.seq] = event
        if early:
            self._fill_soon(room)
        else:
            del self._early[room]
        if ready:
            self._hub.deliver(room, ready)

    def fill_gap(self, room: int) -> asyncio.Task[None]:
        """Read what the room has missed from the database."""
        self._wanted.add(room)
        return self._fill_soon(room)

    def begin_anew(self, room: int) -> None:
        """Forget what waits: it is of another history."""
        self._early.pop(room, None)

    def _fill_soon(self, room: int) -> asyncio.Task[None]:
        """Start a task that fills the gap, unless one runs. It reads nothing if the gap closes first."""
        if room not in self._filling:
            self._filling[room] = asyncio.get_running_loop().create_task(self._fill_from_log(room))
        return self._filling[room]

    async def come_up(self, room: int, seq: int) -> None:
        """Wait until the room has been delivered up to `seq`, which is committed."""
        while (live := self._hub.rooms.get(room)) is not None and live.seq < seq:
            # Shielded: the task is shared, and a caller that is cancelled must not end it for the others.
            await asyncio.shield(self.fill_gap(room))

    async def _fill_from_log(self, room: int) -> None:
        try:
            if room not in self._wanted and not await self._gap_stays(room):
                return
            self._wanted.discard(room)
            while (live := self._hub.rooms.get(room)) is not None:
                missed = await self._read_after(room, live.seq)
                if not missed:
                    break
                metrics.RECOVERED.inc(len(missed))
                self._skip_purged(room, missed[0].seq)
                self.deliver_in_order(room, missed)
        except ChatError as error:
            logger.warning(
                "room %d: missed events not read, trying again with the next poll: %s", room, error
            )
        finally:
            del self._filling[room]
            self._drop_old(room)

    async def _gap_stays(self, room: int) -> bool:
        """Whether the same event stays missing for GAP_SECONDS. In a busy room there is always some gap."""
        while room in self._early and (live := self._hub.rooms.get(room)) is not None:
            before = live.seq
            # Each gap gets the whole time: otherwise half of 1,000 events were read from the log though none
            # was lost.
            await asyncio.sleep(GAP_SECONDS)
            # A poll wants the log read in any case. If the gap closed first, the next poll would find the
            # same loss.
            if room in self._wanted:
                return True
            if live.seq == before:
                return room in self._early
        return False

    def _skip_purged(self, room: int, first: int) -> None:
        """The log begins later than what was missed (retention): go on from there."""
        live = self._hub.rooms.get(room)
        if live is not None and first > live.seq + 1:
            live.seq = first - 1

    def _drop_old(self, room: int) -> None:
        live, early = self._hub.rooms.get(room), self._early.get(room)
        if live is not None and early is not None:
            self._early[room] = {seq: event for seq, event in early.items() if seq > live.seq}
