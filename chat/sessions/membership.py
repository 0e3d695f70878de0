"""The memberships of one connection: in which rooms it is, by what right, under which name."""

import asyncio
import math
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

import msgspec

from chat import events, validation
from chat.answers import Entered
from chat.commands import Join, Leave
from chat.delivery.hub import Subscription
from chat.delivery.outbox import Outbox
from chat.dialects.base import Dialect
from chat.errors import (
    CLIENT_UNAUTHORIZED,
    CLOSE_TOKEN_EXPIRED,
    CURSOR_EXPIRED,
    DUPLICATE_USERNAME,
    INTERNAL,
    INVALID_FIELD,
    ROOM_NOT_FOUND,
    TOO_MANY_ROOMS,
    USER_NOT_FOUND,
    ChatError,
    CloseReason,
    ErrorKind,
)
from chat.events import Event, Expiring, Removed, Sender
from chat.log import recovery
from chat.log.bans import Client
from chat.log.threads import run_in_thread
from chat.log.used_names import NOTED_SECONDS
from chat.permissions import Actor
from chat.presence.moves import Arrival, Departure
from chat.services.access import Pass
from chat.services.entrances import Entering
from chat.sessions.collaborators import Collaborators
from chat.sessions.identity import Identity

NOTICE_SECONDS: Final = 60.0  # before a token expires; or half of what is left, if that is less


@dataclass(slots=True, eq=False)
class Membership:
    """The stay of one connection in one room. `sender` is None until it has joined under a name.

    `member`: what names it in `chat.presence`; another one after each departure. `unanswered`: how much was
    sent from here and is not yet committed. A departure waits for it, or else the room would hear of the
    departure first. `over`: why the room ended for it. `typing_checked`: when, and as of which seq of the
    room, it was last asked whether it may show that it is typing; `typing_refusal`: how that was refused.
    `expiry`: what is done next as its room token runs out. `label`: the last one that it posted under.
    `used`: the last name without an identity that the log took a message under, by which token, and when.
    `joined`: the room is the participant's, until they leave it on whichever connection.
    """

    pass_: Pass
    subscription: Subscription
    sender: Sender | None = None
    member: uuid.UUID = field(default_factory=uuid.uuid4)
    unanswered: int = 0
    departure: Departure | None = None
    departed: asyncio.Event | None = None
    over: ErrorKind | None = None
    typing_checked: tuple[float, int] = (-math.inf, 0)
    typing_refusal: ChatError | None = None
    expiry: asyncio.TimerHandle | None = None
    label: str = ""
    used: tuple[str, str, float] = ("", "", -math.inf)
    joined: bool = False
    room: int = field(init=False)

    def __post_init__(self) -> None:
        self.room = self.pass_.room

    @property
    def expires_in(self) -> float | None:
        """Seconds until the room token expires by which it is here; None without one."""
        until = self.pass_.until
        return None if until is None else max(0.0, until - time.time())

    @property
    def client(self) -> Client:
        """Who this is, as bans see it."""
        sender, actor = self.sender, self.pass_.actor
        names = (sender.name if sender else "", self.pass_.username or "", self.label)
        participants = (actor.participant, sender.participant if sender else None)
        return Client(participants, tuple(filter(None, names)), actor.address, self.pass_.token)

    @property
    def runs_room(self) -> bool:
        """Whether it moderates the room: as of when it came in, and until the right is lost."""
        return self.pass_.info.moderator

    def find_token_to_note(self, name: str) -> str | None:
        """The line of its room token, "" without one, if the log has to note where the name comes from."""
        line = self.pass_.token
        *used, at = self.used
        return None if used == [name, line] and time.monotonic() - at < NOTED_SECONDS else line

    def note_use(self, who: Sender) -> None:
        """A message under this name is in the log, and with it where the name comes from."""
        if who.participant is None and self.find_token_to_note(who.name) is not None:
            self.used = who.name, self.pass_.token, time.monotonic()

    def stop_running(self) -> None:
        """It does not moderate the room any more."""
        info = msgspec.structs.replace(self.pass_.info, moderator=False, owner=False)
        self.pass_ = replace(self.pass_, info=info)

    def stop_expiry(self) -> None:
        """No token is waited for any more."""
        if self.expiry is not None:
            self.expiry.cancel()
            self.expiry = None

    def make_sender(self, name: str, color: str, participant: int | None) -> Sender:
        """The sender that it joins as: with the name of its room token, if it has one. Raises 204."""
        fixed = self.pass_.username
        if fixed is not None and validation.name_key(name) != validation.name_key(fixed):
            raise ChatError(CLIENT_UNAUTHORIZED, field="name", detail="the token was issued for another name")
        return Sender(fixed or name, color, participant)

    def check_name(self, name: str | None) -> None:
        """Raise 204 for another name than the one that it joined with."""
        if self.sender is None or name is None or name == self.sender.name:
            return
        if validation.name_key(name) != validation.name_key(self.sender.name):
            raise ChatError(CLIENT_UNAUTHORIZED, field="name", detail="you joined under another name")

    def start_departure(self, submit: Callable[[Departure], None]) -> None:
        """Leave the room, after all that was sent from here."""
        if self.sender is None:
            return
        departure = Departure(self.member, self.room, self.sender, datetime.now(UTC))
        self.sender, self.member = None, uuid.uuid4()
        if self.pass_.pair is not None:
            return  # who looks at a direct conversation is not announced
        if self.unanswered:
            self.departure, self.departed = departure, asyncio.Event()
        else:
            submit(departure)

    def depart_if_answered(self, submit: Callable[[Departure], None]) -> None:
        """Go at last, if all that was sent from here has been committed, or refused."""
        if not self.unanswered and self.departure is not None:
            departure, self.departure = self.departure, None
            submit(departure)
            if self.departed is not None:
                self.departed.set()

    async def wait_for_departure(self) -> None:
        """Wait until the last departure from here is submitted: a new arrival comes after it."""
        if self.departure is not None and self.departed is not None:
            await self.departed.wait()


