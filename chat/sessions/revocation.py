"""Ends what is no longer allowed: connections of a sign-in that is over, memberships by a right that is lost.

The database decides. It is asked about a participant as soon as this process is told of a loss
(`chat.services.revocations` hears of a sign-out, a new password, a lost group); about a room when it
changes; and about every connection in turn, since the bus can lose what it is told, and changes made past
the models tell nothing. A connection of a browser that signed out is closed with 4403. One that came by an
access token of its own is not of that browser, and stays.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from chat.errors import CLOSE_LEFT, CLOSE_NOT_ALLOWED, CLOSE_RENAMED, CLOSE_SIGNED_OUT, ChatError
from chat.log.current_rights import check_proofs
from chat.log.threads import run_in_thread
from chat.permissions import Actor
from chat.services import access, bans, joined_rooms, names
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
            or (rooms and any(membership.room in rooms for membership in one.stays()))
        ]
        if participants:
            await _end_left([one for one in doubted if _is_of(one, participants)])
        for first in range(0, len(doubted), AT_ONCE):
            await _end_lost_rights(doubted[first : first + AT_ONCE])
        if participants:
            await _end_renamed([one for one in self._sessions() if _is_of(one, participants)])


async def _end_lost_rights(some: Sequence[Session]) -> None:
    """End what the database does not have any more."""
    asked = [(one, actor) for one in some for actor in one.list_actors()]
    if asked:
        stand = await run_in_thread(check_proofs, [actor for _, actor in asked])
        for (one, actor), stands in zip(asked, stand, strict=True):
            if not stands and _goes_by(one, actor):
                one.end_connection(CLOSE_SIGNED_OUT)
    taken = [(membership.pass_.actor, one, membership) for one in some for membership in one.without_token()]
    if taken:
        may = await run_in_thread(
            access.may_stay, [(membership.room, actor) for actor, _, membership in taken]
        )
        for (actor, one, membership), stays in zip(taken, may, strict=True):
            # The membership may have got another actor while the database was asked.
            if not stays and membership.pass_.actor is actor:
                one.expel_from_room(membership, CLOSE_NOT_ALLOWED)
    await _end_running(some)
    await _expel_banned(some)


async def _end_left(some: Sequence[Session]) -> None:
    """End the stays in rooms that their participant has left, with another connection.

    Not in turn: a room that was left is no secret, and a client that was away finds it in none of its lists.
    """
    stays = [(one, each) for one in some for each in one.stays() if each.joined]
    places = [(each.pass_.actor.participant or 0, each.room) for _, each in stays]
    joined = await run_in_thread(joined_rooms.find_joined, places) if stays else frozenset()
    for (one, each), place in zip(stays, places, strict=True):
        if place not in joined and each in one.stays():
            one.expel_from_room(each, CLOSE_LEFT)


async def _end_renamed(some: Sequence[Session]) -> None:
    """Have those come back whose participant has another name or color since their hello.

    Not in turn: two programs of one account, each with a name of its own in its hello, would never rest.
    """
    asked = [(one, who) for one in some if (who := one.sender) is not None and who.participant is not None]
    looks = await run_in_thread(names.find_looks, {who.participant or 0 for _, who in asked}) if asked else {}
    for one, who in asked:
        if looks.get(who.participant or 0, who) != who and one.sender is who:
            one.end_connection(CLOSE_RENAMED)


def _is_of(one: Session, participants: Collection[int]) -> bool:
    return one.sender is not None and one.sender.participant in participants


async def _end_running(some: Sequence[Session]) -> None:
    """End the budgets of those who ran a room."""
    ran = [membership for one in some for membership in one.stays() if membership.runs_room]
    if not ran:
        return
    passes = [membership.pass_ for membership in ran]
    may = await run_in_thread(access.may_moderate, [(pass_.room, pass_.actor) for pass_ in passes])
    for membership, pass_, runs in zip(ran, passes, may, strict=True):
        if not runs and membership.pass_ is pass_:  # it may have got another one meanwhile
            membership.stop_running()


async def _expel_banned(some: Sequence[Session]) -> None:
    """End the stays, and the connections, of those who are banned."""
    everywhere = [(one, None, (0, one.client, one.actor)) for one in some]
    stays = [(one, each, (each.room, each.client, each.pass_.actor)) for one in some for each in one.stays()]
    asked = [*everywhere, *stays]
    found = await run_in_thread(bans.find_covering, [question for _, _, question in asked])
    for (one, membership, question), ban in zip(asked, found, strict=True):
        if ban is None:
            continue
        if membership is None or ban.site:
            one.end_banned(ban.close_reason)
        elif membership.client == question[1] and membership in one.stays():
            one.expel_from_room(membership, ban.close_reason)


def _goes_by(one: Session, actor: Actor) -> bool:
    """Whether it still is here by what was examined: another `hello` by the same proof changes nothing."""
    return any((now.participant, now.proof) == (actor.participant, actor.proof) for now in one.list_actors())
