"""The composition root: wires log, presence, feed, hub, bus, people and catch-up for one process.

`chat.engine.process` has the one of this process.
"""

import asyncio
import contextlib
import logging
import random
import uuid
from collections.abc import Collection, Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from channels.layers import InMemoryChannelLayer, get_channel_layer

from chat import conf
from chat.answers import Conversation, History, Pins
from chat.attendance import Enter, Exit, Move, Moved
from chat.commands import Hello
from chat.delivery import tasks
from chat.delivery.audience import Member
from chat.delivery.bus import RIGHTS, Bus, person_group, room_group
from chat.delivery.catchup import CatchUp
from chat.delivery.entrances import Entrances
from chat.delivery.exchange import Exchange
from chat.delivery.feed import Feed
from chat.delivery.hub import Hub, LiveRoom
from chat.delivery.outbox import Outbox
from chat.delivery.people import Listener, People
from chat.dialects.base import Dialect
from chat.engine import upkeep
from chat.engine.readings import Readings
from chat.errors import ChatError
from chat.events import Logged, Read, Sender, Typing
from chat.log import recovery
from chat.log.drafts import Draft, Outcome
from chat.log.log import answer, log
from chat.log.presence import presence
from chat.log.reader import Gathering, read, read_apart
from chat.permissions import Actor
from chat.services import direct, marks, moderation, people, revocations
from chat.services.direct import pair_of
from chat.services.people import Greeting
from chat.sessions.revocation import LOOK_SECONDS, Revocation
from chat.sessions.session import Session

COME_BACK_SECONDS: Final = 4.0  # over which clients return, so that the last are in their rooms within 5

logger = logging.getLogger(__name__)