class Memberships:
    """Where one connection is.

    `by_room`: its memberships by the room that a command names; a command of a connection whose address names
    a room (`home`) names none. `send_event` sends an event to this connection alone; `end_connection` ends
    it.
    """

    def __init__(
        self,
        collaborators: Collaborators,
        outbox: Outbox,
        dialect: Dialect,
        identity: Identity,
        send_event: Callable[[Event], None],
        end_connection: Callable[[CloseReason], None],
    ) -> None:
        self._with = collaborators
        self._outbox = outbox
        self.dialect = dialect
        self._identity = identity
        self._send_event = send_event
        self._end_connection = end_connection
        self.by_room: dict[int | None, Membership] = {}

    @property
    def home(self) -> Membership | None:
        """The membership in the room that the address names."""
        return self.by_room.get(None)

    def _all(self) -> list[Membership]:
        return [membership for room, membership in self.by_room.items() if room is not None]

    def check_room_for_one_more(self, most: int) -> None:
        """Raise 912 if it is in `most` rooms; 0: any number."""
        if most and len(self._all()) >= most:
            detail = f"one connection can be in {most} rooms; leave one first"
            raise ChatError(TOO_MANY_ROOMS, field="room", detail=detail)

    def list_rooms_by_token(self) -> list[int]:
        """The rooms that a token let it into and that have not ended for it."""
        return [one.room for one in self._all() if one.pass_.by_token and one.over is None]

    def is_in_a_room(self) -> bool:
        """Whether it is in a room under its name."""
        return any(one.sender is not None and one.pass_.pair is None for one in self._all())

    def without_token(self) -> list[Membership]:
        """The memberships in rooms that no token gave: in a closed room they depend on the actor's rights."""
        return [one for one in self._all() if one.pass_.pair is None and not one.pass_.by_token]

    # Coming in

    async def enter_home(self, pass_: Pass, replay: int) -> None:
        """Begin to hear the room that the address names. Where the server gives the names, join it as well,
        and get the last `replay` messages.
        """
        home = self.by_room[None] = self.by_room[pass_.room] = self._make_membership(pass_)
        home.subscription.end = self.end_home
        self._watch_token(home)
        if self.dialect.named:
            await self._join_under_new_name(home, replay)
        else:
            await self._with.subscriptions.subscribe(home.subscription, None)

    async def join_room(self, command: Join, pass_: Pass) -> Entered:
        """Join a room under the name known from hello, with the history that is asked for.

        Raises 913 for a `since` that this history of the room does not have.
        """
        recipient = self._identity.require_recipient()
        if command.since is not None and command.epoch and command.epoch != self._identity.epoch:
            raise refuse_cursor("epoch")
        membership = self._make_membership(pass_)
        membership.subscription.end = partial(self._end_stay, membership)
        if pass_.pair is None:
            await self.join_under_name(membership, None, "", silent=False)
        else:
            self._hear_conversation(membership, None)
        with ExitStack() as undo:
            undo.callback(self.end_membership, membership)
            page = None
            if command.last is not None:
                page = await run_in_thread(
                    recovery.read_history, pass_.room, before=None, after=None, limit=command.last
                )
                await self._with.subscriptions.feed.come_up(pass_.room, page.seq)
            seq = await self._subscribe_since(membership, command.since if page is None else page.seq)
            if command.since is not None and command.since > seq:
                await _check_reached(pass_.room, command.since)
            if page is not None:
                seq = page.seq
            # Who comes back has joined before; a token lets in for as long as it is valid, and no longer.
            joins = pass_.pair is None and not pass_.by_token and command.since is None
            entering = Entering(recipient.participant, pass_.room, seq, joins)
            found = await self._with.loaders.entrances.load(entering)
            if membership.over is not None:
                raise ChatError(membership.over)
            self._watch_token(membership)
            undo.pop_all()
        membership.joined = found.joined and not pass_.by_token
        self.by_room[pass_.room] = membership
        if found.news:
            change = events.JoinedRoomChanged(pass_.room, datetime.now(UTC), on=True)
            self._with.router.tell_other_connections(recipient, change)
        messages = None if page is None else page.messages
        known = found.members, found.people, *found.reading
        return Entered(seq, pass_.info, *known, messages, membership.expires_in)

    async def join_under_name(
        self, membership: Membership, name: str | None, color: str, *, silent: bool
    ) -> None:
        """Join the room of a membership under a name. Raises 202, 204."""
        sender = self._make_sender(membership, name, color)
        if membership.sender is not None:
            membership.check_name(name)
            raise ChatError(DUPLICATE_USERNAME, field="name", detail="you are already in this room")
        if membership.pass_.bans:
            await self._check_not_banned(membership, sender)
        await membership.wait_for_departure()
        move = self._build_arrival(membership, sender, silent=silent, token=membership.pass_.token)
        moved = await self._with.members.add_member(move)
        if moved.error is not None:
            raise moved.error
        membership.sender = self._identity.known_as = sender
        if membership is self.home and not (moved.news or silent):
            # The room knows of the name by another connection. This client still waits for its own event.
            self._send_event(events.Joined(membership.room, move.at, sender))

    async def _check_not_banned(self, membership: Membership, sender: Sender) -> None:
        """Raise 920, 921 for those who may not come in under this name."""
        known = membership.client
        client = replace(
            known,
            participants=(*known.participants, sender.participant),
            names=(*known.names, sender.name),
        )
        actor = membership.pass_.actor
        await self._with.loaders.entry_checks.load((membership.room, client, actor))

    async def require_membership(self, room: int) -> Membership:
        """The membership in a room, or in a direct conversation, where it begins when it is needed.

        Raises 101.
        """
        membership = self.by_room.get(room)
        if membership is not None and membership.sender is not None:
            if membership.pass_.by_right:
                await self._with.loaders.admissions.load((room, "", membership.pass_.actor))
            return membership
        if self._identity.recipient is None:
            raise not_in_the_room()
        try:
            pass_ = await self._with.loaders.admissions.load((room, "", self._identity.actor))
        except ChatError:
            raise not_in_the_room() from None
        if pass_.pair is None:
            raise not_in_the_room()
        membership = self.by_room[room] = self._make_membership(pass_)
        self._hear_conversation(membership, None)
        return membership

    async def renew_token(self, membership: Membership, token: str) -> float | None:
        """Stay by another token for the same name. Returns the seconds until it expires, if it does.

        Raises 101, 204, 401, 402, 403.
        """
        asked = membership.room, token, self._identity.actor
        pass_ = await self._with.loaders.admissions.load(asked)
        membership.check_name(pass_.username)
        if membership.over is not None:
            raise ChatError(membership.over)
        membership.pass_ = pass_
        self._watch_token(membership)
        return membership.expires_in

    async def readmit_home(self, actor: Actor) -> None:
        """Take on the rights of another actor in the room that the address names."""
        if (home := self.home) is not None:
            home.pass_ = replace(home.pass_, actor=actor)
            with suppress(ChatError):
                home.pass_ = await self._with.loaders.admissions.load((home.room, "", actor))
            self._watch_token(home)

    async def _join_under_new_name(self, membership: Membership, replay: int) -> None:
        """Join under a name of the server, of which the connection hears before anything else."""
        sender = Sender(str(uuid.uuid4()))
        move = self._build_arrival(membership, sender, token=membership.pass_.token)
        self._outbox.cork()
        try:
            moved = await self._with.members.add_member(move, membership.subscription)
            if moved.error is not None:
                raise moved.error
            membership.sender = self._identity.known_as = sender
            self._send_event(events.Joined(membership.room, move.at, sender))
            if replay:
                for message in await run_in_thread(recovery.latest_messages, membership.room, replay):
                    if message.seq <= membership.subscription.seq:  # what is newer comes live
                        self._send_event(message)
        finally:
            self._outbox.uncork()

    def _build_arrival(
        self, membership: Membership, sender: Sender, *, silent: bool = False, token: str = ""
    ) -> Arrival:
        now, protocol = datetime.now(UTC), self.dialect.name
        return Arrival(
            membership.member,
            membership.room,
            sender,
            protocol,
            now,
            silent,
            token,
            membership.pass_.actor.address,
        )

    def _make_sender(self, membership: Membership, name: str | None, color: str) -> Sender:
        if name is not None:
            return membership.make_sender(name, color, self._identity.actor.participant)
        if (sender := self._identity.sender) is None:
            raise ChatError(INVALID_FIELD, field="name", detail="give a name first")
        return membership.make_sender(sender.name, sender.color, sender.participant)

    def _make_membership(self, pass_: Pass) -> Membership:
        subscription = Subscription(pass_.room, self._outbox, self.dialect, pass_.generation)
        membership = Membership(pass_, subscription)
        subscription.stay = membership
        return membership

    async def _subscribe_since(self, membership: Membership, since: int | None) -> int:
        if membership.pass_.pair is None:
            return await self._with.subscriptions.subscribe(membership.subscription, since)
        return self._hear_conversation(membership, since)

    def _hear_conversation(self, membership: Membership, since: int | None) -> int:
        if (pair := membership.pass_.pair) is None:
            raise ValueError("this room is no direct conversation")
        recipient = self._identity.require_recipient()
        heard = self._with.recipients.subscribe(recipient, membership.room, pair, since)
        membership.subscription, seq = heard
        membership.sender = self._identity.sender
        return seq

    # Going

    def leave_by_command(self, command: Leave) -> None:
        """Leave a room. Raises 101, 201, 204."""
        membership = self.by_room.get(command.room)
        if membership is None:
            raise not_in_the_room()
        if membership.sender is None:
            raise ChatError(
                USER_NOT_FOUND, field="name", detail="no member with this name joined over this connection"
            )
        membership.check_name(command.name)
        if membership is self.home:
            membership.start_departure(self._with.members.remove_member)
        else:
            self.end_membership(membership)

    def end_membership(self, membership: Membership) -> None:
        """Leave the room of a membership, and hear it no more."""
        membership.stop_expiry()
        membership.start_departure(self._with.members.remove_member)
        if membership.pass_.pair is None:  # direct conversations are heard without a membership, too
            self._with.hub.remove_subscription(membership.subscription)
        if self.by_room.get(membership.room) is membership:
            del self.by_room[membership.room]

    def leave_all(self) -> None:
        """Leave all rooms, since the identity changes; the room at home is still heard."""
        for membership in self._all():
            if membership is self.home:
                membership.start_departure(self._with.members.remove_member)
            else:
                self.end_membership(membership)

    def end_all(self) -> None:
        """Leave all rooms, and hear none."""
        self.leave_all()
        if (home := self.by_room.pop(None, None)) is not None:
            self.end_membership(home)

    def _watch_token(self, membership: Membership) -> None:
        """Have the stay end with the token that gave it, and the client told before."""
        membership.stop_expiry()
        left = membership.expires_in
        if left is None:
            return
        notice = left - min(NOTICE_SECONDS, left / 2)
        membership.expiry = asyncio.get_running_loop().call_later(notice, self._tell_expiry, membership)

    def _tell_expiry(self, membership: Membership) -> None:
        left = membership.expires_in or 0.0
        self._send_event(Expiring(membership.room, datetime.now(UTC), round(left, 3)))

        def expire() -> None:
            self._with.tasks.start_task(self._expire_token(membership))

        membership.expiry = asyncio.get_running_loop().call_later(left, expire)

    async def _expire_token(self, membership: Membership) -> None:
        """End the stay, unless it needs no token any more: the room may be public by now."""
        pass_ = membership.pass_
        try:
            freed = await self._with.loaders.admissions.load((membership.room, "", self._identity.actor))
        except ChatError:
            if membership.pass_ is pass_ and self.by_room.get(membership.room) is membership:
                self.expel(membership, CLOSE_TOKEN_EXPIRED)
            return
        if membership.pass_ is pass_:
            membership.pass_ = freed

    def expel(self, membership: Membership, reason: CloseReason) -> None:
        """End a stay; if the address names its room, the connection."""
        if membership is self.home:
            self.end_home(reason)
        else:
            membership.subscription.end(reason)

    def end_home(self, reason: CloseReason) -> None:
        """The room that the address names is over for this connection, which ends."""
        if reason.told and reason.kind is not None:
            payload = self.dialect.refuse(ChatError(reason.kind, detail=reason.told), None)
            if payload is not None:
                self._outbox.send_frame(payload)
        self._end_connection(reason)

    def stays(self) -> list[Membership]:
        """The memberships in rooms, without those in direct conversations."""
        return [one for one in self._all() if one.pass_.pair is None]

    def _end_stay(self, membership: Membership, reason: CloseReason) -> None:
        """The room is over for this connection, which goes on without it."""
        membership.over = reason.kind or INTERNAL
        if self.by_room.get(membership.room) is membership:
            self.end_membership(membership)
            over = membership.over
            self._send_event(Removed(membership.room, datetime.now(UTC), over.code, over.text))


async def _check_reached(room: int, since: int) -> None:
    """Raise 913 unless the room's log has come as far: this process may be a little late."""
    reached = await run_in_thread(recovery.last_seqs, [room])
    if since > reached.get(room, 0):
        raise refuse_cursor("since")


def refuse_cursor(field: str) -> ChatError:
    """The error for a position in a log that is another one now."""
    detail = "the server's history has changed: load the room anew, with `last`"
    return ChatError(CURSOR_EXPIRED, field=field, detail=detail)


def not_in_the_room() -> ChatError:
    """The error for what can be done from within a room alone."""
    return ChatError(ROOM_NOT_FOUND, field="room", detail="join the room first")
