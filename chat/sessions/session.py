"""One connection's state machine: commands in, answers out. Knows no wire.

A connection may be in several rooms, in each with a membership: it hears the room from then on, and has a
name there once it has joined. The membership in the room that its address names (`home`) lasts as long as the
connection. Direct conversations are heard without a membership; it begins when something is done there.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from random import uniform
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar

import msgspec

from chat import answers, commands, events, metrics, permissions, tokens
from chat.answers import Answer, Conversation, Done
from chat.budgets import network_of
from chat.commands import ACTS, ASKS, Command, Hello, Join, Leave, Posting
from chat.delivery.outbox import Outbox
from chat.dialects.base import Dialect
from chat.errors import (
    CLIENT_UNAUTHORIZED,
    CLOSE_MALFORMED,
    CLOSE_NEW_EPOCH,
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
from chat.log import kinds, recovery
from chat.log.bans import Client
from chat.log.drafts import DraftHead, Outcome
from chat.log.kinds.message import MessageDraft
from chat.log.threads import run_in_own_thread, run_in_thread, run_long_job
from chat.meter import COME_BACK, IGNORED, MOST_WAIT, Meter, TooFast
from chat.permissions import Actor
from chat.services import (
    bans,
    blocks,
    bulk_deletions,
    direct,
    filters,
    greetings,
    marks,
    mentions,
    messages,
    moderation,
    reports,
    rules,
    saved,
    searching,
    unfinished,
)
from chat.services.access import Pass
from chat.services.greetings import Asked, Greeting
from chat.sessions.collaborators import Collaborators
from chat.sessions.identity import Identity
from chat.sessions.membership import Membership, Memberships, not_in_the_room
from chat.sessions.pace import MOST_UNANSWERED
from chat.sessions.slots import ConnectionSlots

P = ParamSpec("P")
T = TypeVar("T")
Asking: TypeAlias = (
    commands.GetHistory
    | commands.GetReplies
    | commands.Search
    | commands.GetPins
    | commands.GetModerators
    | commands.GetMutes
    | commands.GetBans
    | commands.Report
    | commands.DeleteAll
    | commands.StopDeletion
    | commands.GetDeletions
    | commands.GetMembers
    | commands.AcceptRules
    | commands.MarkRead
    | commands.Write
    | commands.Renew
)
OfReports: TypeAlias = commands.GetReports | commands.ClaimReport | commands.DecideReport
Anywhere: TypeAlias = (
    OfReports
    | bans.OfServer
    | blocks.Asking
    | filters.Asking
    | commands.GetHeld
    | mentions.Asking
    | saved.Asking
    | commands.KeepUnfinished
    | commands.GetUnfinished
)  # by right, in the room or not
Working: TypeAlias = Hello | Join | commands.Direct | commands.SignIn | Anywhere | Asking

logger = logging.getLogger(__name__)

SPREAD: Final = (1.0, 1.25)  # a command that has to wait does so for as many times as long
TYPING_SECONDS: Final = 1.0  # more frequent notices are not passed on


class Session:
    """The state of one connection, whatever its protocol."""

    def __init__(
        self,
        collaborators: Collaborators,
        outbox: Outbox,
        dialect: Dialect,
        actor: Actor = permissions.ANONYMOUS,
        address: str = "",
        slots: ConnectionSlots | None = None,
    ) -> None:
        self._with = collaborators
        self._slots = slots or ConnectionSlots(collaborators.slots, collaborators.budgets.table, address)
        self._address = address  # of the client
        self._outbox = outbox
        self._dialect = dialect
        self._identity = Identity(collaborators, outbox, actor)
        self._memberships = Memberships(
            collaborators, outbox, dialect, self._identity, self._send_event, self.end_connection
        )
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
        if self._dialect.has_forms:
            self._switch_dialect(self._dialect.spoken(frame))
        try:
            command = self._dialect.decode(frame, self._with.limits)
        except ChatError as error:
            self._send_refusal(None, error)
            if isinstance(error, Malformed) and self._dialect.strict:
                self._over = True
                self._outbox.close(CLOSE_MALFORMED if error.json else CLOSE_NO_JSON)
                return None
            return self._pause_after_refusal()
        if self._meter.on:
            try:
                wait = self._charge_command(command)
            except ChatError as error:
                self._send_refusal(command, error)
                if isinstance(error, TooFast):
                    self.send_farewell(COME_BACK)
                    self.end_connection(error.reason)
                    return None
                return self._pause_after_refusal()
            if wait:
                return self._wait_or_ignore(command, wait)
        return self.do_command(command)

    def _charge_command(self, command: Command) -> float:
        """For how long a command has to wait for its turn; IGNORED if it is not to be done. Raises 910."""
        if isinstance(command, commands.Under):
            command = command.command
        act = ACTS.get(type(command))
        if act is None:
            if type(command) in ASKS:
                return self._meter.charge_question()
            if isinstance(command, commands.Ping):  # to answer it costs no more than to refuse it
                return 0.0
            if not isinstance(command, Hello):
                return self._meter.charge_reading()
            if self._identity.sender is None:  # the first one is free, but not after many that failed
                return self._meter.wait_for("name", self._identity.actor)
            act = "name"
        if act == "typing":
            if self._meter.passes_typing(self._identity.actor):
                return 0.0
            if self._meter.ignores_typing():
                return IGNORED
        membership = self._memberships.by_room.get(getattr(command, "room", None))
        runs = membership is not None and membership.runs_room
        return self._meter.charge(act, self._identity.actor, runs=runs)

    def _pause_after_refusal(self) -> Awaitable[None] | None:
        """Leave a connection unread for a moment: many that are refused at once must not hold up others."""
        wait = self._meter.charge_refusal()
        return asyncio.sleep(wait) if wait else None

    def _wait_or_ignore(self, command: Command, wait: float) -> Awaitable[None] | None:
        if wait > 0:
            return self._guard_work(command, self._do_after(wait, command))
        metrics.DROPPED.labels("typing_too_fast").inc()
        self._send_answer(command, Done())
        return None

    async def _do_after(self, seconds: float, command: Command) -> None:
        """Do a command when it is its turn, or a little later: a crowd that waits shall not go on as one."""
        await asyncio.sleep(min(seconds * uniform(*SPREAD), max(seconds, MOST_WAIT)))
        if not self._over and (pending := self.do_command(command)) is not None:
            await pending

    def do_command(self, command: Command) -> Awaitable[None] | None:
        """Do a command. What is returned must be awaited; a message of a member has nothing to wait for."""
        try:
            if self._dialect.greets and self._identity.sender is None and not isinstance(command, Hello):
                raise ChatError(NO_SESSION, detail="send hello first")
            if isinstance(command, Posting):
                membership = self._memberships.by_room.get(command.room)
                if self._unanswered >= MOST_UNANSWERED:
                    return self._guard_work(command, self._do_later(command))
                if membership is None or membership.sender is None or membership.pass_.by_right:
                    return self._guard_work(command, self._admit_and_post(command, membership))
                self._submit_draft(membership, command, command)
                return None
            if isinstance(command, commands.Label):
                return self._post_label(command)
            if isinstance(command, commands.Under):
                return self._do_under_name(command)
            if isinstance(command, Leave):
                self._memberships.leave_by_command(command)
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

    def send_farewell(self, seconds: float) -> None:
        """The server is about to stop: the client may come back after this many seconds."""
        if (payload := self._dialect.farewell(seconds)) is not None:
            self._outbox.send_frame(payload)

    def list_actors(self) -> list[Actor]:
        """The participants by whose rights it acts: the one that it goes by, and those that it came in as.

        They differ where a connection with a cookie takes a name of its own (`envelope`). A room token lets
        in without them, but what is done there is done by their rights.
        """
        came_in_as = [membership.pass_.actor for membership in self.stays()]
        actors = [actor for actor in (self._identity.actor, *came_in_as) if actor.participant is not None]
        return list({(actor.participant, actor.proof): actor for actor in actors}.values())

    def without_token(self) -> list[Membership]:
        """See `Memberships.without_token`."""
        return self._memberships.without_token()

    def stays(self) -> list[Membership]:
        """See `Memberships.stays`."""
        return self._memberships.stays()

    @property
    def client(self) -> Client:
        """Who this is, as bans from the server see it."""
        sender, actor = self._identity.sender, self._identity.actor
        participants = (actor.participant, sender.participant if sender else None)
        return Client(participants, (sender.name,) if sender else (), self._address)

    @property
    def actor(self) -> Actor:
        """By whose rights it goes, apart from those that it came into rooms with."""
        return self._identity.actor

    def expel_from_room(self, membership: Membership, reason: CloseReason) -> None:
        """See `Memberships.expel`."""
        self._memberships.expel(membership, reason)

    def end_connection(self, reason: CloseReason) -> None:
        """End the connection, and be deaf to what it says from now on."""
        self._over = True
        self._outbox.close(reason)
        self.close()

    def end_banned(self, reason: CloseReason) -> None:
        """End the connection of a client that is banned from the server."""
        if not self._over:
            self._memberships.end_home(reason)

    def end_epoch(self) -> None:
        """End the connection, as the database has another history: the client comes back and begins anew."""
        self._identity.forget_history()
        self.end_connection(CLOSE_NEW_EPOCH)

    def end_session(self) -> None:
        """The connection has ended."""
        try:
            self.close()
        finally:
            self._slots.release()

    @property
    def sender(self) -> Sender | None:
        """Who it is since its hello."""
        return self._identity.sender

    @property
    def known_as(self) -> Sender | None:
        """The latest name of the client, also after the session has ended."""
        return self._identity.known_as

    def close(self) -> None:
        """Leave everything."""
        self._memberships.end_all()
        self._identity.forget_participant()

    def _switch_dialect(self, dialect: Dialect) -> None:
        """Write in this form of the dialect from now on."""
        if dialect is self._dialect:
            return
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

    async def _answer_to(self, command: Hello | Anywhere | Asking) -> Answer:
        if isinstance(command, Hello):
            return await self._say_hello(command)
        if isinstance(command, Anywhere):
            return await self._answer_by_right(command)
        if isinstance(command, commands.Search):
            return await self._search(command)
        membership = await self._memberships.require_membership(command.room)
        room = membership.room
        if isinstance(command, commands.Renew):
            return answers.Renewed(await self._memberships.renew_token(membership, command.token))
        if isinstance(command, commands.GetHistory | commands.GetReplies):
            return await self._read_history(command)
        if isinstance(command, commands.GetPins):
            return await self._read_pins(room)
        if isinstance(command, commands.GetModerators):
            return await run_in_thread(moderation.find_moderators, room)
        if isinstance(command, commands.GetMutes):
            return answers.Mutes(await run_in_thread(moderation.find_mutes, room, membership.pass_.actor))
        if isinstance(command, commands.GetBans):
            return answers.Bans(await run_in_thread(bans.find_bans, room, membership.pass_.actor))
        if isinstance(command, commands.Report):
            fields, actor = msgspec.structs.asdict(command), self._identity.actor
            return answers.Reported(
                await run_in_thread(reports.file_report, room=room, actor=actor, fields=fields)
            )
        if isinstance(command, bulk_deletions.Asking):
            read = self._do_long_job if isinstance(command, commands.DeleteAll) else run_in_thread
            return await read(bulk_deletions.answer_deletions, command, membership.pass_.actor)
        if isinstance(command, commands.GetMembers):
            return answers.Members(await self._with.loaders.members.load(room))
        if isinstance(command, commands.AcceptRules):
            await run_in_thread(
                rules.accept_rules, room=room, actor=self._identity.actor, version=command.version
            )
        elif isinstance(command, commands.Write):
            await self._show_typing(membership)
        else:
            await self._mark_read(room, command)
        return Done()

    async def _read_history(self, command: commands.GetHistory | commands.GetReplies) -> answers.History:
        """A page of messages. What is in it has been delivered to those who are in the room."""
        room, after, limit = command.room, command.after, command.limit
        if isinstance(command, commands.GetReplies):
            page = await run_in_thread(recovery.read_replies, room, command.target, after=after, limit=limit)
        else:
            page = await run_in_thread(
                recovery.read_history, room, before=command.before, after=after, limit=limit
            )
        await self._with.subscriptions.feed.come_up(command.room, page.seq)
        return page

    async def _search(self, command: commands.Search) -> answers.Found:
        """What is looked for, in a room or in all that this connection may read."""
        if command.room is not None:
            await self._memberships.require_membership(command.room)
        by_token = self._memberships.list_rooms_by_token()
        return await self._do_long_job(searching.search, command, self._identity.actor, by_token)

    async def _do_long_job(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call what takes long, and holds up the long jobs of others. Raises 910 if more are under way."""
        with self._slots.searching(self._identity.actor):
            return await run_long_job(function, *args, **kwargs)

    async def _answer_by_right(self, command: Anywhere) -> Answer:
        """Answer what needs a right, and no membership."""
        actor = self._identity.actor
        if isinstance(command, OfReports):
            return await self._handle_reports(command)
        if isinstance(command, bans.OfServer):
            return await run_in_thread(bans.answer_bans, command, actor)
        if isinstance(command, commands.GetHeld):
            return await run_in_thread(messages.find_held, actor=actor, room=command.room)
        if isinstance(command, mentions.Asking):
            return await run_in_thread(mentions.answer_mentions, command, actor)
        if isinstance(command, blocks.Asking):
            return await run_in_thread(blocks.answer_blocks, command, actor)
        if isinstance(command, saved.Asking):
            by_token = self._memberships.list_rooms_by_token()
            return await run_in_thread(saved.answer_saved, command, actor, by_token)
        if isinstance(command, commands.KeepUnfinished):
            return await self._keep_unfinished(command)
        if isinstance(command, commands.GetUnfinished):
            by_token = self._memberships.list_rooms_by_token()
            return await run_in_thread(unfinished.list_unfinished, actor, by_token)
        read = self._do_long_job if isinstance(command, commands.TryFilter) else run_in_thread
        return await read(filters.answer_filters, command, actor)

    async def _keep_unfinished(self, command: commands.KeepUnfinished) -> Done:
        """Keep what the participant has begun to write, and tell their other connections."""
        recipient, by_token = self._identity.require_recipient(), self._memberships.list_rooms_by_token()
        what = command.room, command.text, command.reply_to
        event = await run_in_thread(unfinished.keep_unfinished, *what, self._identity.actor, by_token)
        if event is not None:
            self._with.router.tell_other_connections(recipient, event)
        return Done()

    async def _handle_reports(self, command: OfReports) -> Answer:
        """List reports, or take or decide one: by right alone, in the room or not."""
        actor = self._identity.actor
        if isinstance(command, commands.GetReports):
            asked = msgspec.structs.asdict(command)
            del asked["id"]
            return await run_in_thread(reports.list_reports, actor=actor, **asked)
        number = command.report
        if isinstance(command, commands.ClaimReport):
            on, handler = command.on, command.handler
            await run_in_thread(reports.claim_report, number=number, actor=actor, on=on, handler=handler)
            return Done()
        # What is decided waits for the log.
        await run_in_own_thread(
            reports.decide_report,
            number=number,
            actor=actor,
            decision=command.decision,
            seconds=command.seconds,
            reason=command.reason,
        )
        return Done()

    async def _read_pins(self, room: int) -> answers.Pins:
        """The pinned messages. What is in them has been delivered to those who are in the room."""
        found = await run_in_thread(recovery.read_pins, room)
        await self._with.subscriptions.feed.come_up(room, found.seq)
        return found

    async def _mark_read(self, room: int, command: commands.MarkRead) -> None:
        """Move the participant's read mark, and tell their other connections; all, if it moves back."""
        recipient, back = self._identity.require_recipient(), command.back
        moved = await run_in_thread(marks.move_mark, recipient.participant, room, command.seq, back=back)
        if moved is None:
            return
        event = marks.make_event(room, moved, back=back)
        if back:  # it may not know all that is unread now
            self._with.router.tell_participants({recipient.participant: event})
        else:
            self._with.router.tell_other_connections(recipient, event)

    # Identity

    async def _say_hello(self, command: Hello) -> Answer:
        if self._memberships.is_in_a_room():
            raise ChatError(CLIENT_UNAUTHORIZED, detail="leave all rooms before you change your identity")
        greeting = await self._load_greeting(command, self._identity.actor)
        self._slots.take_for_participant(greeting.participant)
        self.close()
        self._identity.adopt_greeting(greeting, self._dialect)
        return greeting.welcome

    async def _load_greeting(self, hello: Hello, actor: Actor) -> Greeting:
        try:
            if self._identity.sender is not None:  # maybe another name, right after leaving a room
                await self._with.members.wait_for_departures()
            # The meter has charged it as whom the connection goes by, if that is known.
            charged = None if self._identity.sender is None else self._identity.actor.participant
            asked = Asked(hello, actor, network_of(self._address), charged)
            greeting = await self._with.loaders.greetings.load(asked)
        except ChatError:
            self._meter.note("name", actor)
            raise
        await self._with.recipients.expect_participant(greeting.participant)
        return greeting

    async def _sign_in(self, command: commands.SignIn) -> None:
        """Become the owner of an account, and stay in the room at home if this connection is there."""
        greeting = await run_in_own_thread(
            greetings.greet_account, command.name, command.password, self._address
        )
        await self._with.recipients.expect_participant(greeting.participant)
        self._slots.take_for_participant(greeting.participant)
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
        greeting = await self._load_greeting(
            Hello(command.name, returns=False), replace(permissions.ANONYMOUS, address=self._address)
        )
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
        there = memberships.by_room.get(command.room)
        if there is not None and there.pass_.pair is None:
            raise ChatError(DUPLICATE_USERNAME, field="room", detail="you are already in this room")
        memberships.check_room_for_one_more(self._with.budgets.table.max_count("rooms_per_socket"))
        asked = command.room, command.token, self._identity.actor
        pass_ = await self._with.loaders.admissions.load(asked)
        self._outbox.cork()  # what happens in the room is heard after the answer
        try:
            self._send_answer(command, await memberships.join_room(command, pass_))
        finally:
            self._outbox.uncork()

    # Messages and other changes of the log

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

    async def _admit_and_post(self, command: Posting, membership: Membership | None) -> None:
        """Post where a name or the right to be in the room is asked for first.

        In a closed room without a token, that right may be gone before this process knows. Where the address
        names the room, a first message joins silently.
        """
        if membership is not None and membership.sender is not None:
            membership = await self._memberships.require_membership(membership.room)
        elif membership is not None and isinstance(command, commands.Send):
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
        sender = home.make_sender(command.label, "", None)  # a token speaks under its own name alone
        home.label = sender.name
        self._submit_draft(home, commands.Send(command.text), command, sender=sender)
        return None

    def _submit_draft(
        self,
        membership: Membership,
        posting: Posting,
        command: Command,
        *,
        sender: Sender | None = None,
        to: Conversation | None = None,
    ) -> None:
        """Hand a draft to the log, by default as the member; the answer follows its commit."""
        if sender is None:
            if isinstance(posting, commands.Send) and posting.name is not None:
                membership.check_name(posting.name)
            if (sender := membership.sender) is None:
                raise not_in_the_room()
        now, reply = datetime.now(UTC), partial(self._answer_draft, membership, command, to)
        head = DraftHead(room=membership.room, at=now, actor=membership.pass_.actor, reply=reply)
        kind = kinds.BY_COMMAND[type(posting)]
        if sender.participant is None and not kind.open_to_all:
            raise ChatError(CLIENT_UNAUTHORIZED, detail="anonymous clients cannot change messages")
        self._with.activity[membership.member] = now
        draft = kind.from_command(posting, sender, head)
        if isinstance(draft, MessageDraft) and sender.participant is None:
            draft.token_line = membership.find_token_to_note(sender.name)
        self._with.log.submit(draft, self)
        membership.unanswered += 1
        self._unanswered += 1

    def _answer_draft(
        self, membership: Membership, command: Command, to: Conversation | None, outcome: Outcome
    ) -> None:
        seq = None if outcome.event is None else outcome.event.seq
        if isinstance(outcome.event, events.Message):
            membership.note_use(outcome.event.sender)
        if outcome.error is not None:
            self._send_refusal(command, outcome.error)
        elif to is not None:
            self._send_answer(command, answers.Opened(membership.room, to.other, seq or 0, to.away))
        else:
            self._send_answer(command, answers.Stored(seq))
        membership.unanswered -= 1
        self._unanswered -= 1
        if membership.departure is not None:
            membership.depart_if_answered(self._with.members.remove_member)
        waiting = self._all_answered
        if not self._unanswered and waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def _open_conversation(self, command: commands.Direct) -> None:
        if command.text is not None and self._unanswered >= MOST_UNANSWERED:
            await self._until_answered()
        participant = self._identity.require_recipient().participant
        conversation = await run_in_thread(direct.open_with, participant, command.to)
        membership = await self._memberships.require_membership(conversation.room)
        if command.text is None:
            opened = answers.Opened(membership.room, conversation.other, conversation.seq)
            self._send_answer(command, opened)
            return
        message = commands.Send(text=command.text, room=membership.room, nonce=command.nonce, id=command.id)
        self._submit_draft(membership, message, command, to=conversation)

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
                await self._check_may_type(membership.room, sender)
            except ChatError as error:
                membership.typing_refusal = error
        if membership.typing_refusal is not None:
            raise membership.typing_refusal.with_traceback(None)
        if membership.sender is sender and shown:
            self._typed = now
            event = events.Typing(membership.room, datetime.now(UTC), sender)
            self._with.router.publish_events(membership.room, [event], membership.pass_.pair)

    async def _check_may_type(self, room: int, sender: Sender) -> None:
        """Raise 106, 107, 109 for a sender who may not post, as all connections here know the room."""
        while True:
            seq = await self._with.loaders.typing_checks.load((room, sender, self._identity.actor))
            if self._rules_changed(room) <= seq:  # else there was a mute meanwhile
                return

    def _rules_changed(self, room: int) -> int:
        """The seq at which it last changed who may send messages, as far as known here; else 0."""
        live = self._with.hub.rooms.get(room)
        return 0 if live is None else live.ruled

    # Answers

    async def _guard_work(self, command: Command, work: Coroutine[Any, Any, None]) -> None:
        """Await a command's work; any error becomes its answer."""
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
