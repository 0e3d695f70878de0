"""Events between processes, over the channel layer: a group per room and person, joined once per process.

The layer may lose messages and may be away; a publisher never waits for it and never fails because of
it. What is lost is found by comparing `last_seq` with the database (`upkeep.Poll`).
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from channels.layers import BaseChannelLayer

from chat import metrics
from chat.delivery.tasks import end_tasks
from chat.events import Event

Receive: TypeAlias = Callable[[list[Event], tuple[int, ...]], None]

logger = logging.getLogger(__name__)

_WAITING: Final = 1000  # batches for a layer that is slow; more are dropped and counted
_RETRY_SECONDS: Final = 1.0
_TOGETHER: Final = 500  # groups that are joined again

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Event]).decode


def room_group(room: int) -> str:
    """Where the events of a room go."""
    return f"room.{room}"


# Where every process hears whose rights are in doubt.
RIGHTS: Final = "rights"


def doubt_message(participants: Sequence[int], sender: str = "") -> dict[str, Any]:
    """The message that these may have lost a right; if none is named, anyone may have."""
    return {"type": "chat.doubt", "from": sender, "participants": list(participants)}


def person_group(participant: int) -> str:
    """Where that goes which reaches a participant wherever they are."""
    return f"person.{participant}"


class Bus:
    """This process's end of the channel layer.

    `receive` gets events, and the participants that they are for: none for events of a room. `on_doubt` hears
    whose rights other processes have doubts of.
    """

    def __init__(
        self, layer: BaseChannelLayer, receive: Callable[[list[Event], tuple[int, ...]], None]
    ) -> None:
        self._layer = layer
        self._receive = receive
        self._channel = ""
        self.on_doubt: Callable[[list[int]], None] = lambda participants: None
        self._outgoing: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue(_WAITING)
        self._tasks: list[asyncio.Task[None]] = []
        self._groups: set[str] = set()
        self.failing = False

    async def start(self) -> None:
        """Open this process's channel and begin to carry events."""
        self._channel = await self._layer.new_channel()
        self._tasks = [
            asyncio.create_task(self._receive_messages()),
            asyncio.create_task(self._publish_queued()),
        ]

    async def stop(self) -> None:
        """Send what is waiting, leave the groups and stop."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_RETRY_SECONDS):
                await self._outgoing.join()
        for group in list(self._groups):
            await self.leave_group(group)
        await end_tasks(self._tasks)

    async def join_group(self, group: str) -> None:
        """Hear of what goes to the group from now on. While the layer fails: as soon as it answers again."""
        self._groups.add(group)
        # A call to a failing layer can take a second: `rejoin_groups` joins the group later.
        if not self.failing:
            await self._call_layer(self._layer.group_add(group, self._channel))

    def is_in_group(self, group: str) -> bool:
        """Whether it is in the group, or about to be."""
        return group in self._groups

    @property
    def group_count(self) -> int:
        """The number of groups that this process has joined."""
        return len(self._groups)

    async def leave_group(self, group: str) -> None:
        """Hear no more of the group."""
        self._groups.discard(group)
        if not self.failing:
            await self._call_layer(self._layer.group_discard(group, self._channel))

    async def rejoin_groups(self) -> None:
        """Join all groups again: those of a layer that failed may be lost.

        Stops with the first failure, as a silent layer would take a second for each.
        """
        groups = list(self._groups)
        while groups:
            several, groups = groups[:_TOGETHER], groups[_TOGETHER:]
            calls = [self._layer.group_add(group, self._channel) for group in several]
            if not all(await asyncio.gather(*map(self._call_layer, calls))):
                return

    def publish_events(self, group: str, events: Sequence[Event], whom: tuple[int, ...] = ()) -> None:
        """Hand events to the other processes in the group. Never waits."""
        message = {
            "type": "chat.events",
            "from": self._channel,
            "events": _encode(events),
            "whom": list(whom),
        }
        self._queue_message(group, message)

    def publish_doubt(self, participants: Sequence[int]) -> None:
        """Have the other processes see whether these may still do what they could. Never waits."""
        self._queue_message(RIGHTS, doubt_message(participants, self._channel))

    def _queue_message(self, group: str, message: dict[str, Any]) -> None:
        try:
            self._outgoing.put_nowait((group, message))
        except asyncio.QueueFull:
            metrics.DROPPED.labels("bus_queue_full").inc()

    async def _publish_queued(self) -> None:
        while True:
            waiting = [await self._outgoing.get()]
            while not self._outgoing.empty():
                waiting.append(self._outgoing.get_nowait())
            calls = [self._layer.group_send(group, message) for group, message in waiting]
            await asyncio.gather(*map(self._call_layer, calls))
            for _ in waiting:
                self._outgoing.task_done()

    async def _receive_messages(self) -> None:
        while True:
            try:
                message = await self._layer.receive(self._channel)
                if message["from"] == self._channel:
                    continue
                if message["type"] == "chat.doubt":
                    self.on_doubt(message["participants"])
                else:
                    self._receive(_decode(message["events"]), tuple(message["whom"]))
            except asyncio.CancelledError:
                raise
            except Exception as error:
                self._note_failure(error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _call_layer(self, call: Any) -> bool:
        """Await a call to the layer, and whether it worked; a failure is made good by polling."""
        try:
            async with asyncio.timeout(_RETRY_SECONDS):
                await call
        except asyncio.CancelledError:
            raise
        except Exception as error:
            metrics.DROPPED.labels("bus_failed").inc()
            self._note_failure(error)
            return False
        if self.failing:
            logger.warning("the channel layer answers again")
            self.failing = False
        return True

    def _note_failure(self, error: Exception) -> None:
        if not self.failing:
            logger.warning(
                "the channel layer fails (%s); events come from the database until it is back", error
            )
            self.failing = True
