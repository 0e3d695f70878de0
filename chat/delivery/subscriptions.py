"""Subscribing connections to rooms, and opening the rooms for it."""

import asyncio

from chat.delivery.bus import Bus, room_group
from chat.delivery.catchup import CatchUp
from chat.delivery.feed import Feed
from chat.delivery.hub import Hub, LiveRoom, Subscription
from chat.events import Logged
from chat.log import recovery
from chat.log.threads import run_in_thread


class Subscriptions:
    """Opens live rooms, and feeds subscriptions that begin in the past."""

    def __init__(self, hub: Hub, bus: Bus | None, stuck_seconds: float) -> None:
        self._hub = hub
        self._bus = bus
        self.feed = Feed(hub, self._read_after)
        self._catch_up = CatchUp(hub, self._read_after, stuck_seconds)
        self._opening: dict[int, asyncio.Task[LiveRoom]] = {}

    async def subscribe(self, subscription: Subscription, since: int | None) -> int:
        """Let a connection hear its room, from `since` on; the seq that the room has now."""
        live = await self.open_room(subscription.room)
        self.add_or_feed(subscription, since)
        return live.seq

    def add_or_feed(self, subscription: Subscription, since: int | None) -> None:
        """Add a subscription to its live room; one that begins in the past is fed from the log first."""
        if not self._hub.add_subscription(subscription, since):
            self._catch_up.feed_subscription(subscription)

    async def open_room(self, room: int) -> LiveRoom:
        """The live room. The bus is joined before the room is read, so that no event falls between."""
        if (live := self._hub.rooms.get(room)) is not None:
            return live
        if (opening := self._opening.get(room)) is None:
            opening = self._opening[room] = asyncio.create_task(self._open_new(room))
            opening.add_done_callback(lambda _: self._opening.pop(room, None))
        # Shielded: all who open the room wait for one task, and one that is cancelled must not end it.
        return await asyncio.shield(opening)

    async def _open_new(self, room: int) -> LiveRoom:
        if self._bus is not None:
            await self._bus.join_group(room_group(room))
        seq, generation, deleted = await run_in_thread(recovery.read_state, room)
        return self._hub.open_room(LiveRoom(room, seq, generation, deleted=deleted))

    async def _read_after(self, room: int, seq: int) -> list[Logged]:
        """From memory if it is there: a storm of reconnects is not a storm of queries."""
        live = self._hub.rooms.get(room)
        known = None if live is None else live.events_after(seq)
        return known if known else await run_in_thread(recovery.read_after, room, seq)
