"""The members of each room in this process, and the loop that reaches them.

An event is encoded once per dialect, framed once, and written to every member in a plain loop: no await,
no task, no queue, no per-member JSON. Everything here runs on the event loop and nothing here waits.

A member whose connection is full leaves the loop (`lagging`) at the seq that the room had then; the catch-up
feeds it from the log and hands it back.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from chat import metrics
from chat.delivery.audience import Audience, Form, Member
from chat.delivery.frames import text_frame
from chat.delivery.outbox import Outbox
from chat.delivery.recent import Recent
from chat.dialects.base import Dialect
from chat.errors import CLOSE_ROOM_DELETED, CLOSE_TOKEN_VOID, CloseReason
from chat.events import Event, Logged, Muted, RoomChanged, RoomDeleted
from chat.validation import PUBLIC

logger = logging.getLogger(__name__)


class LiveRoom:
    """One room with members in this process. `seq`: the last one delivered.

    `generation` (of its password) and `deleted` are as of then; `ruled`: when last somebody was muted, or the
    room changed.
    """

    __slots__ = ("deleted", "generation", "lagging", "live", "recent", "room", "ruled", "seq")

    def __init__(self, room: int, seq: int, generation: int = 1, *, deleted: bool = False) -> None:
        self.room = room
        self.seq = self.ruled = seq
        self.generation = generation
        self.deleted = deleted
        self.recent = Recent(seq)
        self.live: dict[Form, Audience] = {}
        self.lagging: set[Member] = set()

    def members(self) -> list[Member]:
        """All of them, live and lagging."""
        live = [member for audience in self.live.values() for member in audience.members()]
        return live + list(self.lagging)

    def note(self, events: Sequence[Event]) -> None:
        """Come as far as these events go, which are about to be delivered."""
        for event in events:
            if not isinstance(event, Logged) or not event.seq:
                continue
            self.seq = max(self.seq, event.seq)
            self.recent.add(event)
            if isinstance(event, Muted | RoomChanged):
                self.ruled = event.seq
            if isinstance(event, RoomDeleted):
                self.deleted = True
            elif isinstance(event, RoomChanged):
                self.deleted, self.generation = False, max(self.generation, event.generation)

    def has(self, member: Member) -> bool:
        """Whether the member is in the loop."""
        audience = self.live.get(member.form)
        return audience is not None and member in audience

    def put_live(self, member: Member) -> None:
        """Have a member written to with each event from now on."""
        self.lagging.discard(member)
        self.live.setdefault(member.form, Audience()).put(member)

    def drop(self, member: Member) -> bool:
        """Let a member out of the loop. Whether it was there."""
        audience = self.live.get(member.form)
        return audience is not None and audience.drop(member)

    def put_aside(self, member: Member) -> None:
        """Take a member out of the loop; it has everything up to the room's seq."""
        if self.drop(member):
            member.seq = self.seq
            self.lagging.add(member)

    def over_for(self, member: Member) -> CloseReason | None:
        """Why the room is over for a member, if it is."""
        if self.deleted:
            return CLOSE_ROOM_DELETED
        return CLOSE_TOKEN_VOID if member.generation < self.generation else None

    @property
    def empty(self) -> bool:
        return not self.lagging and not any(self.live.values())


def encode(form: Form, events: Sequence[Event]) -> Any:
    """Events as `Outbox.write` takes them: joined frames, or a list of payloads; falsy if there are none."""
    dialect, framed = form
    payloads = [payload for event in events if (payload := dialect.encode(event)) is not None]
    return b"".join(map(text_frame, payloads)) if framed else payloads


