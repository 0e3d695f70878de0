"""Members come into rooms and leave them: their moves are stored, then announced."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from chat.delivery.hub import Hub, LiveRoom, Subscription
from chat.errors import ChatError
from chat.events import Joined, Left
from chat.presence.moves import Arrival, Departure, Move, Moved
from chat.presence.writer import presence

RETRY_SECONDS: Final = 1.0


class Members:
    """Adds members to rooms and removes them, and announces it.

    `announce` takes the moves to this and the other processes, `announce_now` has those of this
    process told without further wait; `open_room` makes a room live.
    """

    def __init__(
        self,
        hub: Hub,
        announce: Callable[[Sequence[Joined | Left]], None],
        announce_now: Callable[[], None],
        open_room: Callable[[int], Awaitable[LiveRoom]],
    ) -> None:
        self._hub = hub
        self._announce = announce
        self._announce_now = announce_now
        self._open_room = open_room
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[uuid.UUID, tuple[asyncio.Future[Moved], Subscription | None]] = {}
        self._leaving: dict[uuid.UUID, asyncio.Future[None]] = {}  # until that is stored, or was refused

    async def add_member(self, move: Arrival, subscription: Subscription | None = None) -> Moved:
        """Add a member to a room and announce it. `subscription` hears what comes after that."""
        if subscription is not None:
            await self._open_room(move.room)
        moved: asyncio.Future[Moved] = self._loop.create_future()
        presence.submit_move(move)
        self._waiting[move.member] = moved, subscription
        result = await moved
        if subscription is not None and result.error is None and not self._hub.has_subscription(subscription):
            await self._open_room(move.room)  # it was closed meanwhile, as it was empty
            self._hub.add_subscription(subscription)
        return result

    def remove_member(self, move: Departure) -> None:
        """Remove a member from a room and announce it."""
        self._leaving.setdefault(move.member, self._loop.create_future())
        try:
            presence.submit_move(move)
        except ChatError:
            self._depart_later(move)

    async def wait_for_departures(self) -> None:
        """Wait until the departures so far are stored, or were refused once."""
        if leaving := list(self._leaving.values()):
            await asyncio.wait(leaving)

    def finish_moves(self, moves: Sequence[Move], results: Sequence[Moved]) -> None:
        """Announce the moves that were stored; try refused departures again."""
        news: list[Joined | Left] = []
        for move, result in zip(moves, results, strict=True):
            if result.news:
                kind = Joined if isinstance(move, Arrival) else Left
                news.append(kind(move.room, move.at, move.who))
            if isinstance(move, Arrival):
                waiting, subscription = self._waiting.pop(move.member, (None, None))
                if subscription is not None and result.error is None and move.room in self._hub.rooms:
                    self._announce(news)  # the newcomer does not hear it: so far, it was not there
                    self._announce_now()
                    news = []
                    self._hub.add_subscription(subscription)
                if waiting is not None and not waiting.done():
                    waiting.set_result(result)
                continue
            self._note_departure(move)
            if result.error is not None:
                self._depart_later(move)
        self._announce(news)

    def _depart_later(self, move: Departure) -> None:
        """Try again after the database refused a departure: else there would be a ghost in the room."""
        self._note_departure(move)
        self._loop.call_later(RETRY_SECONDS, self.remove_member, move)

    def _note_departure(self, move: Departure) -> None:
        if (leaving := self._leaving.pop(move.member, None)) is not None:
            leaving.set_result(None)
