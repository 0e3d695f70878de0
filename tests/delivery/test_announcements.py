"""Arrivals and departures, and when they are announced."""

import asyncio
import time
from collections.abc import Sequence

from chat.delivery.announcements import Announcements
from chat.events import Event, Joined, Left, Sender
from tests.delivery.fakes import NOW


class Room:
    """A room in which an announcement takes `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.told: list[str] = []
        self._seconds = seconds
        self._has_told = asyncio.Condition()
        self.news = Announcements(self._deliver)

    def come(self, *names: str) -> None:
        self.news.add_news([Joined(1, NOW, Sender(name)) for name in names])

    def go(self, *names: str) -> None:
        self.news.add_news([Left(1, NOW, Sender(name)) for name in names])

    async def has_told(self, times: int) -> list[str]:
        async with asyncio.timeout(10), self._has_told:
            await self._has_told.wait_for(lambda: len(self.told) >= times)
        return self.told

    def _deliver(self, room: int, events: Sequence[Event]) -> None:
        time.sleep(self._seconds)  # as the loop over the sockets would
        signs = {Joined: "+", Left: "-"}
        moved = [event for event in events if isinstance(event, Joined | Left)]
        self.told.append(" ".join(f"{signs[type(event)]}{event.who.name}" for event in moved))
        self._noted = asyncio.create_task(self._note())

    async def _note(self) -> None:
        async with self._has_told:
            self._has_told.notify_all()


async def test_single_arrival_is_announced_at_once():
    room = Room(seconds=0.01)
    room.come("ann")
    assert room.told == ["+ann"]


async def test_many_arrivals_are_announced_together_and_in_order():
    room = Room(seconds=0.02)
    room.come("ann")
    room.come("bob", "carol")
    room.go("bob")
    room.come("bob")
    assert await room.has_told(2) == ["+ann", "+bob +carol -bob +bob"]


async def test_later_events_follow_the_announcement():
    room = Room(seconds=0.02)
    room.come("ann")
    room.come("bob")
    room.news.announce_now()
    assert room.told == ["+ann", "+bob"]
    room.news.announce_now()  # there is nothing to tell
    room.come("carol")
    assert await room.has_told(3) == ["+ann", "+bob", "+carol"]
