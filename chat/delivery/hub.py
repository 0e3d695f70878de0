"""The subscriptions of each room in this process, and the loop that reaches them.

An event is encoded once per dialect, framed once, and written to every subscription in a plain loop: no
await, no task, no queue, no JSON of its own for each. All of it runs on the event loop, and none of it waits.

A subscription whose connection is full leaves the loop (`lagging`) at the seq that the room had then; the
catch-up feeds it from the log and hands it back.

While nothing is buffered for a connection, frames are written to its socket, past the transport: that takes a
quarter off the time of a broadcast. Nothing in the loop can call back into the hub.
"""

import os
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeAlias, cast

import msgspec

from chat import metrics
from chat.delivery.frames import text_frame
from chat.delivery.outbox import Outbox
from chat.dialects.base import Dialect
from chat.errors import CLOSE_ROOM_DELETED, CLOSE_TOKEN_VOID, CloseReason
from chat.events import (
    NO_SEQ,
    Banned,
    Edited,
    Erased,
    Event,
    Kicked,
    Logged,
    Message,
    Muted,
    Restored,
    RoomChanged,
    RoomDeleted,
    Sender,
)
from chat.log.bans import Client, list_of_event
from chat.validation import PUBLIC

Form: TypeAlias = tuple[Dialect, bool]  # dialect, framed

MOST_EVENTS: Final = 256  # in the memory of a live room
# Without this bound, 256 long texts would hold a megabyte in each live room.
MOST_CHARACTERS: Final = 131_072  # of all their texts together
_RULINGS: Final = (RoomChanged, RoomDeleted, Kicked, Banned)  # what may end a stay


class Stay(Protocol):
    """Whose subscription it is."""

    @property
    def client(self) -> Client:
        """The client as bans see it."""

    @property
    def runs_room(self) -> bool:
        """Whether it moderates the room, as far as is known."""


class Subscription:
    """One connection in one room. `seq`: where it came in, or how far it got before it left the loop.

    `generation`: the room's password generation that let it in. `descriptor`: the socket it is filed under.
    `end` is called when the room is over for it; without one of its own, the connection is closed.
    `private`: in a conversation of two, which of the two it is. `stay`: who it is, for kicks and bans.
    """

    __slots__ = ("descriptor", "dialect", "end", "generation", "outbox", "private", "room", "seq", "stay")

    def __init__(
        self,
        room: int,
        outbox: Outbox,
        dialect: Dialect,
        generation: int,
        end: Callable[[CloseReason], None] | None = None,
        private: Sender | None = None,
    ) -> None:
        self.room = room
        self.outbox = outbox
        self.private = private
        self.set_dialect(dialect)
        self.generation = generation
        self.seq = 0
        self.end = end or outbox.close
        self.descriptor: int | None = None
        self.stay: Stay | None = None

    def set_dialect(self, dialect: Dialect) -> None:
        """Be written to in this form of the dialect from now on."""
        self.dialect = dialect if self.private is None else dialect.private(self.private)

    @property
    def form(self) -> Form:
        return self.dialect, self.outbox.framed


