"""Feeding a member from the log until it has caught up with its room: late joiners and slow readers alike."""

import asyncio
import logging
from typing import Final

from chat import metrics
from chat.delivery.audience import Member
from chat.delivery.feed import ReadAfter
from chat.delivery.hub import Hub, encode
from chat.delivery.outbox import Outbox
from chat.errors import CLOSE_SLOW_READER, ChatError
from chat.events import Logged

logger = logging.getLogger(__name__)

_RETRY_SECONDS: Final = 1.0


class CatchUp:
    """Watches full connections and feeds lagging members."""

    def __init__(self, hub: Hub, read_after: ReadAfter, stuck_seconds: float) -> None:
        self._hub = hub
        self._read_after = read_after
        self._stuck_seconds = stuck_seconds
        self._feeding: dict[Member, asyncio.Task[None]] = {}
        self._watched: dict[Outbox, asyncio.TimerHandle] = {}
        hub.on_lag = self.watch
        hub.on_catch_up = self._drained

    def feed(self, member: Member) -> None:
        """Bring a lagging member up to its room, then live, in a task of its own."""
        if member not in self._feeding:
            self._feeding[member] = asyncio.get_running_loop().create_task(self._feed(member))

    def watch(self, outbox: Outbox) -> None:
        """Close the connection if it takes no byte for too long, from now on."""
        self._unwatch(outbox)
        self._check(outbox, outbox.buffered() + 1)

    def _unwatch(self, outbox: Outbox) -> None:
        if (timer := self._watched.pop(outbox, None)) is not None:
            timer.cancel()

    def _drained(self, outbox: Outbox, members: list[Member]) -> None:
        self._unwatch(outbox)  # if it is full again by then, that is another time
        for member in members:
            self.feed(member)

    def _check(self, outbox: Outbox, before: int) -> None:
        self._watched.pop(outbox, None)
        if outbox.closed or not outbox.full:
            return
        unsent = outbox.buffered()
        if unsent >= before:
            metrics.DROPPED.labels("slow_reader_closed").inc()
            outbox.close(CLOSE_SLOW_READER)
            return
        loop = asyncio.get_running_loop()
        self._watched[outbox] = loop.call_later(self._stuck_seconds, self._check, outbox, unsent)

    async def _feed(self, member: Member) -> None:
        try:
            while not self._done(member):
                try:
                    events = await self._read_after(member.room, member.seq)
                except ChatError as error:
                    logger.warning("a reader waits for the database: %s", error)
                    await asyncio.sleep(_RETRY_SECONDS)
                else:
                    self._hand_over(member, events)
        finally:
            del self._feeding[member]

    def _done(self, member: Member) -> bool:
        """Whether there is nothing to feed now. A full connection is fed again when it has drained."""
        if member.outbox.closed or member.outbox.full or self._hub.resume(member):
            return True
        live = self._hub.rooms.get(member.room)
        return live is None or member not in live.lagging

    def _hand_over(self, member: Member, events: list[Logged]) -> None:
        if self._done(member):
            return
        live = self._hub.rooms[member.room]
        # What is ahead of the room has not been delivered to the others: it will come live.
        due = [event for event in events if event.seq <= live.seq]
        if data := encode(member.form, due):
            member.outbox.write(data)
        member.seq = due[-1].seq if due else live.seq
