"""Who comes and goes, told to the rooms of this process.

It takes long to tell such news in a large room. They are gathered for ten times as long as it took to tell
the last ones: whoever comes alone is told of at once, and a storm takes a tenth of the time.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from chat.events import Event

SHARE: Final = 10  # one part of the time is for who comes and goes
LONGEST_WAIT: Final = 0.25  # seconds


class News:
    """`deliver` has the members hear of it."""

    def __init__(self, deliver: Callable[[Sequence[Event]], None]) -> None:
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Event] = []
        self._tell_again_at = 0.0
        self._telling: asyncio.TimerHandle | None = None

    def add(self, news: Sequence[Event]) -> None:
        """Somebody has come or gone."""
        self._waiting += news
        wait = self._tell_again_at - self._loop.time()
        if wait <= 0:
            self.tell()
        elif self._waiting and self._telling is None:
            self._telling = self._loop.call_later(wait, self.tell)

    def tell(self) -> None:
        """Tell now what waits, since something else is about to be told."""
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        if self._waiting:
            news, self._waiting = self._waiting, []
            began = self._loop.time()
            self._deliver(news)
            now = self._loop.time()
            self._tell_again_at = now + min(SHARE * (now - began), LONGEST_WAIT)
