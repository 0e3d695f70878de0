"""One connection's state machine: commands in, answers out. Knows no wire.

A connection may be in several rooms. In each it has a seat: it hears the room from the moment that it is
seated, and has a name there once it has joined. The seat in the room that its address names (`home`) lasts as
long as the connection. Conversations of two are heard without a seat; one is taken to do something there.
"""

import logging
import time
from collections.abc import Awaitable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeAlias

from chat import events, metrics, rules
from chat.attendance import Enter
from chat.dialects.base import Dialect
from chat.errors import (
    CLIENT_UNAUTHORIZED,
    CLOSE_NO_HELLO,
    DUPLICATE_USERNAME,
    INTERNAL,
    INVALID_FIELD,
    NO_SESSION,
    ROOM_NOT_FOUND,
    USER_NOT_FOUND,
    ChatError,
    CloseReason,
)
from chat.events import Answer, Command, Done, Hello, Join, Leave, Posting, Removed, Sender
from chat.log.batch import Outcome
from chat.realtime.audience import Member
from chat.realtime.backend import Backend
from chat.realtime.outbox import Outbox
from chat.realtime.people import Listener
from chat.realtime.seats import Seat, draft
from chat.rules import Actor
from chat.services.access import Pass

Asking: TypeAlias = events.GetHistory | events.GetMembers | events.MarkRead
Working: TypeAlias = Hello | Join | events.Direct | Asking

logger = logging.getLogger(__name__)

