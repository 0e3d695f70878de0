"""Connections by participant: they get what concerns the participant, whatever rooms they are in.

The events of a direct conversation go to both of its participants, not to a group of its own. It is live here
as soon as one of them is connected and something happens in it; what was missed is filled in from the log, as
in any room.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from chat.delivery.bus import Bus, person_group
from chat.delivery.hub import Form, Hub, LiveRoom, Subscription, encode_events
from chat.delivery.outbox import Outbox
from chat.delivery.subscriptions import Subscriptions
from chat.delivery.tasks import Tasks
from chat.dialects.base import Dialect
from chat.events import NO_SEQ, Event, Sender
from chat.models.room import pair_of


class Recipient:
    """One connection of a participant. `heard`: its subscriptions to direct conversations, by room.

    `returns`: the participant can come back as the same one. `got`: how far it has got in each conversation,
    if it cannot ask for what it missed; else None.
    """

    __slots__ = ("dialect", "got", "heard", "outbox", "participant", "returns", "who")

    def __init__(
        self,
        participant: int,
        who: Sender,
        outbox: Outbox,
        dialect: Dialect,
        *,
        returns: bool,
        got: dict[int, int] | None,
    ) -> None:
        self.participant = participant
        self.who = who
        self.outbox = outbox
        self.dialect = dialect
        self.returns = returns
        self.got = got
        self.heard: dict[int, Subscription] = {}

    @property
    def form(self) -> Form:
        return self.dialect, self.outbox.framed

    def new_subscription(self, room: int) -> Subscription:
        """A subscription to a direct conversation, in place of an earlier one."""
        subscription = Subscription(room, self.outbox, self.dialect, 1, private=self.who)
        self.heard[room] = subscription
        return subscription


class ConnectedParticipant:
    """A participant with connections here. `known`: the seqs of their direct conversations when they came."""

    __slots__ = ("known", "recipients")

    def __init__(self, known: Mapping[int, int]) -> None:
        self.known = dict(known)
        self.recipients: set[Recipient] = set()


class Recipients:
    """The participants with a connection in this process.

    `on_last_gone` is called with the last connection of each. `bus` is None for the only process.
    """

    def __init__(self, hub: Hub, subscriptions: Subscriptions, bus: Bus | None, tasks: Tasks) -> None:
        self._hub = hub
        self._subscriptions = subscriptions
        self._bus = bus
        self._tasks = tasks
        self._connected: dict[int, ConnectedParticipant] = {}
        self.on_last_gone: Callable[[Recipient], None] = lambda recipient: None

    def __contains__(self, participant: int) -> bool:
        return participant in self._connected

    async def expect_participant(self, participant: int) -> None:
        """Hear from the other processes what concerns a participant who is about to be added."""
        if self._bus is not None and participant not in self:
            await self._bus.join_group(person_group(participant))

    def add_recipient(
        self, recipient: Recipient, known: Mapping[int, int], conversations: Iterable[tuple[int, int, int]]
    ) -> None:
        """Add a connection whose participant is known now.

        `known`: the seq of each direct conversation; `conversations`: room, other participant and seq of
        those to hear from the start, for a connection that cannot ask for what it missed.
        """
        others = self.connections_of([recipient.participant])
        connected = self._connected.setdefault(recipient.participant, ConnectedParticipant(known))
        connected.recipients.add(recipient)
        group = person_group(recipient.participant)
        if self._bus is not None and not self._bus.is_in_group(
            group
        ):  # an earlier connection has just left it
            self._tasks.start_task(self._bus.join_group(group))
        if recipient.got is None:
            return
        for other in others:
            recipient.got |= self.delivered_to(other)
        for room, participant, seq in conversations:
            if seq > recipient.got.get(room, 0):
                self.hear_conversation(room, pair_of(recipient.participant, participant))

    def remove_recipient(self, recipient: Recipient) -> None:
        """Remove a connection that has ended, or has another participant now."""
        for subscription in recipient.heard.values():
            self._hub.remove_subscription(subscription)
        recipient.heard.clear()
        connected = self._connected.get(recipient.participant)
        if connected is not None:
            connected.recipients.discard(recipient)
            if not connected.recipients:
                del self._connected[recipient.participant]
                self.on_last_gone(recipient)

    async def leave_group(self, participant: int) -> None:
        """Hear no more of a participant, unless there is a connection of theirs again."""
        if self._bus is not None and participant not in self:
            await self._bus.leave_group(person_group(participant))

    def connections_of(self, participants: Iterable[int]) -> list[Recipient]:
        """All connections of these participants here."""
        found = (self._connected.get(participant) for participant in participants)
        return [recipient for one in found if one is not None for recipient in one.recipients]

    def participants(self) -> list[int]:
        """The participants who are connected here."""
        return list(self._connected)

    def delivered_to(self, recipient: Recipient) -> dict[int, int]:
        """How far a connection that cannot ask for what it missed has got in each conversation."""
        if recipient.got is None:
            return {}
        return {room: self._hub.seq_reached(one) for room, one in recipient.heard.items()}

    def send_event(self, participant: int, event: Event, but: Outbox | None = None) -> None:
        """Send an event to the connections of one participant alone."""
        for recipient in self.connections_of([participant]):
            if recipient.outbox is not but and (data := encode_events(recipient.form, [event])):
                recipient.outbox.write(data)

    def hear_events(self, room: int, pair: tuple[int, int], events: Sequence[Event]) -> None:
        """Have the two hear their conversation, to which these events are about to be delivered."""
        first = min(event.seq for event in events)
        self.hear_conversation(room, pair, None if first == NO_SEQ else first - 1)

    def has_missed(self, room: int, pair: tuple[int, int], seq: int) -> bool:
        """Whether a participant here does not know that their conversation has come to `seq`."""
        here = (self._connected.get(participant) for participant in pair)
        return any(one is not None and one.known.get(room, 0) < seq for one in here)

    def subscribe(
        self, recipient: Recipient, room: int, pair: tuple[int, int], since: int | None
    ) -> tuple[Subscription, int]:
        """A connection's subscription to a direct conversation, from `since` on, and the seq it has now."""
        self.hear_conversation(room, pair)
        if since is not None:
            self._hub.remove_subscription(recipient.heard[room])
            self._subscriptions.add_or_feed(recipient.new_subscription(room), since)
        return recipient.heard[room], self._hub.rooms[room].seq

    def hear_conversation(self, room: int, pair: tuple[int, int], seq: int | None = None) -> None:
        """Subscribe all connections of the two to their conversation.

        If it was not live yet, it begins at the least seq that one of them knows, else at `seq`.
        """
        recipients = self.connections_of(pair)
        if not recipients:
            return
        if room not in self._hub.rooms:
            here = [self._connected[one] for one in pair if one in self._connected]
            known = [one.known[room] for one in here if room in one.known]
            self._hub.open_room(LiveRoom(room, min(known, default=seq or 0)))
        for recipient in recipients:
            if room not in recipient.heard:
                since = None if recipient.got is None else recipient.got.get(room, 0)
                self._subscriptions.add_or_feed(recipient.new_subscription(room), since)