class Audience:
    """Live subscriptions by the socket that takes their frames, and those whose outbox has to be asked."""

    __slots__ = ("_by_outbox", "_by_socket")

    def __init__(self) -> None:
        # By descriptor, not by bound method: a callable for each member is five cold cache lines in the
        # innermost loop (0.66 of the rate of a C loop, 0.82 with descriptors).
        self._by_socket: dict[int, Subscription] = {}
        self._by_outbox: set[Subscription] = set()

    def __bool__(self) -> bool:
        return bool(self._by_socket or self._by_outbox)

    def __contains__(self, subscription: Subscription) -> bool:
        if subscription.descriptor is None:
            return subscription in self._by_outbox
        return self._by_socket.get(subscription.descriptor) is subscription

    def add_subscription(self, subscription: Subscription) -> None:
        """Take a subscription in."""
        subscription.descriptor = subscription.outbox.descriptor
        if subscription.descriptor is None:
            self._by_outbox.add(subscription)
        else:
            self._by_socket[subscription.descriptor] = subscription

    def drop_subscription(self, subscription: Subscription) -> bool:
        """Let a subscription out. Whether it was here."""
        if subscription not in self:
            return False
        if subscription.descriptor is None:
            self._by_outbox.remove(subscription)
        else:
            del self._by_socket[subscription.descriptor]
        return True

    def subscriptions(self) -> list[Subscription]:
        """All of them."""
        return [*self._by_socket.values(), *self._by_outbox]

    def write_to_all(self, data: Any) -> None:
        """Write data in this form to all subscriptions; what a socket does not take is buffered."""
        left = self._write_to_sockets(data) if self._by_socket else []
        for subscription, rest in [*((each, data) for each in self._by_outbox), *left]:
            try:
                subscription.outbox.write(rest)
            except RuntimeError:  # the transport is closing; its connection_lost will remove the subscription
                metrics.DROPPED.labels("connection_closing").inc()

    def _write_to_sockets(self, data: bytes) -> list[tuple[Subscription, bytes]]:
        """The innermost loop: one `send()` per subscription. Returns what is left to write, and to whom."""
        size = len(data)
        write = os.write
        left = []
        for descriptor in self._by_socket:
            try:
                if (taken := write(descriptor, data)) != size:
                    left.append((self._by_socket[descriptor], data[taken:]))
            except BlockingIOError:
                left.append((self._by_socket[descriptor], data))
            except OSError:  # the peer is gone; its connection_lost will remove the subscription
                metrics.DROPPED.labels("connection_closing").inc()
        return left


