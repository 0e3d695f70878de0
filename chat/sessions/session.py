"""One connection's state machine: commands in, answers out. Knows no wire.

A connection may be in several rooms. In each it has a seat: it hears the room from the moment that it is
seated, and has a name there once it has joined. The seat in the room that its address names (`home`) lasts as
long as the connection. Conversations of two are heard without a seat; one is taken to do something there.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeAlias

from chat import answers, commands, events, metrics, permissions, tokens
from chat.answers import Answer, Conversation, Done
from chat.commands import Command, Hello, Join, Leave, Posting
from chat.delivery.outbox import Outbox
from chat.dialects.base import Dialect
from chat.errors import (
    CLIENT_UNAUTHORIZED,
    CLOSE_MALFORMED,
    CLOSE_NO_HELLO,
    CLOSE_NO_JSON,
    DUPLICATE_USERNAME,
    INTERNAL,
    NO_SESSION,
    ROOM_NOT_FOUND,
    ChatError,
    CloseReason,
    Malformed,
)
from chat.events import Sender
from chat.log.drafts import Outcome
from chat.permissions import Actor
from chat.services.access import Pass
from chat.sessions.backend import Backend
from chat.sessions.connection import Connection
from chat.sessions.pace import MOST_UNANSWERED
from chat.sessions.places import Places, not_in_the_room
from chat.sessions.seats import Seat, draft

Asking: TypeAlias = (
    commands.GetHistory
    | commands.Search
    | commands.GetPins
    | commands.GetMembers
    | commands.MarkRead
    | commands.Write
)
Working: TypeAlias = Hello | Join | commands.Direct | commands.SignIn | Asking

logger = logging.getLogger(__name__)

TYPING_SECONDS: Final = 1.0  # said more often it is not passed on


class Session:
    """What one connection is and does, whatever its protocol."""

    def __init__(
        self,
        backend: Backend,
        outbox: Outbox,
        dialect: Dialect,
        actor: Actor = permissions.ANONYMOUS,
        address: str = "",
    ) -> None:
        self._backend = backend
        self._address = address  # of the client
        self._outbox = outbox
        self._me = Connection(backend, outbox, dialect, actor)
        self._places = Places(self._me)
        self._typed = 0.0
        self._unanswered = 0  # drafts, from all seats
        self._all_answered: asyncio.Future[None] | None = None  # while a frame waits for that
        self._over = False  # it has been ended, but may not know it yet

    async def sit_down(self, pass_: Pass, replay: int = 0) -> None:
        """Take the seat in the room that the address names; see `Places.sit_down`."""
        await self._places.sit_down(pass_, replay)

    def receive(self, frame: str | bytes) -> Awaitable[None] | None:
        """Do what a frame says. What is returned must be awaited before the next frame."""
        if self._over:
            return None
        if (spoken := self._me.dialect.spoken(frame)) is not self._me.dialect:
            self._me.speak(spoken)
        try:
            command = spoken.decode(frame, self._backend.limits)
        except ChatError as error:
            self._refuse(None, error)
            if isinstance(error, Malformed) and spoken.strict:
                self._over = True
                self._outbox.close(CLOSE_MALFORMED if error.json else CLOSE_NO_JSON)
            return None
        return self.do(command)

    def do(self, command: Command) -> Awaitable[None] | None:
        """Do a command; a message of somebody who has joined needs no wait."""
        try:
            if self._me.dialect.greets and self._me.who is None and not isinstance(command, Hello):
                raise ChatError(NO_SESSION, detail="say hello first")
            if isinstance(command, Posting):
                return self._post(command)
            if isinstance(command, commands.Label):
                return self._post_label(command)
            if isinstance(command, commands.Under):
                return self._under(command)
            if isinstance(command, Leave):
                self._places.leave(command)
                self._accept(command, Done())
            elif isinstance(command, commands.Ping):
                self._accept(command, Done())
            else:
                return self._guard(command, self._work(command))
        except ChatError as error:
            self._refuse(command, error)
        return None

    def expire(self) -> None:
        """The time to say hello is over."""
        if self._me.dialect.greets and self._me.who is None:
            self._outbox.close(CLOSE_NO_HELLO)

    def say_farewell(self, seconds: float) -> None:
        """The server is about to stop: it may come back after so long."""
        if (payload := self._me.dialect.farewell(seconds)) is not None:
            self._outbox.send(payload)

    def actors(self) -> list[Actor]:
        """The participants by whose right it is here: the one that it goes by, and those that it came in as.

        They differ where a connection with a cookie takes a name of its own (`envelope`).
        """
        came_in_as = [seat.pass_.actor for seat in self.untokened()]
        return [actor for actor in (self._me.actor, *came_in_as) if actor.participant is not None]

    def untokened(self) -> list[Seat]:
        """See `Places.untokened`."""
        return self._places.untokened()

    def expel(self, seat: Seat, reason: CloseReason) -> None:
        """End the stay in a room; if the address names it, the connection."""
        if seat is self._places.home:
            self.end(reason)
        else:
            seat.member.end(reason)

    def end(self, reason: CloseReason) -> None:
        """End the connection, and be deaf to what it says from now on."""
        self._over = True
        self._outbox.close(reason)
        self.close()

    def close(self) -> None:
        """The connection has ended: leave everything."""
        self._places.give_up_all()
        self._me.be_nobody()

    async def _work(self, command: Working) -> None:
        if isinstance(command, Join):
            await self._join(command)
        elif isinstance(command, commands.Direct):
            await self._direct(command)
        else:
            self._accept(command, await self._answer_to(command))

    async def _answer_to(self, command: Hello | commands.SignIn | Asking) -> Answer:
        if isinstance(command, Hello):
            return await self._hello(command)
        if isinstance(command, commands.SignIn):
            return await self._sign_in(command)
        seat = await self._places.seat(command.room)
        if isinstance(command, commands.GetHistory):
            return await self._backend.history(seat.room, command.before, command.after, command.limit)
        if isinstance(command, commands.Search):
            return await self._backend.search(command)
        if isinstance(command, commands.GetPins):
            return await self._backend.pins(seat.room)
        if isinstance(command, commands.GetMembers):
            return answers.Members(await self._backend.members(seat.room))
        if isinstance(command, commands.Write):
            await self._write(seat)
            return Done()
        await self._backend.mark_read(self._me.known(), seat.room, command.seq)
        return Done()

    # Who one is

    async def _hello(self, command: Hello) -> Answer:
        if self._places.in_a_room:
            raise ChatError(CLIENT_UNAUTHORIZED, detail="leave the rooms first to become somebody else")
        greeting = await self._backend.greet(command, self._me.actor)
        self.close()
        self._me.become(greeting)
        return greeting.welcome

    async def _sign_in(self, command: commands.SignIn) -> Answer:
        greeting = await self._backend.sign_in(command.name, command.password, self._address)
        await self._places.readmit(greeting.actor)
        self._places.begin_anew()  # from here on nothing waits: the answer comes before what waits for them
        self._me.be_nobody()
        self._me.become(greeting)
        self._me.alias = command.name
        self._me.token = str(uuid.uuid4())
        return answers.SignedIn(self._me.token)

    def _under(self, command: commands.Under) -> Awaitable[None] | None:
        """The command of whoever goes by the name that comes with it."""
        self._me.check_token(command.token)
        if self._me.who is None:
            return self._guard(command, self._begin_under(command))
        self._me.check_name(command.name)
        return self.do(command.command)

    async def _begin_under(self, command: commands.Under) -> None:
        """The first name that is used becomes that of the connection, for as long as it lasts."""
        self._me.become(
            await self._backend.greet(Hello(command.name, returns=False), permissions.ANONYMOUS),
            returns=False,
        )
        if (pending := self.do(command.command)) is not None:
            await pending

    # Rooms

    async def _join(self, command: Join) -> None:
        if command.room is None:
            if self._places.home is None:
                raise ChatError(ROOM_NOT_FOUND, field="room", detail="this address names no room")
            await self._places.enter(self._places.home, command.name, command.color, silent=False)
            self._accept(command, Done())
            return
        seat = self._places.get(command.room)
        if seat is not None and seat.pass_.pair is None:
            raise ChatError(DUPLICATE_USERNAME, field="room", detail="you are in the room already")
        pass_ = await self._backend.admit(command.room, command.token, self._me.actor)
        self._outbox.cork()  # what happens in the room is heard behind the answer
        try:
            self._accept(command, await self._places.enter_room(command, pass_))
        finally:
            self._outbox.uncork()

    # What is said

    def _post(self, command: Posting) -> Awaitable[None] | None:
        seat = self._places.get(command.room)
        if self._unanswered >= MOST_UNANSWERED:
            return self._guard(command, self._do_later(command))
        if seat is not None and seat.who is not None:
            self._submit(seat, command, command)
            return None
        return self._guard(command, self._seat_and_post(command, seat))

    async def _do_later(self, command: Posting | commands.Label) -> None:
        """Do a command when all drafts of this connection are answered: one that pours more in waits longer,
        and not those that it shares the log with.
        """
        await self._until_answered()
        if (pending := self.do(command)) is not None:
            await pending

    async def _until_answered(self) -> None:
        if self._unanswered:  # the answers may have come before the task that waits for them began
            self._all_answered = asyncio.get_running_loop().create_future()
            await self._all_answered

    async def _seat_and_post(self, command: Posting, seat: Seat | None) -> None:
        """A first message joins silently where the address names the room."""
        if seat is not None and isinstance(command, commands.Send):
            await self._places.enter(seat, command.name, command.color, silent=True)
        elif command.room is None:
            raise not_in_the_room()
        else:
            seat = await self._places.seat(command.room)
        self._submit(seat, command, command)

    def _post_label(self, command: commands.Label) -> Awaitable[None] | None:
        """Say something in the room that the address names, as whoever one says that one is."""
        if self._unanswered >= MOST_UNANSWERED:
            return self._guard(command, self._do_later(command))
        tokens.check_proof(command.proof)
        if self._places.home is None:
            raise not_in_the_room()
        self._draft(self._places.home, commands.Send(command.text), Sender(command.label), command)
        return None

    def _submit(self, seat: Seat, posting: Posting, command: Command, to: Conversation | None = None) -> None:
        if isinstance(posting, commands.Send):
            seat.check_name(posting.name)
        if seat.who is None:
            raise not_in_the_room()
        self._draft(seat, posting, seat.who, command, to)

    def _draft(
        self, seat: Seat, posting: Posting, who: Sender, command: Command, to: Conversation | None = None
    ) -> None:
        made = draft(posting, seat, who, partial(self._posted, seat, command, to))
        self._backend.active(seat.presence, made.at)
        self._backend.post(made, self)
        seat.unanswered += 1
        self._unanswered += 1

    def _posted(self, seat: Seat, command: Command, to: Conversation | None, outcome: Outcome) -> None:
        seq = None if outcome.event is None else outcome.event.seq
        if outcome.error is not None:
            self._refuse(command, outcome.error)
        elif to is not None:
            self._accept(command, answers.Opened(seat.room, to.other, seq or 0, to.away))
        else:
            self._accept(command, answers.Stored(seq))
        seat.answered(self._backend.exit)
        self._unanswered -= 1
        waiting = self._all_answered
        if not self._unanswered and waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def _direct(self, command: commands.Direct) -> None:
        if command.text is not None and self._unanswered >= MOST_UNANSWERED:
            await self._until_answered()
        conversation = await self._backend.converse(self._me.known().participant, command.to)
        seat = await self._places.seat(conversation.room)
        if command.text is None:
            self._accept(command, answers.Opened(seat.room, conversation.other, conversation.seq))
            return
        said = commands.Send(text=command.text, room=seat.room, nonce=command.nonce, id=command.id)
        self._submit(seat, said, command, conversation)

    async def _write(self, seat: Seat) -> None:
        """Show that somebody is writing, if they may speak now.

        A refusal holds for a second, unless the rules of the room have changed.
        """
        now, rules_now, who = time.monotonic(), self._backend.ruled(seat.room), seat.who
        if who is None:
            return
        (asked, rules_then), shown = seat.wrote, now - self._typed >= TYPING_SECONDS
        holds = now - asked < TYPING_SECONDS and rules_then >= rules_now
        if not holds or (shown and seat.may_not_write is None):
            seat.wrote, seat.may_not_write = (now, rules_now), None
            try:
                await self._backend.check_may_write(seat.room, who, self._me.actor)
            except ChatError as error:
                seat.may_not_write = error
        if seat.may_not_write is not None:
            raise seat.may_not_write.with_traceback(None)
        if seat.who is who and shown:
            self._typed = now
            self._backend.typing(events.Typing(seat.room, datetime.now(UTC), seat.who), seat.pass_.pair)

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
        dialect, code = self._me.dialect, error.kind.code
        metrics.REFUSED.labels(str(code)).inc()
        payload = dialect.refuse(error, command)
        if payload is not None:
            self._outbox.send(payload)
        else:
            metrics.DROPPED.labels(f"refused_{code}").inc()
        if payload is None or isinstance(error, Malformed):
            logger.info("%s: a message was refused: %s", dialect.name, error)

    def _accept(self, command: Command, answer: Answer) -> None:
        payload = self._me.dialect.accept(command, answer)
        if payload is not None:
            self._outbox.send(payload)
