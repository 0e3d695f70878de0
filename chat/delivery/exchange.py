"""Events between this process and the others: what happens here goes out, what happens there comes in."""

from collections.abc import Sequence

from chat.delivery.bus import Bus, person_group, room_group
from chat.delivery.feed import Feed
from chat.delivery.news import News
from chat.delivery.people import Listener, People
from chat.events import Event, Joined, Left


class Exchange:
    """Knows by which way an event reaches those whom it is for. `bus` is None for the only process."""

    def __init__(self, feed: Feed, people: People) -> None:
        self._feed = feed
        self._people = people
        self._news = News(feed.receive)
        self.bus: Bus | None = None

    def spread(self, events: Sequence[Event], pair: tuple[int, int] | None = None) -> None:
        """Events of rooms, or of the conversation of two: to the members here and to the other processes."""
        if self.bus is not None and pair is not None:
            for participant in pair:
                self.bus.publish(person_group(participant), events, pair)
        elif self.bus is not None:
            by_room: dict[int, list[Event]] = {}
            for event in events:
                by_room.setdefault(event.room, []).append(event)
            for room, group in by_room.items():
                self.bus.publish(room_group(room), group)
        self._deliver(events, pair)

    def tell(self, listener: Listener, event: Event) -> None:
        """An event for the other connections of one person."""
        self._people.tell(listener.participant, event, but=listener.outbox)
        if self.bus is not None:
            self.bus.publish(person_group(listener.participant), [event], (listener.participant,))

    def heard(self, events: list[Event], whom: tuple[int, ...]) -> None:
        """Events from another process."""
        if len(whom) == 1:
            for event in events:
                self._people.tell(whom[0], event)
        else:
            self._deliver(events, (whom[0], whom[1]) if whom else None)

    def tell_news(self) -> None:
        """Tell the members here who has come and gone, if that waits."""
        self._news.tell()

    def _deliver(self, events: Sequence[Event], pair: tuple[int, int] | None) -> None:
        """In the order in which it was heard of, from whichever process."""
        if all(isinstance(event, Joined | Left) for event in events):
            self._news.add(events)
            return
        self._news.tell()
        if pair is None:
            self._feed.receive(events)
        else:
            self._people.receive(pair, events)
