"""A connection's places in rooms: what may be done from one, and the order in which one is left."""

import asyncio
import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chat import validation
from chat.attendance import Exit
from chat.commands import Edit, Erase, Mute, Pin, Posting, React, Send
from chat.delivery.audience import Member
from chat.errors import CLIENT_UNAUTHORIZED, ChatError, ErrorKind
from chat.events import Sender
from chat.log import drafts
from chat.log.drafts import Draft, Reply
from chat.permissions import Actor
from chat.services.access import Pass


@dataclass(slots=True, eq=False)
class Seat:
    """One place in one room. `who` is None until it has joined under a name.

    `unanswered`: what was said from here and is not yet committed. A farewell waits for it, or else
    the room would hear of the leaving first. `over`: why the room ended for it. `wrote`: when, and as of
    which rules of the room, it was last asked whether it may show that it is writing; `may_not_write`: how
    that was refused.
    """

    pass_: Pass
    member: Member
    who: Sender | None = None
    presence: uuid.UUID = field(default_factory=uuid.uuid4)
    unanswered: int = 0
    farewell: Exit | None = None
    farewell_said: asyncio.Event | None = None
    over: ErrorKind | None = None
    wrote: tuple[float, int] = (-math.inf, 0)
    may_not_write: ChatError | None = None

    @property
    def room(self) -> int:
        return self.member.room

    def identity(self, name: str, color: str, participant: int | None) -> Sender:
        """Who a connection is here: bound by its token, else as it says. Raises 204."""
        fixed = self.pass_.username
        if fixed is not None and validation.name_key(name) != validation.name_key(fixed):
            raise ChatError(CLIENT_UNAUTHORIZED, field="name", detail="the token was issued for another name")
        return Sender(fixed or name, color, participant)

    def check_name(self, name: str | None) -> None:
        """Raise 204 for another name than the one joined with."""
        if self.who is None or name is None or name == self.who.name:
            return
        if validation.name_key(name) != validation.name_key(self.who.name):
            raise ChatError(CLIENT_UNAUTHORIZED, field="name", detail="you joined under another name")

    def leave(self, submit: Callable[[Exit], None]) -> None:
        """Say goodbye, behind all that was said."""
        if self.who is None:
            return
        farewell = Exit(self.presence, self.room, self.who, datetime.now(UTC))
        self.who, self.presence = None, uuid.uuid4()
        if self.pass_.pair is not None:
            return  # nobody is told who looks at a conversation of two
        if self.unanswered:
            self.farewell, self.farewell_said = farewell, asyncio.Event()
        else:
            submit(farewell)

    def answered(self, submit: Callable[[Exit], None]) -> None:
        """Something that was said from here has been committed, or refused."""
        self.unanswered -= 1
        if not self.unanswered and self.farewell is not None:
            farewell, self.farewell = self.farewell, None
            submit(farewell)
            if self.farewell_said is not None:
                self.farewell_said.set()

    async def gone(self) -> None:
        """Wait until the last farewell from here is on its way: who comes again comes behind it."""
        if self.farewell is not None and self.farewell_said is not None:
            await self.farewell_said.wait()


def draft(command: Posting, seat: Seat, who: Sender, reply: Reply) -> Draft:
    """What a command asks the log for. Raises 204 for whoever has no identity where one is needed."""
    room, at, actor = seat.room, datetime.now(UTC), seat.pass_.actor
    if isinstance(command, Send):
        if command.color and command.color != who.color:
            who = Sender(who.name, command.color, who.participant)
        return drafts.Say(
            room=room,
            at=at,
            sender=who,
            text=command.text,
            nonce=command.nonce,
            reply_to=command.reply_to,
            actor=actor,
            reply=reply,
        )
    if who.participant is None:
        raise ChatError(CLIENT_UNAUTHORIZED, detail="only those with an identity may change messages")
    return _change(command, room, at, who, actor, reply)


def _change(
    command: Edit | Erase | React | Pin | Mute,
    room: int,
    at: datetime,
    who: Sender,
    actor: Actor,
    reply: Reply,
) -> Draft:
    """The draft of a command that needs an identity."""
    if isinstance(command, Mute):
        until = None if command.seconds is None else at + timedelta(seconds=command.seconds)
        return drafts.Mute(
            room=room, at=at, name=command.name, until=until, on=command.on, actor=actor, reply=reply
        )
    target = command.target
    if isinstance(command, Edit):
        return drafts.Rewrite(
            room=room, at=at, target=target, text=command.text, sender=who, actor=actor, reply=reply
        )
    if isinstance(command, Erase):
        return drafts.Erase(room=room, at=at, target=target, by=who.participant, actor=actor, reply=reply)
    if isinstance(command, Pin):
        return drafts.Pin(
            room=room, at=at, target=target, sender=who, on=command.on, actor=actor, reply=reply
        )
    return drafts.React(
        room=room,
        at=at,
        target=target,
        sender=who,
        emoji=command.emoji,
        on=command.on,
        actor=actor,
        reply=reply,
    )
