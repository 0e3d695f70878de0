"""Events between processes, over the channel layer: one group per room, joined once per process.

The layer may lose messages and may be away; whoever publishes never waits for it and never fails because of
it. What is lost is found by comparing `last_seq` with the database (`runtime.poll`).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from channels.layers import BaseChannelLayer

from chat import metrics
from chat.events import Event

logger = logging.getLogger(__name__)

_WAITING: Final = 1000  # batches for a layer that is slow; more are dropped and counted
_RETRY_SECONDS: Final = 1.0

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Event]).decode


def group(room: int) -> str:
    """The room's group in the channel layer."""
    return f"room.{room}"


class Bus:
    """This process's end of the channel layer."""

    def __init__(self, layer: BaseChannelLayer, receive: Callable[[list[Event]], None]) -> None:
        self._layer = layer
        self._receive = receive
        self._channel = ""
        self._outgoing: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue(_WAITING)
        self._tasks: list[asyncio.Task[None]] = []
        self._rooms: set[int] = set()
        self.failing = False

    async def start(self) -> None:
        """Open this process's channel and begin to carry events."""
        self._channel = await self._layer.new_channel()
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._publish())]

    async def stop(self) -> None:
        """Leave the groups and stop."""
        for room in list(self._rooms):
            await self.leave(room)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def join(self, room: int) -> None:
        """Hear of the room's events from now on."""
        self._rooms.add(room)
        await self._tried(self._layer.group_add(group(room), self._channel))

    async def leave(self, room: int) -> None:
        """Hear no more of the room."""
        self._rooms.discard(room)
        await self._tried(self._layer.group_discard(group(room), self._channel))

    async def rejoin(self) -> None:
        """Join all groups again: a restarted Redis has forgotten them, and memberships expire."""
        for room in list(self._rooms):
            await self._tried(self._layer.group_add(group(room), self._channel))

    def publish(self, room: int, events: Sequence[Event]) -> None:
        """Hand events of one room to the other processes. Never waits."""
        try:
            self._outgoing.put_nowait((room, _encode(events)))
        except asyncio.QueueFull:
            metrics.DROPPED.labels("bus_queue_full").inc()

    async def _publish(self) -> None:
        while True:
            room, events = await self._outgoing.get()
            message = {"type": "chat.events", "from": self._channel, "events": events}
            await self._tried(self._layer.group_send(group(room), message))

    async def _listen(self) -> None:
        while True:
            try:
                message = await self._layer.receive(self._channel)
                if message["from"] != self._channel:
                    self._receive(_decode(message["events"]))
            except asyncio.CancelledError:
                raise
            except Exception as error:
                self._failed(error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _tried(self, call: Any) -> None:
        """Await a call to the layer; a failure is noted, and made good by polling."""
        try:
            async with asyncio.timeout(_RETRY_SECONDS):
                await call
        except asyncio.CancelledError:
            raise
        except Exception as error:
            metrics.DROPPED.labels("bus_failed").inc()
            self._failed(error)
        else:
            if self.failing:
                logger.warning("the channel layer answers again")
                self.failing = False

    def _failed(self, error: Exception) -> None:
        if not self.failing:
            logger.warning(
                "the channel layer fails (%s); events come from the database until it is back", error
            )
            self.failing = True
