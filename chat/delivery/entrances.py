"""Who comes into rooms and leaves them: moves go to the presence log, and what came of them to the rooms."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from chat.attendance import Enter, Exit, Move, Moved
from chat.delivery.audience import Member
from chat.delivery.hub import Hub, LiveRoom
from chat.errors import ChatError
from chat.events import Event, Joined, Left
from chat.log.presence import presence

RETRY_SECONDS: Final = 1.0


class Entrances:
    """`spread` has the others hear of it, `tell` at once; `open_room` makes a room live."""

    def __init__(
        self,
        hub: Hub,
        spread: Callable[[Sequence[Event]], None],
        tell: Callable[[], None],
        open_room: Callable[[int], Awaitable[LiveRoom]],
    ) -> None:
        self._hub = hub
        self._spread = spread
        self._tell = tell
        self._open_room = open_room
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[uuid.UUID, tuple[asyncio.Future[Moved], Member | None]] = {}

    async def enter(self, move: Enter, hearer: Member | None = None) -> Moved:
        """Have a name entered in a room; the others are told. `hearer` hears all that comes behind that."""
        if hearer is not None:
            await self._open_room(move.room)
        moved: asyncio.Future[Moved] = self._loop.create_future()
        presence.submit(move)
        self._waiting[move.member] = moved, hearer
        result = await moved
        if hearer is not None and result.error is None and not self._hub.has(hearer):
            await self._open_room(move.room)  # it was closed meanwhile, as nobody was in it
            self._hub.add(hearer)
        return result

    def exit(self, move: Exit) -> None:
        """Have a name leave a room; the others are told."""
        try:
            presence.submit(move)
        except ChatError:
            self._exit_later(move)

    def on_moves(self, moves: Sequence[Move], results: Sequence[Moved]) -> None:
        """What came of moves, from the presence log's thread."""
        self._loop.call_soon_threadsafe(self._moved, moves, results)

    def _moved(self, moves: Sequence[Move], results: Sequence[Moved]) -> None:
        news: list[Event] = []
        for move, result in zip(moves, results, strict=True):
            if result.news:
                kind = Joined if isinstance(move, Enter) else Left
                news.append(kind(move.room, move.at, move.who))
            if isinstance(move, Enter):
                waiting, hearer = self._waiting.pop(move.member, (None, None))
                if hearer is not None and result.error is None and move.room in self._hub.rooms:
                    self._spread(news)  # what the newcomer does not hear: so far, it was not there
                    self._tell()
                    news = []
                    self._hub.add(hearer)
                if waiting is not None and not waiting.done():
                    waiting.set_result(result)
            elif result.error is not None:
                self._exit_later(move)
        self._spread(news)

    def _exit_later(self, move: Exit) -> None:
        """The database did not take a leave: without another try there would be a ghost in the room."""
        self._loop.call_later(RETRY_SECONDS, self.exit, move)