class Hub:
    """All live rooms of this process. `on_closed` hears of changes of a room that is not open to all."""

    def __init__(self) -> None:
        self.rooms: dict[int, LiveRoom] = {}
        self._full: list[Outbox] = []
        self._rooms_of: dict[Outbox, set[Member]] = {}
        self.on_closed: Callable[[int], None] = lambda room: None
        self.on_lag: Callable[[Outbox], None] = lambda outbox: None
        self.on_catch_up: Callable[[Outbox, list[Member]], None] = lambda outbox, members: None

    def open(self, room: LiveRoom) -> LiveRoom:
        """Make a room live, all up to its seq counting as delivered; as it is if it is live already."""
        return self.rooms.setdefault(room.room, room)

    def close(self, room: int) -> None:
        """Forget an empty room."""
        if (live := self.rooms.get(room)) is not None and live.empty:
            del self.rooms[room]

    def add(self, member: Member, since: int | None = None) -> bool:
        """Take a member into an open room, live from now on. Whether it is.

        With a `since` before the room's seq the member is taken in as lagging instead: the caller feeds it.
        """
        live = self.rooms[member.room]
        outbox = member.outbox
        if outbox not in self._rooms_of:
            self._rooms_of[outbox] = set()
            outbox.watcher = self
        self._rooms_of[outbox].add(member)
        member.seq = live.seq if since is None else since
        if (reason := live.over_for(member)) is not None:  # it became so while they came in
            member.end(reason)
            return True
        if outbox.full or (since is not None and since < live.seq):
            live.lagging.add(member)
            return False
        live.put_live(member)
        return True

    def has(self, member: Member) -> bool:
        """Whether the member hears its room."""
        return member in self._rooms_of.get(member.outbox, ())

    def reached(self, member: Member) -> int:
        """How far a member has got, or had when it was let out."""
        live = self.rooms.get(member.room)
        return live.seq if live is not None and live.has(member) else member.seq

    def remove(self, member: Member) -> None:
        """Let a member out of its room."""
        if (live := self.rooms.get(member.room)) is not None:
            live.lagging.discard(member)
            if live.drop(member):
                member.seq = live.seq
        if (members := self._rooms_of.get(member.outbox)) is not None:
            members.discard(member)
            if not members:
                del self._rooms_of[member.outbox]

    def respell(self, outbox: Outbox, dialect: Dialect) -> None:
        """Write to a connection in another form of its dialect from now on."""
        for member in self._rooms_of.get(outbox, ()):
            live = self.rooms[member.room]
            was_live = live.drop(member)
            member.speak(dialect)
            if was_live:
                live.put_live(member)

    def resume(self, member: Member) -> bool:
        """Put a lagging member that has come up to the room back into the loop. Whether it is there now."""
        live = self.rooms.get(member.room)
        if live is None or member not in live.lagging or member.outbox.full or member.seq < live.seq:
            return False
        live.put_live(member)
        return True

    def deliver(self, room: int, events: Sequence[Event]) -> None:
        """Write events to each member of the room. The caller has seen to the order of their seqs."""
        live = self.rooms.get(room)
        if live is None:
            return
        live.note(events)
        for form, audience in live.live.items():
            if audience and (data := encode(form, events)):
                audience.write(data)
        if self._full:
            self._set_aside()
        if any(isinstance(event, RoomChanged | RoomDeleted) for event in events):
            self._end_members(live)
        if any(isinstance(event, RoomChanged) and event.visibility != PUBLIC for event in events):
            self.on_closed(room)

    def _set_aside(self) -> None:
        """Take the connections that have just become full out of the loop, in all their rooms."""
        full, self._full = self._full, []
        for outbox in full:
            for member in self._rooms_of.get(outbox, ()):
                self.rooms[member.room].put_aside(member)
            metrics.DROPPED.labels("reader_behind_fed_from_log").inc()
            self.on_lag(outbox)

    def _end_members(self, live: LiveRoom) -> None:
        """A deleted room or a new password ends the stay of those that it concerns."""
        for member in live.members():
            if (reason := live.over_for(member)) is not None:
                member.end(reason)

    # What becomes of outboxes

    def on_full(self, outbox: Outbox) -> None:
        """It is taken out of the loop when the loop is over."""
        self._full.append(outbox)

    def on_drained(self, outbox: Outbox) -> None:
        """Its lagging members can be fed."""
        if outbox in self._full:
            self._full.remove(outbox)
        members = [m for m in self._rooms_of.get(outbox, ()) if m in self.rooms[m.room].lagging]
        self.on_catch_up(outbox, members)

    def on_detached(self, outbox: Outbox) -> None:
        """Its connection has ended: behind its close frame nothing may be written."""
        for member in list(self._rooms_of.get(outbox, ())):
            self.remove(member)

    def on_rerouted(self, outbox: Outbox) -> None:
        """Its frames go another way."""
        for member in self._rooms_of.get(outbox, ()):
            live = self.rooms[member.room]
            if live.drop(member):
                live.put_live(member)
