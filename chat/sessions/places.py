"""The seats of one connection: in which rooms it is, how it comes to be there, and how that ends."""

import uuid
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from chat import events
from chat.answers import MOST_MEMBERS, Entered
from chat.attendance import Enter
from chat.commands import Join, Leave
from chat.delivery.audience import Member
from chat.errors import (
    DUPLICATE_USERNAME,
    INTERNAL,
    INVALID_FIELD,
    ROOM_NOT_FOUND,
    USER_NOT_FOUND,
    ChatError,
    CloseReason,
)
from chat.events import Removed, Sender
from chat.permissions import Actor
from chat.services.access import Pass
from chat.sessions.connection import Connection
from chat.sessions.seats import Seat


class Places:
    """Where a connection is. `home`: the seat in the room that its address names."""

    def __init__(self, me: Connection) -> None:
        self._me = me
        self._seats: dict[int, Seat] = {}
        self.home: Seat | None = None

    async def sit_down(self, pass_: Pass, replay: int) -> None:
        """Take the seat in the room that the address names. Where the server gives the names, enter, and
        get the last `replay` messages.
        """
        member = Member(pass_.room, self._me.outbox, self._me.dialect, pass_.generation)
        self.home = self._seats[pass_.room] = Seat(pass_, member)
        if self._me.dialect.named:
            await self._appear(self.home, replay)
        else:
            await self._me.backend.seat(member, None)

    async def _appear(self, seat: Seat, replay: int) -> None:
        """Enter under a new name, of which the connection hears before anything else."""
        who = Sender(str(uuid.uuid4()))
        move = Enter(seat.presence, seat.room, who, self._me.dialect.name, datetime.now(UTC))
        self._me.outbox.cork()
        try:
            moved = await self._me.backend.enter(move, seat.member)
            if moved.error is not None:
                raise moved.error
            seat.who = who
            self._me.tell(events.Joined(seat.room, move.at, who))
            if replay:
                for message in await self._me.backend.latest(seat.room, replay):
                    if message.seq <= seat.member.seq:  # what is newer comes live
                        self._me.tell(message)
        finally:
            self._me.outbox.uncork()

    def get(self, room: int | None) -> Seat | None:
        """The seat in a room, if there is one; for None the one at home."""
        return self.home if room is None else self._seats.get(room)

    @property
    def in_a_room(self) -> bool:
        """Whether it is in a room under its name."""
        return any(seat.who is not None and seat.pass_.pair is None for seat in self._seats.values())

    def untokened(self) -> list[Seat]:
        """The seats in rooms, as far as no token gave them: those in a closed room hang on who one is."""
        return [seat for seat in self._seats.values() if seat.pass_.pair is None and not seat.pass_.by_token]

    def give_up_all(self) -> None:
        """Leave everything."""
        self.begin_anew()
        if self.home is not None:
            self.give_up(self.home)
            self.home = None

    async def readmit(self, actor: Actor) -> None:
        """Have the rights of whom one is about to be, in the room that the address names."""
        if self.home is not None:
            self.home.pass_ = replace(self.home.pass_, actor=actor)
            with suppress(ChatError):
                self.home.pass_ = await self._me.backend.admit(self.home.room, "", actor)

    def begin_anew(self) -> None:
        """Leave everything, as one is somebody else now; the seat at home stays, empty."""
        for seat in list(self._seats.values()):
            if seat is self.home:
                seat.leave(self._me.backend.exit)
            else:
                self.give_up(seat)

    async def enter_room(self, command: Join, pass_: Pass) -> Entered:
        """Take a seat in a room under the name known from hello, with the history that is asked for."""
        listener = self._me.known()
        seat = Seat(pass_, Member(pass_.room, self._me.outbox, self._me.dialect, pass_.generation))
        seat.member.end = partial(self._ended, seat)
        if pass_.pair is None:
            await self.enter(seat, None, "", silent=False)
        else:
            self._take_conversation(seat, None)
        with ExitStack() as undo:
            undo.callback(self.give_up, seat)
            page = None
            if command.last is not None:
                page = await self._me.backend.history(pass_.room, None, None, command.last)
            since = command.since if page is None else page.seq
            seq = await self._sit(seat, since)
            if page is not None:
                seq = page.seq
            members = await self._me.backend.members(pass_.room)
            reading = await self._me.backend.reading(listener.participant, pass_.room, seq)
            if seat.over is not None:
                raise ChatError(seat.over)
            undo.pop_all()
        self._seats[pass_.room] = seat
        messages = None if page is None else page.messages
        return Entered(seq, pass_.info, members[:MOST_MEMBERS], len(members), *reading, messages)

    async def _sit(self, seat: Seat, since: int | None) -> int:
        if seat.pass_.pair is None:
            return await self._me.backend.seat(seat.member, since)
        return self._take_conversation(seat, since)

    def _take_conversation(self, seat: Seat, since: int | None) -> int:
        if seat.pass_.pair is None:
            raise ValueError("a room of many is no conversation")
        seat.member, seq = self._me.backend.hear(self._me.known(), seat.room, seat.pass_.pair, since)
        seat.who = self._me.who
        return seq

    async def enter(self, seat: Seat, name: str | None, color: str, *, silent: bool) -> None:
        """Have a name entered in the room of a seat. Raises 202, 204."""
        who = self._identity(seat, name, color)
        if seat.who is not None:
            seat.check_name(name)
            raise ChatError(DUPLICATE_USERNAME, field="name", detail="you are in the room already")
        await seat.gone()
        move = Enter(
            seat.presence, seat.room, who, self._me.dialect.name, datetime.now(UTC), silent, seat.pass_.token
        )
        moved = await self._me.backend.enter(move)
        if moved.error is not None:
            raise moved.error
        seat.who = who
        if seat is self.home and not (moved.news or silent):
            # The room knows of the name by another connection. This client still waits for its own event.
            self._me.tell(events.Joined(seat.room, move.at, who))

    def _identity(self, seat: Seat, name: str | None, color: str) -> Sender:
        if name is not None:
            return seat.identity(name, color, self._me.actor.participant)
        if self._me.who is None:
            raise ChatError(INVALID_FIELD, field="name", detail="say who you are first")
        return seat.identity(self._me.who.name, self._me.who.color, self._me.who.participant)

    def leave(self, command: Leave) -> None:
        """Leave a room. Raises 101, 201, 204."""
        seat = self.get(command.room)
        if seat is None:
            raise not_in_the_room()
        if seat.who is None:
            raise ChatError(USER_NOT_FOUND, field="name", detail="nobody of this name has joined from here")
        seat.check_name(command.name)
        if seat is self.home:
            seat.leave(self._me.backend.exit)
        else:
            self.give_up(seat)

    async def seat(self, room: int) -> Seat:
        """The seat in a room; in a conversation of one's own it is taken when it is needed."""
        seat = self._seats.get(room)
        if seat is not None and seat.who is not None:
            if seat.pass_.by_right:
                await self._me.backend.admit(room, "", self._me.actor)
            return seat
        if self._me.listener is None:
            raise not_in_the_room()
        try:
            pass_ = await self._me.backend.admit(room, "", self._me.actor)
        except ChatError:
            raise not_in_the_room() from None
        if pass_.pair is None:
            raise not_in_the_room()
        seat = self._seats[room] = Seat(
            pass_, Member(room, self._me.outbox, self._me.dialect, pass_.generation)
        )
        self._take_conversation(seat, None)
        return seat

    def _ended(self, seat: Seat, reason: CloseReason) -> None:
        """The room is over for this connection, which goes on without it."""
        seat.over = reason.kind or INTERNAL
        if self._seats.get(seat.room) is seat:
            self.give_up(seat)
            self._me.tell(Removed(seat.room, datetime.now(UTC), seat.over.code, seat.over.text))

    def give_up(self, seat: Seat) -> None:
        """Leave the room of a seat, and hear it no more."""
        seat.leave(self._me.backend.exit)
        if seat.pass_.pair is None:  # a conversation is heard on
            self._me.backend.unseat(seat.member)
        if self._seats.get(seat.room) is seat:
            del self._seats[seat.room]


def not_in_the_room() -> ChatError:
    """The one error for what can be done from within a room alone."""
    return ChatError(ROOM_NOT_FOUND, field="room", detail="join the room first")
