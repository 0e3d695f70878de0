"""One connection's state machine: commands in, replies out. Knows no wire.

A connection may be in several rooms. In each it has a seat: it hears the room from the moment that it is
seated, and has a name there once it has joined. The seat in the room that its address names (`home`) lasts
as long as the connection.
"""

import logging
import uuid
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

from chat import metrics, rules
from chat.attendance import Enter, Exit, Moved
from chat.conf import Limits
from chat.dialects.base import Dialect
from chat.errors import (
    CLIENT_UNAUTHORIZED,
    DUPLICATE_USERNAME,
    INTERNAL,
    INVALID_FIELD,
    ROOM_NOT_FOUND,
    USER_NOT_FOUND,
    ChatError,
)
from chat.events import Accepted, Command, Hello, Join, Leave, Send, Sender
from chat.log.batch import Outcome, Say
from chat.realtime.audience import Member
from chat.realtime.outbox import Outbox
from chat.rules import Actor
from chat.services.access import Pass

logger = logging.getLogger(__name__)


class Backend(Protocol):
    """What a session needs of its process; `chat.runtime.Runtime` is it."""

    limits: Limits

    async def admit(self, room: int, token: str, actor: Actor) -> Pass: ...
    async def seat(self, member: Member, since: int | None, last: int | None) -> int: ...
    def unseat(self, member: Member) -> None: ...
    async def members(self, room: int) -> tuple[Sender, ...]: ...
    async def enter(self, move: Enter) -> Moved: ...
    def exit(self, move: Exit) -> None: ...
    def say(self, draft: Say) -> None: ...
    def active(self, presence: uuid.UUID, at: datetime) -> None: ...


@dataclass(slots=True)
class Seat:
    """This connection's place in one room. `who` is None until it has joined under a name."""

    pass_: Pass
    member: Member
    who: Sender | None = None
    presence: uuid.UUID = field(default_factory=uuid.uuid4)


