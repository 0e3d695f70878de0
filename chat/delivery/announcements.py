"""Arrivals and departures on their way to the members in this process.

It takes long to announce them in a large room. They are gathered for twenty times as long as it took to
announce the last ones: a single arrival is announced at once, and a storm of them takes a twentieth of the
time.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from chat.events import Event

SHARE: Final = 20  # how many times as long as an announcement took the next one waits
LONGEST_WAIT: Final = 1.0  # seconds


class Announcements:
    """Arrivals and departures that wait to be announced to the members in this process.

    `deliver` announces those of one room.
    """

    def __init__(self, deliver: Callable[[int, Sequence[Event]], None]) -> None:
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self.waiting: list[Event] = []
        self._not_before = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def add_news(self, news: Sequence[Event]) -> None:
        """Announce these as soon as it is time."""
        self.waiting += news
        wait = self._not_before - self._loop.time()
        if wait <= 0:
            self.announce_now()
        elif self.waiting and self._timer is None:
            self._timer = self._loop.call_later(wait, self.announce_now)

    def announce_now(self) -> None:
        """Announce what waits now, since something else is about to be delivered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.waiting:
            news, self.waiting = self.waiting, []
            began = self._loop.time()
            for room, group in group_by_room(news).items():
                self._deliver(room, group)
            now = self._loop.time()
            self._not_before = now + min(SHARE * (now - began), LONGEST_WAIT)


def group_by_room(events: Iterable[Event]) -> dict[int, list[Event]]:
    """Events by their room, in each room in the order given."""
    groups: dict[int, list[Event]] = {}
    for event in events:
        groups.setdefault(event.room, []).append(event)
    return groups
