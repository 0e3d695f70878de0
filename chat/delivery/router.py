"""Routes events to the members in this process and to the other processes, and theirs to the members here."""

from collections.abc import Mapping, Sequence

from chat.delivery.announcements import group_by_room
from chat.delivery.bus import Bus, person_group, room_group
from chat.delivery.feed import Feed
from chat.delivery.outbox import Outbox
from chat.delivery.recipients import Recipient, Recipients
from chat.events import Event, Joined, Left
from chat.log.drafts import Draft, Outcome
from chat.log.log import answer_drafts


class Router:
    """Route events to local members and other processes. `bus` is None for the only process."""

    def __init__(self, feed: Feed, recipients: Recipients, bus: Bus | None) -> None:
        self._feed = feed
        self._recipients = recipients
        self._bus = bus

    def publish_and_answer(self, drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> None:
        """Deliver the events, tell the other processes, then answer the senders."""
        by_room: dict[tuple[int, tuple[int, int] | None], list[Event]] = {}
        for outcome in outcomes:
            if outcome.fresh and (event := outcome.event) is not None:
                by_room.setdefault((event.room, outcome.pair), []).append(event)
        for (room, pair), events in by_room.items():
            self.publish_events(room, events, pair)
        answer_drafts(drafts, outcomes)

    def publish_events(self, room: int, events: Sequence[Event], pair: tuple[int, int] | None = None) -> None:
        """Send events of a room, or of the direct conversation of `pair`, to this and the other processes.

        Not arrivals and departures: these wait (`publish_moves`).
        """
        if self._bus is not None:
            groups = [room_group(room)] if pair is None else map(person_group, pair)
            for group in groups:
                self._bus.publish_events(group, events, pair or ())
        if pair is not None:  # the two need not have asked to hear it
            self._recipients.hear_events(room, pair, events)
        self._feed.deliver_in_order(room, events)

    def publish_moves(self, moves: Sequence[Joined | Left]) -> None:
        """Announce arrivals and departures, in any rooms, to this and the other processes."""
        if self._bus is not None:
            for room, group in group_by_room(moves).items():
                self._bus.publish_events(room_group(room), group)
        # Each process gathers what it hears. Gathered before publishing, a departure could reach the
        # others after the same participant's arrival elsewhere.
        self._feed.announcements.add_news(moves)

    def tell_other_connections(self, recipient: Recipient, event: Event) -> None:
        """Send an event to the other connections of one participant, in every process."""
        self._tell_participant(recipient.participant, event, but=recipient.outbox)

    def _tell_participant(self, participant: int, event: Event, but: Outbox | None = None) -> None:
        self._recipients.send_event(participant, event, but=but)
        if self._bus is not None:
            self._bus.publish_events(person_group(participant), [event], (participant,))

    def tell_participants(self, notices: Mapping[int, Event]) -> None:
        """Send each of these participants an event, over all of their connections in every process."""
        for participant, event in notices.items():
            self._tell_participant(participant, event)

    def receive_events(self, events: list[Event], whom: tuple[int, ...]) -> None:
        """Deliver events from another process: of rooms, of a pair's conversation, or for one participant."""
        if len(whom) == 1:
            for event in events:
                self._recipients.send_event(whom[0], event)
        elif isinstance(events[0], Joined | Left):  # all of them are
            self._feed.announcements.add_news(events)
        else:
            if whom:
                self._recipients.hear_events(events[0].room, (whom[0], whom[1]), events)
            self._feed.deliver_in_order(events[0].room, events)
