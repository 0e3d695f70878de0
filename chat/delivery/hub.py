"""The subscriptions of each room in this process, and the loop that reaches them.

An event is encoded once per dialect, framed once, and written to every subscription in a plain loop: no
await, no task, no queue, no JSON of its own for each. All of it runs on the event loop, and none of it waits.

A subscription whose connection is full leaves the loop (`lagging`) at the seq that the room had then; the
catch-up feeds it from the log and hands it back.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from chat import metrics
from chat.delivery.audience import Audience, Form, Subscription
from chat.delivery.frames import text_frame
from chat.delivery.outbox import Outbox
from chat.delivery.recent import Recent
from chat.dialects.base import Dialect
from chat.errors import CLOSE_ROOM_DELETED, CLOSE_TOKEN_VOID, CloseReason
from chat.events import Event, Logged, Muted, RoomChanged, RoomDeleted
from chat.validation import PUBLIC

logger = logging.getLogger(__name__)


class LiveRoom:
    """One room with subscriptions in this process. `seq`: the last one delivered.

    `generation` (of its password) and `deleted` are as of then; `ruled`: the seq of the last
    mute, or change of the room.
    """

    __slots__ = ("deleted", "generation", "lagging", "live", "recent", "room", "ruled", "seq")

    def __init__(self, room: int, seq: int, generation: int = 1, *, deleted: bool = False) -> None:
        self.room = room
        self.seq = self.ruled = seq
        self.generation = generation
        self.deleted = deleted
        self.recent = Recent(seq)
        self.live: dict[Form, Audience] = {}
        self.lagging: set[Subscription] = set()

    def subscriptions(self) -> list[Subscription]:
        """All of them, live and lagging."""
        live = [subscription for audience in self.live.values() for subscription in audience.subscriptions()]
        return live + list(self.lagging)

    def note_events(self, events: Sequence[Event]) -> None:
        """Come as far as these events go, which are about to be delivered."""
        for event in events:
            if not isinstance(event, Logged) or not event.seq:
                continue
            self.seq = max(self.seq, event.seq)
            self.recent.add_event(event)
            if isinstance(event, Muted | RoomChanged):
                self.ruled = event.seq
            if isinstance(event, RoomDeleted):
                self.deleted = True
            elif isinstance(event, RoomChanged):
                self.deleted, self.generation = False, max(self.generation, event.generation)

    def is_live(self, subscription: Subscription) -> bool:
        """Whether the subscription is in the loop."""
        audience = self.live.get(subscription.form)
        return audience is not None and subscription in audience

    def put_live(self, subscription: Subscription) -> None:
        """Have a subscription written to with each event from now on."""
        self.lagging.discard(subscription)
        self.live.setdefault(subscription.form, Audience()).put(subscription)

    def drop_subscription(self, subscription: Subscription) -> bool:
        """Let a subscription out of the loop. Whether it was there."""
        audience = self.live.get(subscription.form)
        return audience is not None and audience.drop(subscription)

    def put_aside(self, subscription: Subscription) -> None:
        """Take a subscription out of the loop; it has everything up to the room's seq."""
        if self.drop_subscription(subscription):
            subscription.seq = self.seq
            self.lagging.add(subscription)

    def over_for(self, subscription: Subscription) -> CloseReason | None:
        """Why the room is over for a subscription, if it is."""
        if self.deleted:
            return CLOSE_ROOM_DELETED
        return CLOSE_TOKEN_VOID if subscription.generation < self.generation else None

    @property
    def is_empty(self) -> bool:
        return not self.lagging and not any(self.live.values())


def encode_events(form: Form, events: Sequence[Event]) -> Any:
    """Events as `Outbox.write` takes them: joined frames, or a list of payloads; falsy if there are none."""
    dialect, framed = form
    payloads = [payload for event in events if (payload := dialect.encode(event)) is not None]
    return b"".join(map(text_frame, payloads)) if framed else payloads