class Session:
    """What one connection is and does, whatever its protocol."""

    def __init__(
        self, backend: Backend, outbox: Outbox, dialect: Dialect, actor: Actor = rules.NOBODY
    ) -> None:
        self._backend = backend
        self._outbox = outbox
        self._dialect = dialect
        self._actor = actor
        self._home: Seat | None = None
        self._seats: dict[int, Seat] = {}
        self._self: Sender | None = None

    async def sit_down(self, pass_: Pass) -> None:
        """Take the seat in the room that the address names."""
        self._home, _ = await self._take_seat(pass_, None, None)

    def receive(self, frame: str | bytes) -> Awaitable[None] | None:
        """Do what a frame says. What is returned must be awaited before the next frame."""
        try:
            command = self._dialect.decode(frame, self._backend.limits)
        except ChatError as error:
            self._refuse(None, error)
            return None
        return self.do(command)

    def do(self, command: Command) -> Awaitable[None] | None:
        """Do a command; a message of somebody who has joined needs no wait."""
        try:
            if isinstance(command, Send):
                return self._send(command)
            if isinstance(command, Join):
                return self._guard(command, self._join(command))
            if isinstance(command, Leave):
                self._leave(command)
            else:
                self._hello(command)
        except ChatError as error:
            self._refuse(command, error)
        return None

    def close(self) -> None:
        """The connection has ended: leave everything."""
        for seat in list(self._seats.values()):
            self._give_up(seat)
        self._home = None

    def _hello(self, command: Hello) -> None:
        if any(seat.who is not None for seat in self._seats.values()):
            raise ChatError(
                CLIENT_UNAUTHORIZED, field="name", detail="leave the rooms first to change the name"
            )
        self._self = Sender(command.name, command.color, self._actor.participant)
        self._accept(command, Accepted())

    async def _join(self, command: Join) -> None:
        seat, seq = await self._seat_for(command)
        try:
            await self._enter(seat, command.name, command.color, silent=False)
        except ChatError:
            if seat is not self._home and seat.who is None:
                self._give_up(seat)
            raise
        members = await self._backend.members(seat.member.room) if command.room is not None else None
        self._accept(command, Accepted(seq, members))

    async def _seat_for(self, command: Join) -> tuple[Seat, int]:
        """The seat to join from: the one that is there, or a new one in a room not entered yet."""
        if command.room is None or command.room in self._seats:
            return self._seat(command.room), 0
        pass_ = await self._backend.admit(command.room, command.token, self._actor)
        return await self._take_seat(pass_, command.since, command.last)

    async def _take_seat(self, pass_: Pass, since: int | None, last: int | None) -> tuple[Seat, int]:
        member = Member(pass_.room, self._outbox, self._dialect, pass_.generation)
        seq = await self._backend.seat(member, since, last)
        seat = self._seats[pass_.room] = Seat(pass_, member)
        if self._outbox.closed:
            self._give_up(seat)
        return seat, seq

    async def _enter(self, seat: Seat, name: str | None, color: str, *, silent: bool) -> None:
        who = self._identity(seat, name, color)
        if seat.who is not None:
            self._check_name(seat, name)
            raise ChatError(DUPLICATE_USERNAME, field="name", detail="you are in the room already")
        at = datetime.now(UTC)
        move = Enter(seat.presence, seat.member.room, who, self._dialect.name, at, silent)
        moved = await self._backend.enter(move)
        if moved.error is not None:
            raise moved.error
        seat.who = who
        if self._outbox.closed:  # it went away while the row was written
            self._give_up(seat)

    def _identity(self, seat: Seat, name: str | None, color: str) -> Sender:
        """Who this connection is in a room: bound by its token, else by what it said of itself."""
        said = self._self
        if name is None:
            if said is None:
                raise ChatError(INVALID_FIELD, field="name", detail="say who you are first")
            name, color = said.name, said.color
        fixed = seat.pass_.username
        if fixed is not None and rules.fold(name) != rules.fold(fixed):
            raise ChatError(CLIENT_UNAUTHORIZED, field="name", detail="the token was issued for another name")
        return Sender(fixed or name, color, self._actor.participant)

    def _leave(self, command: Leave) -> None:
        seat = self._seat(command.room)
        if seat.who is None:
            raise ChatError(USER_NOT_FOUND, field="name", detail="nobody of this name has joined from here")
        self._check_name(seat, command.name)
        self._say_farewell(seat)
        if seat is not self._home:
            self._give_up(seat)
        self._accept(command, Accepted())

    def _send(self, command: Send) -> Awaitable[None] | None:
        seat = self._seat(command.room)
        if seat.who is None:
            return self._guard(command, self._join_and_say(seat, command))
        self._say(seat, command)
        return None

    async def _join_and_say(self, seat: Seat, command: Send) -> None:
        await self._enter(seat, command.name, command.color, silent=True)
        self._say(seat, command)

    def _say(self, seat: Seat, command: Send) -> None:
        self._check_name(seat, command.name)
        who = seat.who
        if who is None:  # it went away while it joined
            return
        if command.color and command.color != who.color:
            who = Sender(who.name, command.color, who.participant)
        at = datetime.now(UTC)
        self._backend.active(seat.presence, at)
        self._backend.say(
            Say(
                room=seat.member.room,
                at=at,
                sender=who,
                text=command.text,
                nonce=command.nonce,
                moderator=seat.pass_.moderates,
                reply=partial(self._said, command),
            )
        )

    def _said(self, command: Command, outcome: Outcome) -> None:
        if outcome.error is not None:
            self._refuse(command, outcome.error)
        else:
            self._accept(command, Accepted(None if outcome.event is None else outcome.event.seq))

    def _check_name(self, seat: Seat, name: str | None) -> None:
        if (
            seat.who is not None
            and name not in (None, seat.who.name)
            and rules.fold(name) != rules.fold(seat.who.name)
        ):
            raise ChatError(CLIENT_UNAUTHORIZED, field="name", detail="you joined under another name")

    def _seat(self, room: int | None) -> Seat:
        seat = self._home if room is None else self._seats.get(room)
        if seat is None:
            raise ChatError(ROOM_NOT_FOUND, field="room", detail="join the room first")
        return seat

    def _give_up(self, seat: Seat) -> None:
        self._say_farewell(seat)
        self._backend.unseat(seat.member)
        self._seats.pop(seat.member.room, None)

    def _say_farewell(self, seat: Seat) -> None:
        if seat.who is not None:
            self._backend.exit(Exit(seat.presence, seat.member.room, seat.who, datetime.now(UTC)))
            seat.who = None

    async def _guard(self, command: Command, work: Coroutine[Any, Any, None]) -> None:
        """Await a command's work; whatever goes wrong becomes its answer."""
        try:
            await work
        except ChatError as error:
            self._refuse(command, error)
        except Exception:
            logger.exception("a command failed")
            self._refuse(command, ChatError(INTERNAL))

    def _refuse(self, command: Command | None, error: ChatError) -> None:
        metrics.REFUSED.labels(str(error.kind.code)).inc()
        self._answer(self._dialect.refuse(error, command))

    def _accept(self, command: Command, accepted: Accepted) -> None:
        self._answer(self._dialect.accept(command, accepted))

    def _answer(self, payload: bytes | None) -> None:
        if payload is not None:
            self._outbox.send(payload)
