"""Finding a room and getting in: one set of rules for REST, sockets and pages. Blocking."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from django.db.models import Q

from chat import rules, tokens
from chat.answers import RoomInfo
from chat.errors import ROOM_NOT_FOUND, ChatError
from chat.models import Room
from chat.models.room import LARGEST_ID
from chat.rules import NOBODY, Actor, may_moderate


@dataclass(frozen=True, slots=True)
class Pass:
    """The right to be in a room: under one name alone if a token says so; void with a newer generation.

    Whoever runs the room (`info.moderator`) may speak while it is locked. `pair`: of a conversation of two.
    """

    room: int
    info: RoomInfo
    generation: int
    username: str | None = None
    pair: tuple[int, int] | None = None


def find(ref: str) -> Room:
    """The room of this number or title; the number first. Raises 101."""
    return _first(_candidates(ref))


def find_visible(ref: str, token: str, actor: Actor) -> Room:
    """The room, as far as the asker may know of it: a hidden one by title, with a token, or by who they are.

    A hidden room asked for by its number alone is not found, so that numbers cannot be walked.
    """
    return _first(room for room in _candidates(ref) if _may_know(room, ref, token, actor))


def _first(rooms: Iterable[Room]) -> Room:
    for room in rooms:
        return room
    raise ChatError(ROOM_NOT_FOUND)


def _candidates(ref: str) -> Iterator[Room]:
    yield from Room.objects.numbered(ref)
    yield from Room.objects.titled(ref)


def _may_know(room: Room, ref: str, token: str, actor: Actor) -> bool:
    return (
        not room.hidden
        or room.title_key == rules.fold(ref)
        or tokens.names_room(token, room.pk)
        or may_moderate(actor, room.ownership())
    )


def holds_token(room: Room, token: str) -> bool:
    """Whether `token` is valid for the room."""
    try:
        tokens.check(token, room.pk, room.generation)
    except ChatError:
        return False
    return True


def with_token(room: Room, token: str, actor: Actor) -> Actor:
    """Who asks for a change of the room, token included. A protected room needs its token of whoever does
    not run it: raises 401, 402, 403 without.
    """
    if room.public or may_moderate(actor, room.ownership()):
        return actor
    tokens.check(token, room.pk, room.generation)
    return replace(actor, room_token=True)


def admit(ref: str, token: str, actor: Actor) -> Pass:
    """Let somebody into a room: all into a public one, else holders of its token and those who own it.

    Raises 101, 401, 402, 403. A hidden room asked for by number is not found without a token of it.
    """
    return _admit(find_visible(ref, token, actor), token, actor)


def admit_to_number(number: int, token: str, actor: Actor) -> Pass:
    """As `admit`, but by number alone, and into one's own conversations too."""
    if actor.participant is not None:
        mine = Room.objects.filter(Q(low=actor.participant) | Q(high=actor.participant))
        room = mine.filter(pk=number).first() if abs(number) <= LARGEST_ID else None
        if room is not None:
            return Pass(room.pk, _info(room, moderates=False), room.generation, pair=room.pair)
    numbered = Room.objects.numbered(str(number))
    return _admit(_first(room for room in numbered if _may_know(room, "", token, actor)), token, actor)


def _admit(room: Room, token: str, actor: Actor) -> Pass:
    moderates = actor != NOBODY and may_moderate(actor, room.ownership())
    info = _info(room, moderates=moderates)
    if room.public or (moderates and not token):
        return Pass(room.pk, info, room.generation)
    claims = tokens.check(token, room.pk, room.generation)
    return Pass(room.pk, info, room.generation, claims.username)


def _info(room: Room, *, moderates: bool) -> RoomInfo:
    return RoomInfo(room.title, room.description, room.visibility, room.locked, moderates)