TYPING_SECONDS: Final = 1.0  # said more often it is not passed on


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
        self._who: Sender | None = None
        self._listener: Listener | None = None
        self._typed = 0.0

    async def sit_down(self, pass_: Pass) -> None:
        """Take the seat in the room that the address names."""
        member = Member(pass_.room, self._outbox, self._dialect, pass_.generation)
        self._home = self._seats[pass_.room] = Seat(pass_, member)
        await self._backend.seat(member, None)

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
            if self._dialect.greets and self._who is None and not isinstance(command, Hello):
                raise ChatError(NO_SESSION, detail="say hello first")
            if isinstance(command, Posting):
                return self._post(command)
            if isinstance(command, Leave):
                self._leave(command)
            elif isinstance(command, events.Write):
                self._write(command)
            elif isinstance(command, events.Ping):
                self._accept(command, Done())
            else:
                return self._guard(command, self._work(command))
        except ChatError as error:
            self._refuse(command, error)
        return None

    def expire(self) -> None:
        """The time to say hello is over."""
        if self._dialect.greets and self._who is None:
            self._outbox.close(CLOSE_NO_HELLO)

    def close(self) -> None:
        """The connection has ended: leave everything."""
        for seat in list(self._seats.values()):
            self._give_up(seat)
        self._home = None
        if self._listener is not None:
            self._backend.unlisten(self._listener)

    async def _work(self, command: Working) -> None:
        if isinstance(command, Join):
            await self._join(command)
        elif isinstance(command, events.Direct):
            await self._direct(command)
        else:
            self._accept(command, await self._answer_to(command))

    async def _answer_to(self, command: Hello | Asking) -> Answer:
        if isinstance(command, Hello):
            return await self._hello(command)
        seat = await self._seat(command.room)
        if isinstance(command, events.GetHistory):
            return await self._backend.history(seat.room, command.before, command.after, command.limit)
        if isinstance(command, events.GetMembers):
            return events.Members(await self._backend.members(seat.room))
        await self._backend.mark_read(self._known(), seat.room, command.seq)
        return Done()

    # Who one is

    async def _hello(self, command: Hello) -> Answer:
        if any(seat.who is not None and seat.pass_.pair is None for seat in self._seats.values()):
            raise ChatError(CLIENT_UNAUTHORIZED, detail="leave the rooms first to become somebody else")
        greeting = await self._backend.greet(command, self._actor)
        for seat in list(self._seats.values()):
            self._give_up(seat)
        if self._listener is not None:
            self._backend.unlisten(self._listener)
        self._actor, self._who = greeting.actor, greeting.welcome.who
        self._listener = Listener(greeting.participant, self._outbox, self._dialect)
        self._backend.listen(self._listener, greeting)
        return greeting.welcome

    def _known(self) -> Listener:
        if self._listener is None:
            raise ChatError(NO_SESSION, detail="say hello first")
        return self._listener

    # Rooms

    async def _join(self, command: Join) -> None:
        if command.room is None:
            if self._home is None:
                raise ChatError(ROOM_NOT_FOUND, field="room", detail="this address names no room")
            await self._enter(self._home, command.name, command.color, silent=False)
            self._accept(command, Done())
            return
        seat = self._seats.get(command.room)
        if seat is not None and seat.pass_.pair is None:
            raise ChatError(DUPLICATE_USERNAME, field="room", detail="you are in the room already")
        pass_ = await self._backend.admit(command.room, command.token, self._actor)
        self._outbox.cork()  # what happens in the room is heard behind the answer
        try:
            self._accept(command, await self._enter_room(command, pass_))
        finally:
            self._outbox.uncork()

    async def _enter_room(self, command: Join, pass_: Pass) -> Answer:
        listener = self._known()
        seat = Seat(pass_, Member(pass_.room, self._outbox, self._dialect, pass_.generation))
        seat.member.end = partial(self._ended, seat)
        if pass_.pair is None:
            await self._enter(seat, None, "", silent=False)
        else:
            self._take_conversation(seat, None)
        try:
            page = None
            if command.last is not None:
                page = await self._backend.history(pass_.room, None, None, command.last)
            since = command.since if page is None else page.seq
            seq = await self._sit(seat, since)
            members = await self._backend.members(pass_.room)
            read = await self._backend.read_mark(listener.participant, pass_.room)
            if seat.over is not None:
                raise ChatError(seat.over)
        except BaseException:
            self._give_up(seat)
            raise
        self._seats[pass_.room] = seat
        messages = None if page is None else page.messages
        return events.Entered(seq if page is None else page.seq, pass_.info, members, read, messages)

    async def _sit(self, seat: Seat, since: int | None) -> int:
        if seat.pass_.pair is None:
            return await self._backend.seat(seat.member, since)
        self._take_conversation(seat, since)
        return seat.member.seq

    def _take_conversation(self, seat: Seat, since: int | None) -> None:
        seat.member = self._backend.hear(self._known(), seat.pass_, since)
        seat.who = self._who

    async def _enter(self, seat: Seat, name: str | None, color: str, *, silent: bool) -> None:
        who = self._identity(seat, name, color)
        if seat.who is not None:
            seat.check_name(name)
            raise ChatError(DUPLICATE_USERNAME, field="name", detail="you are in the room already")
        move = Enter(seat.presence, seat.room, who, self._dialect.name, datetime.now(UTC), silent)
        moved = await self._backend.enter(move)
        if moved.error is not None:
            raise moved.error
        seat.who = who

    def _identity(self, seat: Seat, name: str | None, color: str) -> Sender:
        if name is not None:
            return seat.identity(name, color, self._actor.participant)
        if self._who is None:
            raise ChatError(INVALID_FIELD, field="name", detail="say who you are first")
        return seat.identity(self._who.name, self._who.color, self._who.participant)

    def _leave(self, command: Leave) -> None:
        seat = self._home if command.room is None else self._seats.get(command.room)
        if seat is None:
            raise not_in_the_room()
        if seat.who is None:
            raise ChatError(USER_NOT_FOUND, field="name", detail="nobody of this name has joined from here")
        seat.check_name(command.name)
        if seat is self._home:
            seat.leave(self._backend.exit)
        else:
            self._give_up(seat)
        self._accept(command, Done())

    async def _seat(self, room: int) -> Seat:
        """The seat in a room; in a conversation of one's own it is taken when it is needed."""
        seat = self._seats.get(room)
        if seat is not None and seat.who is not None:
            return seat
        if self._listener is None:
            raise not_in_the_room()
        try:
            pass_ = await self._backend.admit(room, "", self._actor)
        except ChatError:
            raise not_in_the_room() from None
        if pass_.pair is None:
            raise not_in_the_room()
        seat = self._seats[room] = Seat(pass_, Member(room, self._outbox, self._dialect, pass_.generation))
        self._take_conversation(seat, None)
        return seat

    def _ended(self, seat: Seat, reason: CloseReason) -> None:
        """The room is over for this connection, which goes on without it."""
        seat.over = reason.kind or INTERNAL
        if self._seats.get(seat.room) is seat:
            self._give_up(seat)
            event = Removed(seat.room, datetime.now(UTC), seat.over.code, seat.over.text)
            self._answer(self._dialect.encode(event))

    def _give_up(self, seat: Seat) -> None:
        seat.leave(self._backend.exit)
        if seat.pass_.pair is None:  # a conversation is heard on
            self._backend.unseat(seat.member)
        if self._seats.get(seat.room) is seat:
            del self._seats[seat.room]

    # What is said

    def _post(self, command: Posting) -> Awaitable[None] | None:
        seat = self._home if command.room is None else self._seats.get(command.room)
        if seat is not None and seat.who is not None:
            self._submit(seat, command, command)
            return None
        return self._guard(command, self._seat_and_post(command, seat))

    async def _seat_and_post(self, command: Posting, seat: Seat | None) -> None:
        """A first message joins silently where the address names the room."""
        if seat is not None and isinstance(command, events.Send):
            await self._enter(seat, command.name, command.color, silent=True)
        elif command.room is None:
            raise not_in_the_room()
        else:
            seat = await self._seat(command.room)
        self._submit(seat, command, command)

    def _submit(self, seat: Seat, posting: Posting, command: Command, to: Sender | None = None) -> None:
        seat.check_name(getattr(posting, "name", None))
        if seat.who is None:
            raise not_in_the_room()
        made = draft(posting, seat, seat.who, partial(self._posted, seat, command, to))
        self._backend.active(seat.presence, made.at)
        self._backend.post(made)
        seat.unanswered += 1

    def _posted(self, seat: Seat, command: Command, to: Sender | None, outcome: Outcome) -> None:
        seq = None if outcome.event is None else outcome.event.seq
        if outcome.error is not None:
            self._refuse(command, outcome.error)
        elif to is not None:
            self._accept(command, events.Opened(seat.room, to, seq or 0))
        else:
            self._accept(command, events.Stored(seq))
        seat.answered(self._backend.exit)

    async def _direct(self, command: events.Direct) -> None:
        conversation = await self._backend.converse(self._known().participant, command.to)
        seat = await self._seat(conversation.room)
        if command.text is None:
            self._accept(command, events.Opened(seat.room, conversation.other, conversation.seq))
            return
        said = events.Send(text=command.text, room=seat.room, nonce=command.nonce, id=command.id)
        self._submit(seat, said, command, conversation.other)

    def _write(self, command: events.Write) -> None:
        seat = self._seats.get(command.room)
        if seat is None or seat.who is None:
            raise not_in_the_room()
        now = time.monotonic()
        if now - self._typed >= TYPING_SECONDS:
            self._typed = now
            self._backend.typing(events.Typing(seat.room, datetime.now(UTC), seat.who), seat.pass_.pair)
        self._accept(command, Done())

    # Answers

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

    def _accept(self, command: Command, answer: Answer) -> None:
        self._answer(self._dialect.accept(command, answer))

    def _answer(self, payload: bytes | None) -> None:
        if payload is not None:
            self._outbox.send(payload)


def not_in_the_room() -> ChatError:
    """The one error for what can be done from within a room alone."""
    return ChatError(ROOM_NOT_FOUND, field="room", detail="join the room first")