class Runtime(Readings):
    """One process's engine. All but `start` and `stop` of it is called on its event loop."""

    def __init__(self) -> None:
        super().__init__()
        self.limits = conf.limits()
        self.auth_required = conf.auth_required()
        self.hub = Hub()
        self._feed = Feed(self.hub, self._read_after)
        self._catch_up = CatchUp(self.hub, self._read_after, conf.slow_reader()[1])
        self.people = People(self.hub, self._feed)
        self._exchange = Exchange(self._feed, self.people)
        self._bus: Bus | None = None
        self.started: asyncio.Task[None]
        self.loop = asyncio.get_running_loop()
        self._entrances = Entrances(self.hub, self._exchange.spread, self._exchange.tell_news, self._open)
        self._opening: dict[int, asyncio.Task[LiveRoom]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.sessions: set[Session] = set()  # all that are connected
        self._greetings = Gathering(people.greet)
        self._departures = Gathering(people.gone)
        self._keeping = asyncio.Lock()  # held while those who are here are noted as here
        self._revocation = Revocation(lambda: self.sessions)
        self._writings = Gathering(moderation.check_may_write)

    async def start(self) -> None:
        """Listen to the log, to presence and to the other processes."""
        layer = get_channel_layer()
        if layer is not None and not isinstance(layer, InMemoryChannelLayer):
            self._bus = self._exchange.bus = Bus(layer, self._exchange.heard)
            await self._bus.start()
            self._bus.on_doubt = self._revocation.doubt
            self._do(self._bus.join(RIGHTS))
        else:
            await self._clear_up()
        self.hub.on_closed = self._revocation.doubt_room
        revocations.listener = self._on_doubt
        log.listener = self._on_commit
        presence.listener = self._entrances.on_moves
        self.people.on_empty = self._left_by
        self.people.on_behind = self._catch_up.feed
        poll, groups = upkeep.Poll(self.hub, self._feed, self.people), upkeep.Groups(self.hub, self._bus)
        self._do(upkeep.again("poll", poll.look, lambda: upkeep.POLL_SECONDS))
        self._do(upkeep.again("groups", groups.tidy, lambda: upkeep.POLL_SECONDS))
        self._do(upkeep.again("lease", lambda: upkeep.keep_lease(self._exchange.spread), upkeep.lease_pause))
        self._do(upkeep.again("people", self._keep_people, upkeep.lease_pause))
        self._do(upkeep.again("rights", self._revocation.look, lambda: LOOK_SECONDS))
        measure = partial(upkeep.measure, self.hub, self._bus)
        self._do(upkeep.again("measure", measure, lambda: upkeep.MEASURE_SECONDS))
        self._do(upkeep.again("purge", upkeep.purge, lambda: upkeep.PURGE_SECONDS))

    async def _clear_up(self) -> None:
        """Forget the members of earlier processes: without a bus this is the only one."""
        with contextlib.suppress(ChatError):
            await read(partial(presence.sweep, alone=True))
            await read(people.forget_earlier)

    async def stop(self) -> None:
        """Write what is waiting, give up the lease, leave the bus."""
        await tasks.end(self._tasks)
        with contextlib.suppress(ChatError):
            await read(log.stop)
            await read(presence.stop)
        log.listener, presence.listener = answer, _unheard
        revocations.listener = None
        if self._bus is not None:
            await self._bus.stop()

    def say_farewell(self) -> None:
        """Tell all who are connected when to come back: each at a time of their own."""
        for session in list(self.sessions):
            session.say_farewell(random.uniform(0, COME_BACK_SECONDS))

    # Who is here

    async def greet(self, hello: Hello, actor: Actor) -> Greeting:
        """See `services.people.greet`."""
        return await self._expect(await self._greetings.ask((hello, actor)))

    async def sign_in(self, name: str, password: str, address: str) -> Greeting:
        """See `services.people.sign_in`."""
        return await self._expect(await read_apart(people.sign_in, name, password, address))

    async def _expect(self, greeting: Greeting) -> Greeting:
        if self._bus is not None and greeting.participant not in self.people:
            await self._bus.join(person_group(greeting.participant))
        return greeting

    def listen(self, listener: Listener, greeting: Greeting) -> None:
        """Have what is for a participant reach a connection, with what waits for it there."""
        others = self.people.listeners([listener.participant])
        self.people.add(listener, greeting.known)
        group = person_group(listener.participant)
        if self._bus is not None and not self._bus.hears(group):  # an earlier connection has just left it
            self._do(self._bus.join(group))
        if listener.got is None:
            return
        for other in others:
            listener.got |= self._got(other)
        for talk in greeting.welcome.conversations:
            if talk.seq > listener.got.get(talk.room, 0):
                self.people.attend(talk.room, pair_of(listener.participant, talk.other.participant or 0))

    def unlisten(self, listener: Listener) -> None:
        """The connection has ended, or is somebody else."""
        if listener.got is not None and listener.returns:
            self._do(self._note_delivered(listener.participant, self._got(listener)))
        self.people.remove(listener)

    async def enter(self, move: Enter, hearer: Member | None = None) -> Moved:
        """See `Entrances.enter`."""
        return await self._entrances.enter(move, hearer)

    def exit(self, move: Exit) -> None:
        """See `Entrances.exit`."""
        self._entrances.exit(move)

    def active(self, member: uuid.UUID, at: datetime) -> None:
        """Note a member's last activity."""
        presence.touch(member, at)

    async def check_may_write(self, room: int, who: Sender, actor: Actor) -> None:
        """Raise 106, 107 for those who may not speak in the room, as all know it who are in it here."""
        while True:
            seq = await self._writings.ask((room, who, actor))
            if self.ruled(room) <= seq:  # else somebody was muted meanwhile
                return

    def ruled(self, room: int) -> int:
        """The seq at which it last changed who may speak in a room, as far as that is known here; else 0."""
        live = self.hub.rooms.get(room)
        return 0 if live is None else live.ruled

    def typing(self, event: Typing, pair: tuple[int, int] | None) -> None:
        """Show that somebody writes, for the moment."""
        self._exchange.spread([event], pair)

    # Rooms

    async def seat(self, member: Member, since: int | None) -> int:
        """Let a member hear its room, from `since` on; the seq that the room has now."""
        live = await self._open(member.room)
        if not self.hub.add(member, since):
            self._catch_up.feed(member)
        return live.seq

    def unseat(self, member: Member) -> None:
        """Let a member hear its room no more."""
        self.hub.remove(member)

    def hear(
        self, listener: Listener, room: int, pair: tuple[int, int], since: int | None
    ) -> tuple[Member, int]:
        """A connection's place in a conversation of its own, from `since` on, and the seq it has now."""
        self.people.attend(room, pair)
        if since is not None:
            self.hub.remove(listener.heard[room])
            member = listener.take_place(room)
            if not self.hub.add(member, since):
                self._catch_up.feed(member)
        return listener.heard[room], self.hub.rooms[room].seq

    def respell(self, outbox: Outbox, dialect: Dialect) -> None:
        """Write to a connection in another form of its dialect from now on."""
        self.hub.respell(outbox, dialect)

    async def converse(self, participant: int, to: str) -> Conversation:
        """See `services.direct.open_with`."""
        return await read(direct.open_with, participant, to)

    async def history(self, room: int, before: int | None, after: int | None, limit: int) -> History:
        """A page of messages. What is in it has been delivered to those who are in the room."""
        page = await read(recovery.history, room, before=before, after=after, limit=limit)
        await self._feed.come_up(room, page.seq)
        return page

    async def pins(self, room: int) -> Pins:
        """The pinned messages. What is in them has been delivered to those who are in the room."""
        found = await read(recovery.pins, room)
        await self._feed.come_up(room, found.seq)
        return found

    async def mark_read(self, listener: Listener, room: int, seq: int) -> None:
        """Move a read mark forward, and tell their other connections."""
        moved = await read(marks.move, listener.participant, room, seq)
        if moved is not None:
            self._exchange.tell(listener, Read(room, datetime.now(UTC), *moved))

    def post(self, draft: Draft, source: object) -> None:
        """Put something into the log; its sender is answered after the commit. See `Log.append`."""
        log.append(draft, source)

    # What the log says, in its writer's thread

    def _on_commit(self, drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> None:
        self.loop.call_soon_threadsafe(self._committed, drafts, outcomes)

    def _committed(self, drafts: Sequence[Draft], outcomes: Sequence[Outcome]) -> None:
        """After the commit: show everybody, tell the other processes, answer the senders."""
        self._exchange.spread(
            [o.event for o in outcomes if o.fresh and o.event is not None and o.pair is None]
        )
        for outcome in outcomes:
            if outcome.pair is not None and outcome.fresh and outcome.event is not None:
                self._exchange.spread([outcome.event], outcome.pair)
        answer(drafts, outcomes)

    # What was taken from somebody, in the thread that did it

    def _on_doubt(self, participants: Collection[int]) -> None:
        self.loop.call_soon_threadsafe(self._doubt, participants)

    def _doubt(self, participants: Collection[int]) -> None:
        self._revocation.doubt(participants)
        if self._bus is not None:
            self._bus.doubt(list(participants))

    # Rooms that have members here

    async def _open(self, room: int) -> LiveRoom:
        """The live room. The bus is joined before the room is read, so that nothing falls between."""
        if (live := self.hub.rooms.get(room)) is not None:
            return live
        if (opening := self._opening.get(room)) is None:
            opening = self._opening[room] = asyncio.create_task(self._open_new(room))
            opening.add_done_callback(lambda _: self._opening.pop(room, None))
        return await asyncio.shield(opening)

    async def _open_new(self, room: int) -> LiveRoom:
        if self._bus is not None:
            await self._bus.join(room_group(room))
        seq, generation, deleted = await read(recovery.state, room)
        return self.hub.open(LiveRoom(room, seq, generation, deleted=deleted))

    async def _read_after(self, room: int, seq: int) -> list[Logged]:
        """From memory, if it is there: a storm of reconnects is not a storm of queries."""
        live = self.hub.rooms.get(room)
        known = None if live is None else live.recent.after(seq)
        return known if known else await read(recovery.after, room, seq)

    def _got(self, listener: Listener) -> dict[int, int]:
        """How far a connection has got in the conversations that it hears."""
        if listener.got is None:
            return {}  # it asks for itself
        return {room: self.hub.reached(member) for room, member in listener.heard.items()}

    async def _note_delivered(self, participant: int, got: dict[int, int]) -> None:
        with contextlib.suppress(ChatError):
            await read(marks.deliver, participant, got)

    # Tasks

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _left_by(self, listener: Listener) -> None:
        self._do(self._note_gone(listener.participant, returns=listener.returns))

    async def _keep_people(self) -> None:
        async with self._keeping:
            await upkeep.keep_people(self.people)

    async def _note_gone(self, participant: int, *, returns: bool) -> None:
        async with self._keeping:  # else they might be noted as here after that, and keep the name
            if participant in self.people:
                return  # and here they are again
        with contextlib.suppress(ChatError):
            await self._departures.ask((participant, returns))
        if self._bus is not None and participant not in self.people:
            await self._bus.leave(person_group(participant))


def _unheard(moves: Sequence[Move], results: Sequence[Moved]) -> None:
    pass
