"""Who comes into rooms and leaves them: moves go to the presence log, and what came of them to the rooms.

It takes long to tell such news in a large room. They are gathered for ten times as long as it took to tell
the last ones: whoever comes alone is told of at once, and a storm takes a tenth of the time.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from chat.attendance import Enter, Exit, Move, Moved
from chat.errors import ChatError
from chat.events import Event, Joined, Left
from chat.log.presence import presence
from chat.realtime.audience import Member
from chat.realtime.hub import Hub, LiveRoom

RETRY_SECONDS: Final = 1.0
SHARE: Final = 10  # one part of the time is for who comes and goes
LONGEST_WAIT: Final = 0.25  # seconds


class Entrances:
    """`spread` has the others hear of it; `open_room` makes a room live."""

    def __init__(
        self,
        hub: Hub,
        spread: Callable[[Sequence[Event]], None],
        open_room: Callable[[int], Awaitable[LiveRoom]],
    ) -> None:
        self._hub = hub
        self._spread = spread
        self._open_room = open_room
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[uuid.UUID, tuple[asyncio.Future[Moved], Member | None]] = {}
        self._news: list[Event] = []  # not told yet
        self._tell_again_at = 0.0
        self._telling: asyncio.TimerHandle | None = None

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

    def tell(self) -> None:
        """Tell the rooms now what they have not been told. Whatever else happens comes behind it."""
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        if self._news:
            news, self._news = self._news, []
            began = self._loop.time()
            self._spread(news)
            now = self._loop.time()
            self._tell_again_at = now + min(SHARE * (now - began), LONGEST_WAIT)

    def _tell_soon(self) -> None:
        wait = self._tell_again_at - self._loop.time()
        if wait <= 0:
            self.tell()
        elif self._news and self._telling is None:
            self._telling = self._loop.call_later(wait, self.tell)

    def _moved(self, moves: Sequence[Move], results: Sequence[Moved]) -> None:
        for move, result in zip(moves, results, strict=True):
            if result.news:
                kind = Joined if isinstance(move, Enter) else Left
                self._news.append(kind(move.room, move.at, move.who))
            if isinstance(move, Enter):
                waiting, hearer = self._waiting.pop(move.member, (None, None))
                if hearer is not None and result.error is None and move.room in self._hub.rooms:
                    self.tell()  # what the newcomer does not hear: so far, it was not there
                    self._hub.add(hearer)
                if waiting is not None and not waiting.done():
                    waiting.set_result(result)
            elif result.error is not None:
                self._exit_later(move)
        self._tell_soon()

    def _exit_later(self, move: Exit) -> None:
        """The database did not take a leave: without another try there would be a ghost in the room."""
        self._loop.call_later(RETRY_SECONDS, self.exit, move)
