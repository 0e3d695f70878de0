"""Feed subscriptions from the log until they are live: late joiners and slow readers alike."""

import asyncio
import logging
from typing import Final

from chat import metrics
from chat.delivery.feed import ReadAfter
from chat.delivery.hub import Hub, Subscription, encode_events
from chat.delivery.outbox import Outbox
from chat.errors import CLOSE_SLOW_READER, ChatError
from chat.events import Logged

logger = logging.getLogger(__name__)

_RETRY_SECONDS: Final = 1.0


class CatchUp:
    """Watches full connections and feeds lagging subscriptions."""

    def __init__(self, hub: Hub, read_after: ReadAfter, stuck_seconds: float) -> None:
        self._hub = hub
        self._read_after = read_after
        self._stuck_seconds = stuck_seconds
        self._feeding: dict[Subscription, asyncio.Task[None]] = {}
        self._watched: dict[Outbox, asyncio.TimerHandle] = {}
        hub.on_lag = self.watch_outbox
        hub.on_catch_up = self._feed_drained

    def feed_subscription(self, subscription: Subscription) -> None:
        """Bring a lagging subscription up to its room, then live, in a task of its own."""
        if subscription not in self._feeding:
            self._feeding[subscription] = asyncio.get_running_loop().create_task(
                self._feed_until_live(subscription)
            )

    def watch_outbox(self, outbox: Outbox) -> None:
        """Close the connection if it takes no byte for too long, from now on."""
        self._unwatch_outbox(outbox)
        # One byte more than there is, so that the first check starts the timer and closes nothing.
        self._check_progress(outbox, outbox.buffered_bytes() + 1)

    def _unwatch_outbox(self, outbox: Outbox) -> None:
        if (timer := self._watched.pop(outbox, None)) is not None:
            timer.cancel()

    def _feed_drained(self, outbox: Outbox, subscriptions: list[Subscription]) -> None:
        self._unwatch_outbox(outbox)  # if it is full again by then, that is another time
        for subscription in subscriptions:
            self.feed_subscription(subscription)

    def _check_progress(self, outbox: Outbox, before: int) -> None:
        self._watched.pop(outbox, None)
        if outbox.closed or not outbox.full:
            return
        unsent = outbox.buffered_bytes()
        if unsent >= before:
            metrics.DROPPED.labels("slow_reader_closed").inc()
            # By default after 15 s: TCP cuts such a connection after 30 s, a missing pong after 40 s, and
            # neither tells the client why.
            outbox.close(CLOSE_SLOW_READER)
            return
        loop = asyncio.get_running_loop()
        self._watched[outbox] = loop.call_later(self._stuck_seconds, self._check_progress, outbox, unsent)

    async def _feed_until_live(self, subscription: Subscription) -> None:
        try:
            while not self._is_done(subscription):
                try:
                    events = await self._read_after(subscription.room, subscription.seq)
                except ChatError as error:
                    logger.warning("a reader waits for the database: %s", error)
                    await asyncio.sleep(_RETRY_SECONDS)
                else:
                    self._hand_over(subscription, events)
        finally:
            del self._feeding[subscription]

    def _is_done(self, subscription: Subscription) -> bool:
        """Whether there is nothing to feed now. A full connection is fed again when it has drained."""
        if subscription.outbox.closed or subscription.outbox.full or self._hub.resume_live(subscription):
            return True
        live = self._hub.rooms.get(subscription.room)
        return live is None or subscription not in live.lagging

    def _hand_over(self, subscription: Subscription, events: list[Logged]) -> None:
        if self._is_done(subscription):
            return
        live = self._hub.rooms[subscription.room]
        # What is ahead of the room has not been delivered to the others: it will come live.
        due = [event for event in events if event.seq <= live.seq]
        if data := encode_events(subscription.form, due):
            subscription.outbox.write(data)
        subscription.seq = due[-1].seq if due else live.seq