class Hub:
    """All live rooms of this process. `on_closed` hears of changes of a room that is not open to all."""

    def __init__(self) -> None:
        self.rooms: dict[int, LiveRoom] = {}
        self._full: list[Outbox] = []
        self._rooms_of: dict[Outbox, set[Subscription]] = {}
        self.on_closed: Callable[[int], None] = lambda room: None
        self.on_lag: Callable[[Outbox], None] = lambda outbox: None
        self.on_catch_up: Callable[[Outbox, list[Subscription]], None] = lambda outbox, subscriptions: None

    def open_room(self, room: LiveRoom) -> LiveRoom:
        """Make a room live, all up to its seq counting as delivered; as it is if it is live already."""
        return self.rooms.setdefault(room.room, room)

    def close_room(self, room: int) -> None:
        """Forget an empty room."""
        if (live := self.rooms.get(room)) is not None and live.is_empty:
            del self.rooms[room]

    def add_subscription(self, subscription: Subscription, since: int | None = None) -> bool:
        """Take a subscription into an open room, live from now on. Whether it is.

        With a `since` before the room's seq it is taken in as lagging instead, and the caller feeds it.
        """
        live = self.rooms[subscription.room]
        outbox = subscription.outbox
        if outbox not in self._rooms_of:
            self._rooms_of[outbox] = set()
            outbox.watcher = self
        self._rooms_of[outbox].add(subscription)
        subscription.seq = live.seq if since is None else since
        if (reason := live.over_for(subscription)) is not None:  # it became so while they came in
            subscription.end(reason)
            return True
        if outbox.full or (since is not None and since < live.seq):
            live.lagging.add(subscription)
            return False
        live.put_live(subscription)
        return True

    def has_subscription(self, subscription: Subscription) -> bool:
        """Whether the subscription hears its room."""
        return subscription in self._rooms_of.get(subscription.outbox, ())

    def seq_reached(self, subscription: Subscription) -> int:
        """How far a subscription has got, or had when it was let out."""
        live = self.rooms.get(subscription.room)
        return live.seq if live is not None and live.is_live(subscription) else subscription.seq

    def remove_subscription(self, subscription: Subscription) -> None:
        """Let a subscription out of its room."""
        if (live := self.rooms.get(subscription.room)) is not None:
            live.lagging.discard(subscription)
            if live.drop_subscription(subscription):
                subscription.seq = live.seq
        if (subscriptions := self._rooms_of.get(subscription.outbox)) is not None:
            subscriptions.discard(subscription)
            if not subscriptions:
                del self._rooms_of[subscription.outbox]

    def change_form(self, outbox: Outbox, dialect: Dialect) -> None:
        """Write to a connection in another form of its dialect from now on."""
        for subscription in self._rooms_of.get(outbox, ()):
            live = self.rooms[subscription.room]
            was_live = live.drop_subscription(subscription)
            subscription.set_dialect(dialect)
            if was_live:
                live.put_live(subscription)

    def resume_live(self, subscription: Subscription) -> bool:
        """Put a lagging subscription that has come up to the room back into the loop."""
        live = self.rooms.get(subscription.room)
        if (
            live is None
            or subscription not in live.lagging
            or subscription.outbox.full
            or subscription.seq < live.seq
        ):
            return False
        live.put_live(subscription)
        return True

    def deliver(self, room: int, events: Sequence[Event]) -> None:
        """Write events to each subscription of the room. The caller has seen to the order of their seqs."""
        live = self.rooms.get(room)
        if live is None:
            return
        # Before the loop: a connection that becomes full in it has these events, and is set aside with their
        # seq.
        live.note_events(events)
        for form, audience in live.live.items():
            if audience and (data := encode_events(form, events)):
                audience.write(data)
        if self._full:
            self._set_aside()
        # After the loop: members get the event that ends their stay before they are removed.
        if any(isinstance(event, RoomChanged | RoomDeleted) for event in events):
            self._end_subscriptions(live)
        if any(isinstance(event, RoomChanged) and event.visibility != PUBLIC for event in events):
            self.on_closed(room)

    def _set_aside(self) -> None:
        """Take the connections that have just become full out of the loop, in all their rooms."""
        full, self._full = self._full, []
        for outbox in full:
            for subscription in self._rooms_of.get(outbox, ()):
                self.rooms[subscription.room].put_aside(subscription)
            metrics.DROPPED.labels("reader_behind_fed_from_log").inc()
            self.on_lag(outbox)

    def _end_subscriptions(self, live: LiveRoom) -> None:
        """A deleted room or a new password ends the stay of those that it concerns."""
        for subscription in live.subscriptions():
            if (reason := live.over_for(subscription)) is not None:
                subscription.end(reason)

    # What becomes of outboxes

    def on_full(self, outbox: Outbox) -> None:
        """It is taken out of the loop when the loop is over."""
        # `deliver` is iterating over the audiences, which must not change meanwhile.
        self._full.append(outbox)

    def on_drained(self, outbox: Outbox) -> None:
        """Its lagging subscriptions can be fed."""
        if outbox in self._full:
            self._full.remove(outbox)
        subscriptions = [m for m in self._rooms_of.get(outbox, ()) if m in self.rooms[m.room].lagging]
        self.on_catch_up(outbox, subscriptions)

    def on_detached(self, outbox: Outbox) -> None:
        """Its connection has ended: after its close frame nothing may be written."""
        for subscription in list(self._rooms_of.get(outbox, ())):
            self.remove_subscription(subscription)

    def on_rerouted(self, outbox: Outbox) -> None:
        """Its frames go another way."""
        for subscription in self._rooms_of.get(outbox, ()):
            live = self.rooms[subscription.room]
            if live.drop_subscription(subscription):
                live.put_live(subscription)
