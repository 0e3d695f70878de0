"""The memberships of one connection: in which rooms it is, by what right, under which name."""

import asyncio
import math
import uuid
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from chat import events, validation
from chat.answers import MOST_MEMBERS, Entered
from chat.commands import Join, Leave
from chat.delivery.audience import Subscription
from chat.delivery.outbox import Outbox
from chat.dialects.base import Dialect
from chat.errors import (
    CLIENT_UNAUTHORIZED,
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
from chat.events import Event, Removed, Sender
from chat.log import recovery
from chat.log.reader import read_from_log
from chat.permissions import Actor
from chat.presence import Arrival, Departure
from chat.services.access import Pass
from chat.sessions.collaborators import Collaborators
from chat.sessions.identity import Identity


@dataclass(slots=True, eq=False)
class Membership:
    """The stay of one connection in one room. `sender` is None until it has joined under a name.

    `unanswered`: how much was sent from here and is not yet committed. A departure waits for it, or else the
    room would hear of the departure first. `over`: why the room ended for it. `typing_checked`: when, and as
    of which seq of the room, it was last asked whether it may show that it is typing; `typing_refusal`: how
    that was refused.
    """

    pass_: Pass
    subscription: Subscription
    sender: Sender | None = None
    presence: uuid.UUID = field(default_factory=uuid.uuid4)
    unanswered: int = 0
    departure: Departure | None = None
    departed: asyncio.Event | None = None
    over: ErrorKind | None = None
    typing_checked: tuple[float, int] = (-math.inf, 0)
    typing_refusal: ChatError | None = None

    @property
    def room(self) -> int:
        return self.subscription.room

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

    def leave_presence(self, submit: Callable[[Departure], None]) -> None:
        """Leave the room, after all that was sent from here."""
        if self.sender is None:
            return
        departure = Departure(self.presence, self.room, self.sender, datetime.now(UTC))
        self.sender, self.presence = None, uuid.uuid4()
        if self.pass_.pair is not None:
            return  # who looks at a direct conversation is not announced
        if self.unanswered:
            self.departure, self.departed = departure, asyncio.Event()
        else:
            submit(departure)

    def note_answered(self, submit: Callable[[Departure], None]) -> None:
        """A draft that was sent from here has been committed, or refused."""
        self.unanswered -= 1
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
    """Where one connection is. `home`: the membership in the room that its address names.

    `send_event` sends an event to this connection alone.
    """

    def __init__(
        self,
        collaborators: Collaborators,
        outbox: Outbox,
        dialect: Dialect,
        identity: Identity,
        send_event: Callable[[Event], None],
    ) -> None:
        self._with = collaborators
        self._outbox = outbox
        self.dialect = dialect
        self._identity = identity
        self._send_event = send_event
        self._by_room: dict[int, Membership] = {}
        self.home: Membership | None = None

    def get(self, room: int | None) -> Membership | None:
        """The membership in a room, if there is one; for None the one at home."""
        return self.home if room is None else self._by_room.get(room)

    def check_room_for_one_more(self, most: int) -> None:
        """Raise 912 if it is in `most` rooms; 0: any number."""
        if most and len(self._by_room) >= most:
            detail = f"one connection can be in {most} rooms; leave one first"
            raise ChatError(TOO_MANY_ROOMS, field="room", detail=detail)

    def is_in_a_room(self) -> bool:
        """Whether it is in a room under its name."""
        return any(one.sender is not None and one.pass_.pair is None for one in self._by_room.values())

    def without_token(self) -> list[Membership]:
        """The memberships in rooms that no token gave: in a closed room they depend on the actor's rights."""
        return [one for one in self._by_room.values() if one.pass_.pair is None and not one.pass_.by_token]

    # Coming in

    async def enter_home(self, pass_: Pass, replay: int) -> None:
        """Begin to hear the room that the address names. Where the server gives the names, join it as well,
        and get the last `replay` messages.
        """
        self.home = self._by_room[pass_.room] = self._make_membership(pass_)
        if self.dialect.named:
            await self._join_under_new_name(self.home, replay)
        else:
            await self._with.subscriptions.subscribe(self.home.subscription, None)

    async def join_room(self, command: Join, pass_: Pass) -> Entered:
        """Join a room under the name known from hello, with the history that is asked for."""
        recipient = self._identity.require_recipient()
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
                page = await read_from_log(
                    recovery.read_history, pass_.room, before=None, after=None, limit=command.last
                )
                await self._with.subscriptions.feed.come_up(pass_.room, page.seq)
            seq = await self._subscribe_since(membership, command.since if page is None else page.seq)
            if page is not None:
                seq = page.seq
            members = await self._with.loaders.members.load(pass_.room)
            reading = await self._with.loaders.read_markers.load((recipient.participant, pass_.room, seq))
            if membership.over is not None:
                raise ChatError(membership.over)
            undo.pop_all()
        self._by_room[pass_.room] = membership
        messages = None if page is None else page.messages
        return Entered(seq, pass_.info, members[:MOST_MEMBERS], len(members), *reading, messages)

    async def join_under_name(
        self, membership: Membership, name: str | None, color: str, *, silent: bool
    ) -> None:
        """Join the room of a membership under a name. Raises 202, 204."""
        sender = self._make_sender(membership, name, color)
        if membership.sender is not None:
            membership.check_name(name)
            raise ChatError(DUPLICATE_USERNAME, field="name", detail="you are already in this room")
        await membership.wait_for_departure()
        move = self._build_arrival(membership, sender, silent=silent, token=membership.pass_.token)
        moved = await self._with.presence.add_member(move)
        if moved.error is not None:
            raise moved.error
        membership.sender = sender
        if membership is self.home and not (moved.news or silent):
            # The room knows of the name by another connection. This client still waits for its own event.
            self._send_event(events.Joined(membership.room, move.at, sender))

    async def require_membership(self, room: int) -> Membership:
        """The membership in a room, or in a direct conversation, where it begins when it is needed.

        Raises 101.
        """
        membership = self._by_room.get(room)
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
        membership = self._by_room[room] = self._make_membership(pass_)
        self._hear_conversation(membership, None)
        return membership

    async def readmit_home(self, actor: Actor) -> None:
        """Take on the rights of another actor in the room that the address names."""
        if self.home is not None:
            self.home.pass_ = replace(self.home.pass_, actor=actor)
            with suppress(ChatError):
                self.home.pass_ = await self._with.loaders.admissions.load((self.home.room, "", actor))

    async def _join_under_new_name(self, membership: Membership, replay: int) -> None:
        """Join under a name of the server, of which the connection hears before anything else."""
        sender = Sender(str(uuid.uuid4()))
        move = self._build_arrival(membership, sender)
        self._outbox.cork()
        try:
            moved = await self._with.presence.add_member(move, membership.subscription)
            if moved.error is not None:
                raise moved.error
            membership.sender = sender
            self._send_event(events.Joined(membership.room, move.at, sender))
            if replay:
                for message in await read_from_log(recovery.latest_messages, membership.room, replay):
                    if message.seq <= membership.subscription.seq:  # what is newer comes live
                        self._send_event(message)
        finally:
            self._outbox.uncork()

    def _build_arrival(
        self, membership: Membership, sender: Sender, *, silent: bool = False, token: str = ""
    ) -> Arrival:
        now, protocol = datetime.now(UTC), self.dialect.name
        return Arrival(membership.presence, membership.room, sender, protocol, now, silent, token)

    def _make_sender(self, membership: Membership, name: str | None, color: str) -> Sender:
        if name is not None:
            return membership.make_sender(name, color, self._identity.actor.participant)
        if (sender := self._identity.sender) is None:
            raise ChatError(INVALID_FIELD, field="name", detail="give a name first")
        return membership.make_sender(sender.name, sender.color, sender.participant)

    def _make_membership(self, pass_: Pass) -> Membership:
        return Membership(pass_, Subscription(pass_.room, self._outbox, self.dialect, pass_.generation))

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

    def leave_room(self, command: Leave) -> None:
        """Leave a room. Raises 101, 201, 204."""
        membership = self.get(command.room)
        if membership is None:
            raise not_in_the_room()
        if membership.sender is None:
            raise ChatError(
                USER_NOT_FOUND, field="name", detail="no member with this name joined over this connection"
            )
        membership.check_name(command.name)
        if membership is self.home:
            membership.leave_presence(self._with.presence.remove_member)
        else:
            self.end_membership(membership)

    def end_membership(self, membership: Membership) -> None:
        """Leave the room of a membership, and hear it no more."""
        membership.leave_presence(self._with.presence.remove_member)
        if membership.pass_.pair is None:  # direct conversations are heard without a membership, too
            self._with.hub.remove_subscription(membership.subscription)
        if self._by_room.get(membership.room) is membership:
            del self._by_room[membership.room]

    def leave_all(self) -> None:
        """Leave all rooms, since the identity changes; the room at home is still heard."""
        for membership in list(self._by_room.values()):
            if membership is self.home:
                membership.leave_presence(self._with.presence.remove_member)
            else:
                self.end_membership(membership)

    def end_all(self) -> None:
        """Leave all rooms, and hear none."""
        self.leave_all()
        if self.home is not None:
            self.end_membership(self.home)
            self.home = None

    def _end_stay(self, membership: Membership, reason: CloseReason) -> None:
        """The room is over for this connection, which goes on without it."""
        membership.over = reason.kind or INTERNAL
        if self._by_room.get(membership.room) is membership:
            self.end_membership(membership)
            over = membership.over
            self._send_event(Removed(membership.room, datetime.now(UTC), over.code, over.text))


def not_in_the_room() -> ChatError:
    """The error for what can be done from within a room alone."""
    return ChatError(ROOM_NOT_FOUND, field="room", detail="join the room first")
