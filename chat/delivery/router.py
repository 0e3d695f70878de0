"""Routes events to the members in this process and to the other processes, and theirs to the members here."""

from collections.abc import Sequence

from chat.delivery.bus import Bus, person_group, room_group
from chat.delivery.feed import Feed
from chat.delivery.presence import Announcements
from chat.delivery.recipients import Recipient, Recipients
from chat.events import Event, Joined, Left


class Router:
    """The way of an event to those whom it concerns. `bus` is None for the only process."""

    def __init__(self, feed: Feed, recipients: Recipients, bus: Bus | None) -> None:
        self._feed = feed
        self._recipients = recipients
        self._announcements = Announcements(feed.deliver_in_order)
        self._bus = bus

    def publish_events(self, events: Sequence[Event], pair: tuple[int, int] | None = None) -> None:
        """Send events of rooms, or of the direct conversation of `pair`, to this and the other processes."""
        if self._bus is not None and pair is not None:
            for participant in pair:
                self._bus.publish_events(person_group(participant), events, pair)
        elif self._bus is not None:
            by_room: dict[int, list[Event]] = {}
            for event in events:
                by_room.setdefault(event.room, []).append(event)
            for room, group in by_room.items():
                self._bus.publish_events(room_group(room), group)
        self._deliver_in_order(events, pair)

    def tell_other_connections(self, recipient: Recipient, event: Event) -> None:
        """Send an event to the other connections of one participant, in every process."""
        self._recipients.send_event(recipient.participant, event, but=recipient.outbox)
        if self._bus is not None:
            self._bus.publish_events(person_group(recipient.participant), [event], (recipient.participant,))

    def receive_events(self, events: list[Event], whom: tuple[int, ...]) -> None:
        """Deliver events from another process: of rooms, of a pair's conversation, or for one participant."""
        if len(whom) == 1:
            for event in events:
                self._recipients.send_event(whom[0], event)
        else:
            self._deliver_in_order(events, (whom[0], whom[1]) if whom else None)

    def announce_now(self) -> None:
        """Announce the arrivals and departures that wait."""
        self._announcements.announce_now()

    def _deliver_in_order(self, events: Sequence[Event], pair: tuple[int, int] | None) -> None:
        """In the order in which this process heard of them, wherever they come from."""
        if all(isinstance(event, Joined | Left) for event in events):
            # Each process gathers what it hears. Gathered before publishing, a departure could reach the
            # others after the same participant's arrival elsewhere.
            self._announcements.add_news(events)
            return
        # A message must not reach the members before the arrival of its sender.
        self._announcements.announce_now()
        if pair is None:
            self._feed.deliver_in_order(events)
        else:
            self._recipients.deliver_to_pair(pair, events)