class LiveRoom:
    """One room with subscriptions in this process. `seq`: the last one delivered.

    `generation` (of its password) and `deleted` are as of then; `ruled`: the seq of the last
    mute, or change of the room.

    The last events, without a hole up to `seq`, stay in memory, as the database has them now: so a storm of
    reconnects is not a storm of queries.
    """

    __slots__ = (
        "_characters",
        "_recent",
        "deleted",
        "generation",
        "lagging",
        "live",
        "room",
        "ruled",
        "seq",
    )

    def __init__(self, room: int, seq: int, generation: int = 1, *, deleted: bool = False) -> None:
        self.room = room
        self.seq = self.ruled = seq
        self.generation = generation
        self.deleted = deleted
        self._recent: deque[Logged] = deque()
        self._characters = 0
        self.live: dict[Form, Audience] = {}
        self.lagging: set[Subscription] = set()

    def begin_anew(self, seq: int, generation: int, *, deleted: bool) -> None:
        """Know nothing but this: the room has another history now."""
        self.seq = self.ruled = seq
        self.generation, self.deleted = generation, deleted
        self._recent.clear()
        self._characters = 0

    def subscriptions(self) -> list[Subscription]:
        """All of them, live and lagging."""
        live = [subscription for audience in self.live.values() for subscription in audience.subscriptions()]
        return live + list(self.lagging)

    def note_events(self, events: Sequence[Event]) -> None:
        """Come as far as these events go, which are about to be delivered."""
        for event in events:
            if event.seq == NO_SEQ:
                continue
            if self._recent and self._recent[-1].seq != event.seq - 1:  # a hole in the numbers (retention)
                self._recent.clear()
                self._characters = 0
            self.seq = event.seq
            if isinstance(event, Edited | Erased | Restored):
                self._apply_change(event)
            self._recent.append(cast(Logged, event))
            self._characters += len(getattr(event, "text", ""))
            while len(self._recent) > MOST_EVENTS or self._characters > MOST_CHARACTERS:
                self._characters -= len(getattr(self._recent.popleft(), "text", ""))
            if isinstance(event, Muted | RoomChanged):
                self.ruled = event.seq
            if isinstance(event, RoomDeleted):
                self.deleted = True
            elif isinstance(event, RoomChanged):
                self.deleted, self.generation = False, max(self.generation, event.generation)

    def events_after(self, seq: int) -> list[Logged] | None:
        """The events with a greater seq; None if they are not all in memory."""
        behind = self.seq - seq
        if behind > len(self._recent):
            return None
        return list(self._recent)[len(self._recent) - behind :] if behind > 0 else []

    def _apply_change(self, event: Edited | Erased | Restored) -> None:
        """Apply what changes the text to the message itself, so that no client gets the old one."""
        position = event.target - event.seq + len(self._recent)
        if 0 <= position < len(self._recent):
            self._replace_event(position, event)
        if isinstance(event, Erased):
            for other, edit in enumerate(self._recent):
                if isinstance(edit, Edited | Restored) and edit.target == event.target:
                    self._replace_event(other, event)

    def _replace_event(self, position: int, event: Edited | Erased | Restored) -> None:
        old = new = self._recent[position]
        if isinstance(old, Edited | Restored):
            new = msgspec.structs.replace(old, text="")
        elif isinstance(old, Message) and isinstance(event, Edited):
            new = msgspec.structs.replace(old, text=event.text, edited=event.at)
        elif isinstance(old, Message) and isinstance(event, Restored):
            new = msgspec.structs.replace(old, text=event.text, erased=False, edited=event.edited)
        elif isinstance(old, Message):
            new = msgspec.structs.replace(old, text="", erased=True)
        self._characters += len(getattr(new, "text", "")) - len(getattr(old, "text", ""))
        self._recent[position] = new

    def is_live(self, subscription: Subscription) -> bool:
        """Whether the subscription is in the loop."""
        audience = self.live.get(subscription.form)
        return audience is not None and subscription in audience

    def put_live(self, subscription: Subscription) -> None:
        """Have a subscription written to with each event from now on."""
        self.lagging.discard(subscription)
        self.live.setdefault(subscription.form, Audience()).add_subscription(subscription)

    def drop_subscription(self, subscription: Subscription) -> bool:
        """Let a subscription out of the loop. Whether it was there."""
        audience = self.live.get(subscription.form)
        if audience is None or not audience.drop_subscription(subscription):
            return False
        if not audience:
            del self.live[subscription.form]
        return True

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
        return not self.lagging and not self.live


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
        ruling = [event for event in events if isinstance(event, _RULINGS)]
        if ruling and len(events) > 1:  # what follows it is not for those whom it expels
            for event in events:
                self.deliver(room, [event])
            return
        # Before the loop: a connection that becomes full in it has these events, and is set aside with their
        # seq.
        live.note_events(events)
        # A copy: a connection whose frames go another way from now on is dropped and put meanwhile.
        for form, audience in list(live.live.items()):
            if data := encode_events(form, events):
                audience.write_to_all(data)
        if self._full:
            self._set_aside()
        if ruling:
            self._apply_ruling(live, ruling[0])

    def _apply_ruling(self, live: LiveRoom, event: Event) -> None:
        """After the loop: members get the event that ends their stay before they are removed."""
        if isinstance(event, Kicked | Banned):
            self._expel(live, event)
            self.on_closed(live.room)  # who is here by another name, or is about to come in
            return
        self._end_subscriptions(live)
        if isinstance(event, RoomChanged) and event.visibility != PUBLIC:
            self.on_closed(live.room)

    def _expel(self, live: LiveRoom, event: Kicked | Banned) -> None:
        """End the stay of those whom a kick or a ban covers."""
        bans, spared = list_of_event(event), event.spared if isinstance(event, Banned) else ()
        for subscription in live.subscriptions() if bans else ():
            if (stay := subscription.stay) is not None:
                ban = bans.find(stay.client, event.at)
                runs = stay.runs_room or not set(spared).isdisjoint(stay.client.participants)
                if ban is not None and ban.rank > runs:
                    subscription.end(ban.close_reason)

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

    # Callbacks of outboxes

    def on_full(self, outbox: Outbox) -> None:
        """Take it out of the loop when the loop has ended."""
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
