"""One connection's state machine: commands in, answers out. Knows no wire.

A connection may be in several rooms, in each with a membership: it hears the room from then on, and has a
name there once it has joined. The membership in the room that its address names (`home`) lasts as long as the
connection. Direct conversations are heard without a membership; it begins when something is done there.
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
from chat.budgets import network_of
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
from chat.log import recovery
from chat.log.drafts import DraftHead, Outcome
from chat.log.kinds import make_draft
from chat.log.reader import read_apart, read_at_length, read_from_log
from chat.permissions import Actor
from chat.services import counts, direct, marks, moderation, people
from chat.services.access import Pass
from chat.services.people import Greeting
from chat.sessions.collaborators import Collaborators
from chat.sessions.identity import Identity
from chat.sessions.membership import Membership, Memberships, not_in_the_room
from chat.sessions.meter import ACTS, COME_BACK, Meter, TooFast
from chat.sessions.pace import MOST_UNANSWERED
from chat.sessions.seats import Seats

Asking: TypeAlias = (
    commands.GetHistory
    | commands.Search
    | commands.GetPins
    | commands.GetModerators
    | commands.GetMembers
    | commands.MarkRead
    | commands.Write
)
Working: TypeAlias = Hello | Join | commands.Direct | commands.SignIn | Asking

logger = logging.getLogger(__name__)

TYPING_SECONDS: Final = 1.0  # more frequent notices are not passed on


class Session:
    """What one connection is and does, whatever its protocol."""

    def __init__(
        self,
        collaborators: Collaborators,
        outbox: Outbox,
        dialect: Dialect,
        actor: Actor = permissions.ANONYMOUS,
        address: str = "",
        seats: Seats | None = None,
    ) -> None:
        self._with = collaborators
        self._seats = seats or Seats(collaborators.places, collaborators.budgets.table, address)
        self._address = address  # of the client
        self._outbox = outbox
        self._dialect = dialect
        self._identity = Identity(collaborators, outbox, actor)
        self._memberships = Memberships(collaborators, outbox, dialect, self._identity, self._send_event)
        self._typed = 0.0
        self._meter = Meter(collaborators.budgets, address, tells=dialect.tells)
        self._unanswered = 0  # drafts, from all memberships
        self._all_answered: asyncio.Future[None] | None = None  # while a frame waits for that
        self._over = False  # it has been ended, but may not know it yet

    async def enter_home(self, pass_: Pass, replay: int = 0) -> None:
        """Begin to hear the room that the address names; see `Memberships.enter_home`."""
        await self._memberships.enter_home(pass_, replay)

    def receive_frame(self, frame: str | bytes) -> Awaitable[None] | None:
        """Do what a frame says. What is returned must be awaited before the next frame."""
        if self._over:
            return None
        if (spoken := self._dialect.spoken(frame)) is not self._dialect:
            self._switch_dialect(spoken)
        try:
            command = spoken.decode(frame, self._with.limits)
        except ChatError as error:
            self._send_refusal(None, error)
            if isinstance(error, Malformed) and spoken.strict:
                self._over = True
                self._outbox.close(CLOSE_MALFORMED if error.json else CLOSE_NO_JSON)
            return None
        if self._meter.on:
            try:
                wait = self._charge_command(command)
            except ChatError as error:
                self._send_refusal(command, error)
                if isinstance(error, TooFast):
                    self.say_farewell(COME_BACK)
                    self.end_connection(error.reason)
                return None
            if wait:
                return self._guard_work(command, self._do_after(wait, command))
        return self.do_command(command)

    def _charge_command(self, command: Command) -> float:
        """For how long a command has to wait for its turn. Raises 910."""
        if isinstance(command, commands.Under):
            command = command.command
        act = ACTS.get(type(command))
        if act is None:
            if not isinstance(command, Hello) or self._identity.sender is None:
                return 0.0
            act = "name"
        room = getattr(command, "room", None)
        membership = self._memberships.get(room)
        runs = membership is not None and membership.pass_.info.moderator
        return self._meter.charge(act, self._identity.actor, runs=runs)

    async def _do_after(self, seconds: float, command: Command) -> None:
        """Do a command when it is its turn."""
        await asyncio.sleep(seconds)
        if not self._over and (pending := self.do_command(command)) is not None:
            await pending

    def do_command(self, command: Command) -> Awaitable[None] | None:
        """Do a command; a message of a member needs no wait."""
        try:
            if self._dialect.greets and self._identity.sender is None and not isinstance(command, Hello):
                raise ChatError(NO_SESSION, detail="send hello first")
            if isinstance(command, Posting):
                return self._do_posting(command)
            if isinstance(command, commands.Label):
                return self._post_label(command)
            if isinstance(command, commands.Under):
                return self._do_under_name(command)
            if isinstance(command, Leave):
                self._memberships.leave_room(command)
                self._send_answer(command, Done())
            elif isinstance(command, commands.Ping):
                self._send_answer(command, Done())
            else:
                return self._guard_work(command, self._do_and_answer(command))
        except ChatError as error:
            self._send_refusal(command, error)
        return None

    def expire_hello(self) -> None:
        """The time to say hello is over."""
        if self._dialect.greets and self._identity.sender is None:
            self._outbox.close(CLOSE_NO_HELLO)

    def say_farewell(self, seconds: float) -> None:
        """The server is about to stop: the client may come back after this many seconds."""
        if (payload := self._dialect.farewell(seconds)) is not None:
            self._outbox.send_frame(payload)

    def list_actors(self) -> list[Actor]:
        """The participants by whose right it is here: the one that it goes by, and those that it came in as.

        They differ where a connection with a cookie takes a name of its own (`envelope`).
        """
        came_in_as = [membership.pass_.actor for membership in self.without_token()]
        return [actor for actor in (self._identity.actor, *came_in_as) if actor.participant is not None]

    def without_token(self) -> list[Membership]:
        """See `Memberships.without_token`."""
        return self._memberships.without_token()

    def expel_from_room(self, membership: Membership, reason: CloseReason) -> None:
        """End the stay in a room; if the address names it, the connection."""
        if membership is self._memberships.home:
            self.end_connection(reason)
        else:
            membership.subscription.end(reason)

    def end_connection(self, reason: CloseReason) -> None:
        """End the connection, and be deaf to what it says from now on."""
        self._over = True
        self._outbox.close(reason)
        self.close()

    def ended(self) -> None:
        """The connection has ended."""
        try:
            self.close()
        finally:
            self._seats.release()

    def close(self) -> None:
        """Leave everything."""
        self._memberships.end_all()
        self._identity.forget_participant()

    def _switch_dialect(self, dialect: Dialect) -> None:
        """Write in another form of the dialect from now on."""
        self._dialect = self._memberships.dialect = dialect
        if self._identity.recipient is not None:
            self._identity.recipient.dialect = dialect
        self._with.hub.change_form(self._outbox, dialect)

    def _send_event(self, event: events.Event) -> None:
        """Send an event to this connection alone, before what is corked."""
        if (payload := self._dialect.encode(event)) is not None:
            self._outbox.send_frame(payload)

    async def _do_and_answer(self, command: Working) -> None:
        if isinstance(command, Join):
            await self._join_room(command)
        elif isinstance(command, commands.Direct):
            await self._open_conversation(command)
        elif isinstance(command, commands.SignIn):
            await self._sign_in(command)
        else:
            self._send_answer(command, await self._answer_to(command))

    async def _answer_to(self, command: Hello | Asking) -> Answer:
        if isinstance(command, Hello):
            return await self._say_hello(command)
        membership = await self._memberships.require_membership(command.room)
        room = membership.room
        if isinstance(command, commands.GetHistory):
            return await self._read_history(command)
        if isinstance(command, commands.Search):
            with self._seats.searching(self._identity.actor):
                return await read_at_length(
                    recovery.search_messages, room, command.words, before=command.before, limit=command.limit
                )
        if isinstance(command, commands.GetPins):
            return await self._read_pins(room)
        if isinstance(command, commands.GetModerators):
            return await read_from_log(moderation.find_moderators, room)
        if isinstance(command, commands.GetMembers):
            return answers.Members(await self._with.loaders.members.load(room))
        if isinstance(command, commands.Write):
            await self._show_typing(membership)
        else:
            await self._mark_read(room, command.seq)
        return Done()

    async def _read_history(self, command: commands.GetHistory) -> answers.History:
        """A page of messages. What is in it has been delivered to those who are in the room."""
        page = await read_from_log(
            recovery.read_history,
            command.room,
            before=command.before,
            after=command.after,
            limit=command.limit,
        )
        await self._with.subscriptions.feed.come_up(command.room, page.seq)
        return page

    async def _read_pins(self, room: int) -> answers.Pins:
        """The pinned messages. What is in them has been delivered to those who are in the room."""
        found = await read_from_log(recovery.read_pins, room)
        await self._with.subscriptions.feed.come_up(room, found.seq)
        return found

    async def _mark_read(self, room: int, seq: int) -> None:
        """Move the participant's read marker, and tell their other connections."""
        recipient = self._identity.require_recipient()
        moved = await read_from_log(marks.move_mark, recipient.participant, room, seq)
        if moved is not None:
            event = events.Read(room, datetime.now(UTC), *moved)
            self._with.router.tell_other_connections(recipient, event)

    # Identity

    async def _say_hello(self, command: Hello) -> Answer:
        if self._memberships.is_in_a_room():
            raise ChatError(CLIENT_UNAUTHORIZED, detail="leave all rooms before you change your identity")
        greeting = await self._load_greeting(command, self._identity.actor)
        self._seats.sit_down(greeting.participant)
        self.close()
        self._identity.adopt_greeting(greeting, self._dialect)
        return greeting.welcome

    async def _load_greeting(self, hello: Hello, actor: Actor) -> Greeting:
        network = network_of(self._address) if actor.participant is None and not hello.token else ""
        if network:
            await self._with.loaders.new_guests.load(network)
        try:
            greeting = await self._with.loaders.greetings.load((hello, actor))
        except ChatError:
            if network:
                await read_from_log(counts.give_back_guest, network)
            raise
        await self._with.recipients.expect_participant(greeting.participant)
        return greeting

    async def _sign_in(self, command: commands.SignIn) -> None:
        """Become the owner of an account, and stay in the room at home if this connection is there."""
        greeting = await read_apart(people.sign_in, command.name, command.password, self._address)
        await self._with.recipients.expect_participant(greeting.participant)
        self._seats.sit_down(greeting.participant)
        await self._memberships.readmit_home(greeting.actor)
        # Until the answer nothing waits: it comes before what waits for the participant.
        home = self._memberships.home
        returns = home is not None and home.sender is not None
        if self._identity.is_participant(greeting.participant):
            self._identity.actor, returns = greeting.actor, False  # and it is still there
        else:
            self._memberships.leave_all()
            self._identity.forget_participant()
            self._identity.adopt_greeting(greeting, self._dialect)
        self._identity.alias = command.name
        self._identity.token = str(uuid.uuid4())
        self._send_answer(command, answers.SignedIn(self._identity.token))
        if home is not None and returns:
            await self._memberships.join_under_name(home, None, "", silent=False)

    def _do_under_name(self, command: commands.Under) -> Awaitable[None] | None:
        """Do a command under the name that comes with it."""
        self._identity.check_token(command.token)
        if self._identity.sender is None:
            return self._guard_work(command, self._adopt_name_and_do(command))
        self._identity.check_name(command.name)
        return self.do_command(command.command)

    async def _adopt_name_and_do(self, command: commands.Under) -> None:
        """The first name that is used becomes that of the connection, for as long as it lasts."""
        greeting = await self._load_greeting(Hello(command.name, returns=False), permissions.ANONYMOUS)
        self._identity.adopt_greeting(greeting, self._dialect, returns=False)
        if (pending := self.do_command(command.command)) is not None:
            await pending

    # Rooms

    async def _join_room(self, command: Join) -> None:
        memberships = self._memberships
        if command.room is None:
            if memberships.home is None:
                raise ChatError(ROOM_NOT_FOUND, field="room", detail="this address does not name a room")
            await memberships.join_under_name(memberships.home, command.name, command.color, silent=False)
            self._send_answer(command, Done())
            return
        there = memberships.get(command.room)
        if there is not None and there.pass_.pair is None:
            raise ChatError(DUPLICATE_USERNAME, field="room", detail="you are already in this room")
        memberships.check_room_for_one_more(self._with.budgets.table.most("rooms_per_socket"))
        asked = command.room, command.token, self._identity.actor
        pass_ = await self._with.loaders.admissions.load(asked)
        self._outbox.cork()  # what happens in the room is heard after the answer
        try:
            self._send_answer(command, await memberships.join_room(command, pass_))
        finally:
            self._outbox.uncork()

    # Messages and other changes of the log

    def _do_posting(self, command: Posting) -> Awaitable[None] | None:
        membership = self._memberships.get(command.room)
        if self._unanswered >= MOST_UNANSWERED:
            return self._guard_work(command, self._do_later(command))
        if membership is None or membership.sender is None:
            return self._guard_work(command, self._join_and_post(command, membership))
        if membership.pass_.by_right:
            return self._guard_work(command, self._check_right_and_post(command, membership))
        self._submit_draft(membership, command, command)
        return None

    async def _do_later(self, command: Posting | commands.Label) -> None:
        """Do a command when all drafts of this connection are answered: one that pours more in waits longer,
        and not those that it shares the log with.
        """
        await self._until_answered()
        if (pending := self.do_command(command)) is not None:
            await pending

    async def _until_answered(self) -> None:
        if self._unanswered:  # the answers may have come before the task that waits for them began
            self._all_answered = asyncio.get_running_loop().create_future()
            await self._all_answered

    async def _check_right_and_post(self, command: Posting, membership: Membership) -> None:
        """In a closed room without a token, the right to be there may be gone before this process knows."""
        self._submit_draft(await self._memberships.require_membership(membership.room), command, command)

    async def _join_and_post(self, command: Posting, membership: Membership | None) -> None:
        """A first message joins silently where the address names the room."""
        if membership is not None and isinstance(command, commands.Send):
            await self._memberships.join_under_name(membership, command.name, command.color, silent=True)
        elif command.room is None:
            raise not_in_the_room()
        else:
            membership = await self._memberships.require_membership(command.room)
        self._submit_draft(membership, command, command)

    def _post_label(self, command: commands.Label) -> Awaitable[None] | None:
        """Post to the home room under a self-declared label."""
        if self._unanswered >= MOST_UNANSWERED:
            return self._guard_work(command, self._do_later(command))
        tokens.check_proof(command.proof)
        if (home := self._memberships.home) is None:
            raise not_in_the_room()
        self._append_draft(home, commands.Send(command.text), Sender(command.label), command)
        return None

    def _submit_draft(
        self, membership: Membership, posting: Posting, command: Command, to: Conversation | None = None
    ) -> None:
        if isinstance(posting, commands.Send):
            membership.check_name(posting.name)
        if membership.sender is None:
            raise not_in_the_room()
        self._append_draft(membership, posting, membership.sender, command, to)

    def _append_draft(
        self,
        membership: Membership,
        posting: Posting,
        sender: Sender,
        command: Command,
        to: Conversation | None = None,
    ) -> None:
        """Hand a draft to the log; the answer follows its commit."""
        now, reply = datetime.now(UTC), partial(self._answer_draft, membership, command, to)
        head = DraftHead(room=membership.room, at=now, actor=membership.pass_.actor, reply=reply)
        draft = make_draft(posting, sender, head)
        self._with.presence.note_activity(membership.presence, now)
        self._with.log.append_draft(draft, self)
        membership.unanswered += 1
        self._unanswered += 1

    def _answer_draft(
        self, membership: Membership, command: Command, to: Conversation | None, outcome: Outcome
    ) -> None:
        seq = None if outcome.event is None else outcome.event.seq
        if outcome.error is not None:
            self._send_refusal(command, outcome.error)
        elif to is not None:
            self._send_answer(command, answers.Opened(membership.room, to.other, seq or 0, to.away))
        else:
            self._send_answer(command, answers.Stored(seq))
        membership.note_answered(self._with.presence.remove_member)
        self._unanswered -= 1
        waiting = self._all_answered
        if not self._unanswered and waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def _open_conversation(self, command: commands.Direct) -> None:
        if command.text is not None and self._unanswered >= MOST_UNANSWERED:
            await self._until_answered()
        participant = self._identity.require_recipient().participant
        conversation = await read_from_log(direct.open_with, participant, command.to)
        membership = await self._memberships.require_membership(conversation.room)
        if command.text is None:
            opened = answers.Opened(membership.room, conversation.other, conversation.seq)
            self._send_answer(command, opened)
            return
        message = commands.Send(text=command.text, room=membership.room, nonce=command.nonce, id=command.id)
        self._submit_draft(membership, message, command, conversation)

    # Typing

    async def _show_typing(self, membership: Membership) -> None:
        """Show that the member is typing, if they may send messages now.

        A refusal holds for a second, unless the rules of the room have changed.
        """
        now, changed, sender = time.monotonic(), self._rules_changed(membership.room), membership.sender
        if sender is None:
            return
        # Only a refusal is remembered: when permission was, a newly muted member was still shown as typing.
        (checked, as_of), shown = membership.typing_checked, now - self._typed >= TYPING_SECONDS
        holds = now - checked < TYPING_SECONDS and as_of >= changed
        if not holds or (shown and membership.typing_refusal is None):
            membership.typing_checked, membership.typing_refusal = (now, changed), None
            try:
                await self._check_may_write(membership.room, sender)
            except ChatError as error:
                membership.typing_refusal = error
        if membership.typing_refusal is not None:
            raise membership.typing_refusal.with_traceback(None)
        if membership.sender is sender and shown:
            self._typed = now
            event = events.Typing(membership.room, datetime.now(UTC), sender)
            self._with.router.publish_events([event], membership.pass_.pair)

    async def _check_may_write(self, room: int, sender: Sender) -> None:
        """Raise 106, 107 for a sender who may not send messages, as all connections here know the room."""
        while True:
            seq = await self._with.loaders.write_checks.load((room, sender, self._identity.actor))
            if self._rules_changed(room) <= seq:  # else there was a mute meanwhile
                return

    def _rules_changed(self, room: int) -> int:
        """The seq at which it last changed who may send messages, as far as known here; else 0."""
        live = self._with.hub.rooms.get(room)
        return 0 if live is None else live.ruled

    # Answers

    async def _guard_work(self, command: Command, work: Coroutine[Any, Any, None]) -> None:
        """Await a command's work; whatever goes wrong becomes its answer."""
        try:
            await work
        except ChatError as error:
            self._send_refusal(command, error)
        except Exception:
            logger.exception("a command failed")
            self._send_refusal(command, ChatError(INTERNAL))

    def _send_refusal(self, command: Command | None, error: ChatError) -> None:
        dialect, code = self._dialect, error.kind.code
        metrics.REFUSED.labels(str(code)).inc()
        payload = dialect.refuse(error, command)
        if payload is not None:
            self._outbox.send_frame(payload)
        else:
            metrics.DROPPED.labels(f"refused_{code}").inc()
        if payload is None or isinstance(error, Malformed):
            logger.info("%s: a message was refused: %s", dialect.name, error)

    def _send_answer(self, command: Command, answer: Answer) -> None:
        payload = self._dialect.accept(command, answer)
        if payload is not None:
            self._outbox.send_frame(payload)
