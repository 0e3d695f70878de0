"""Ends what is no longer allowed: connections of a sign-in that is over, memberships by a right that is lost.

The database says what is so. It is asked about a participant as soon as this process hears that something was
taken from them; about a room that has changed; and about all who are here, in turn, as the bus may lose what
it is told, and nothing tells of what is done past the models.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from chat.errors import CLOSE_NOT_ALLOWED, CLOSE_SIGNED_OUT, ChatError
from chat.log.reader import read_from_log
from chat.permissions import Actor
from chat.services import access, identity
from chat.sessions.session import Session

# 500 connections a second: with 700, a change made past the models takes effect after about 2 s.
LOOK_SECONDS: Final = 0.5
IN_TURN: Final = 250  # connections at each look
AT_ONCE: Final = 500
RETRY_SECONDS: Final = 0.5

logger = logging.getLogger(__name__)


class Revocation:
    """Of one process. `sessions` returns all that are connected. Called on the event loop."""

    def __init__(self, sessions: Callable[[], Iterable[Session]]) -> None:
        self._sessions = sessions
        self._participants: set[int] = set()
        self._rooms: set[int] = set()
        self._all = False
        self._turn: list[Session] = []
        self._examining: asyncio.Task[None] | None = None

    def examine_soon(self, participants: Collection[int]) -> None:
        """These may have lost a right; if none is named, anyone may have."""
        self._participants.update(participants)
        self._all = self._all or not participants
        self._start_examining()

    def doubt_room(self, room: int) -> None:
        """The room has changed: some may be in it who now may not."""
        self._rooms.add(room)
        self._start_examining()

    async def examine_next(self) -> None:
        """Examine the next few of all who are here."""
        if not self._turn:
            self._turn = list(self._sessions())
        some, self._turn = self._turn[:IN_TURN], self._turn[IN_TURN:]
        await _end_lost_rights(some)

    def _start_examining(self) -> None:
        if self._examining is None:
            self._examining = asyncio.get_running_loop().create_task(self._examine_doubted())

    async def _examine_doubted(self) -> None:
        try:
            while self._all or self._participants or self._rooms:
                every, participants, rooms = self._all, self._participants, self._rooms
                self._all, self._participants, self._rooms = False, set(), set()
                try:
                    await self._examine_those(every, participants, rooms)
                except ChatError as error:
                    logger.warning("rights are examined again, as that failed: %s", error)
                    self._all, self._participants = self._all or every, self._participants | participants
                    self._rooms |= rooms
                    await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._examining = None

    async def _examine_those(self, every: bool, participants: set[int], rooms: set[int]) -> None:
        doubted = [
            one
            for one in self._sessions()
            if every
            or any(actor.participant in participants for actor in one.list_actors())
            or (rooms and any(membership.room in rooms for membership in one.without_token()))
        ]
        for first in range(0, len(doubted), AT_ONCE):
            await _end_lost_rights(doubted[first : first + AT_ONCE])


async def _end_lost_rights(some: Sequence[Session]) -> None:
    """End what the database does not have any more."""
    asked = [(one, actor) for one in some for actor in one.list_actors()]
    if asked:
        stand = await read_from_log(identity.check_proofs, [actor for _, actor in asked])
        for (one, actor), stands in zip(asked, stand, strict=True):
            if not stands and _goes_by(one, actor):
                one.end_connection(CLOSE_SIGNED_OUT)
    taken = [(membership.pass_.actor, one, membership) for one in some for membership in one.without_token()]
    if taken:
        may = await read_from_log(
            access.may_stay, [(membership.room, actor) for actor, _, membership in taken]
        )
        for (actor, one, membership), stays in zip(taken, may, strict=True):
            # The membership may have got another actor while the database was asked.
            if not stays and membership.pass_.actor is actor:
                one.expel_from_room(membership, CLOSE_NOT_ALLOWED)


def _goes_by(one: Session, actor: Actor) -> bool:
    """Whether it still is here by what was examined: another `hello` by the same proof changes nothing."""
    return any((now.participant, now.proof) == (actor.participant, actor.proof) for now in one.list_actors())
