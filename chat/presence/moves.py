"""Names in rooms, and what counts as an arrival or a departure. Pure.

A name in a room belongs to one holder at a time: a participant or the bearer of a room token, with one or
several connections (tabs, devices), or else one single connection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias
from uuid import UUID

from chat import validation
from chat.errors import DUPLICATE_USERNAME, ChatError
from chat.events import Sender

Place: TypeAlias = tuple[int, str]  # room, folded name
# A participant, or a line of room tokens; None is a connection that can prove nothing.
Holder: TypeAlias = int | str | None


def find_holder(participant: int | None, token: str) -> Holder:
    """The holder of a name: the participant, or else the bearer of the token, or else the connection."""
    return participant if participant is not None else token or None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A connection wants to be in a room under a name. `member` names this connection in this room.

    `silent`: the room is not told. `address`: from where. `token`: the line of room tokens that the name was
    issued with, or "".
    """

    member: UUID
    room: int
    who: Sender
    dialect: str
    at: datetime
    silent: bool = False
    token: str = ""
    address: str = ""

    @property
    def place(self) -> Place:
        return self.room, validation.name_key(self.who.name)

    @property
    def holder(self) -> Holder:
        """The holder of the name."""
        return find_holder(self.who.participant, self.token)


@dataclass(frozen=True, slots=True)
class Departure:
    """A connection leaves the room that it entered as `member`."""

    member: UUID
    room: int
    who: Sender
    at: datetime

    @property
    def place(self) -> Place:
        return self.room, validation.name_key(self.who.name)


Move: TypeAlias = Arrival | Departure
Holders: TypeAlias = dict[UUID, Holder]  # by member


@dataclass(frozen=True, slots=True)
class Moved:
    """The result of a move. `news`: other members should hear of it. `error`: it was refused."""

    news: bool = False
    error: ChatError | None = None


def decide_moves(
    moves: Sequence[Move],
    present: Mapping[Place, Holders],
    owners: Mapping[str, int],
    refused: Mapping[UUID, ChatError] = MappingProxyType({}),
) -> list[Moved]:
    """Decide the moves in order, given the holders and owners of the names concerned.

    `refused`: members whose arrival is refused for another reason.
    """
    held = {place: dict(holders) for place, holders in present.items()}
    return [
        Moved(error=refused[move.member])
        if move.member in refused and isinstance(move, Arrival)
        else _apply_move(move, held.setdefault(move.place, {}), owners.get(move.place[1]))
        for move in moves
    ]


def _apply_move(move: Move, holders: Holders, owner: int | None) -> Moved:
    if isinstance(move, Departure):
        was_there = move.member in holders
        holders.pop(move.member, None)
        return Moved(news=was_there and not holders)
    mine = move.holder
    if owner is not None and owner != move.who.participant:
        detail = "this name is taken on this server"
        return Moved(error=ChatError(DUPLICATE_USERNAME, field="name", detail=detail))
    others = [holder for member, holder in holders.items() if member != move.member]
    if any(holder is None or holder != mine for holder in others):
        detail = "a member of this room already has this name"
        return Moved(error=ChatError(DUPLICATE_USERNAME, field="name", detail=detail))
    news = not holders
    holders[move.member] = mine
    return Moved(news=news and not move.silent)
