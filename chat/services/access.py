"""Finding a room and getting in: one set of rules for REST, sockets and pages. Blocking."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from chat import tokens, validation
from chat.answers import RoomInfo
from chat.errors import INVALID_FIELD, ROOM_NOT_FOUND, WRONG_SECRET, ChatError, attempt
from chat.log.rights import as_now
from chat.models import Room
from chat.models.room import LARGEST_ID, is_number
from chat.permissions import ANONYMOUS, ENTER_WITHOUT_TOKEN, MUTE, NAME_MODERATORS, Actor, Role, may, roles_of


@dataclass(frozen=True, slots=True)
class Pass:
    """The right to be in a room: under one name alone if a token says so; void with a newer generation.

    `actor`: who got it. What they may do is asked for when they do it, and `info.moderator` is only shown.
    `token`: the line of the token.
    `pair`: of a conversation of two.
    """

    room: int
    info: RoomInfo
    generation: int
    username: str | None = None
    token: str = ""
    pair: tuple[int, int] | None = None
    actor: Actor = ANONYMOUS

    @property
    def by_token(self) -> bool:
        """Whether a token let them in: then it does not matter who they are."""
        return self.username is not None

    @property
    def by_right(self) -> bool:
        """Whether they were let into a closed room for who they are."""
        return not self.by_token and self.pair is None and self.info.visibility != validation.PUBLIC


def find_visible(ref: str, token: str, actor: Actor, title: str = "") -> Room:
    """The room of this number or title, as far as the asker may know of it. Raises 101.

    A hidden room is found by title (`title` may come with its number), with a token, by who asks, or by a
    number that cannot be guessed. One that became hidden later is not found by its number alone, as numbers
    can be walked.
    """
    return _find_visible(Room.objects.addressed(ref), ref, token, actor, title)


def find_titled(title: str) -> Room:
    """The room of this title, be it one that looks like a number. Raises 101."""
    return _first_or_refuse(Room.objects.titled(title))


def find_for_secret(ref: str, token: str, actor: Actor) -> tuple[Room, bool]:
    """The room to which the asker may have a secret, and whether they may know of it without.

    A room that is not there looks like one that no secret opens: to find that out takes as long. The number
    of a hidden room is no proof here, even of one that is found by it.
    """
    for room in Room.objects.addressed(ref):
        return room, _may_know(room, ref, token, actor, by_number=False)
    number = int(ref) if is_number(ref) else 0
    return Room(pk=number, visibility=Room.Visibility.HIDDEN, password=UNUSABLE_PASSWORD_PREFIX), False


@contextmanager
def as_if_missing(*, unless: bool) -> Iterator[None]:
    """Refuse a wrong secret in the words for a room that is not there, unless the asker may know of it."""
    try:
        yield
    except ChatError as error:
        if unless or error.kind not in (INVALID_FIELD, WRONG_SECRET):
            raise
        raise ChatError(ROOM_NOT_FOUND) from None


def _find_visible(rooms: Iterable[Room], ref: str, token: str, actor: Actor, title: str = "") -> Room:
    return _first_or_refuse(room for room in rooms if _may_know(room, ref, token, actor, title))


def _first_or_refuse(rooms: Iterable[Room]) -> Room:
    for room in rooms:
        return room
    raise ChatError(ROOM_NOT_FOUND)


def _may_know(
    room: Room, ref: str, token: str, actor: Actor, title: str = "", *, by_number: bool = True
) -> bool:
    return (
        not room.hidden
        or room.title_key in (validation.fold_label(ref), validation.fold_label(title))
        or (by_number and room.told_by_number and ref == str(room.pk))
        or tokens.names_room(token, room.pk)
        or ENTER_WITHOUT_TOKEN.is_held_by(_roles_of(actor, room))
    )


def tell_members(rooms: Iterable[Room], token: str, actor: Actor) -> frozenset[int]:
    """The numbers of the rooms whose members the asker may know: public ones, the one that `token` is valid
    for, and those that the asker runs.
    """
    claims = attempt(tokens.read_token, token)
    admitted = None if isinstance(claims, ChatError) else (claims.room, claims.generation)
    return frozenset(
        room.pk
        for room in rooms
        if room.public
        or (room.pk, room.generation) == admitted
        or ENTER_WITHOUT_TOKEN.is_held_by(_roles_of(actor, room))
    )


def _roles_of(actor: Actor, room: Room) -> set[Role]:
    """The actor's roles; none for an anonymous client, which spares the database a question."""
    return set() if actor == ANONYMOUS else roles_of(actor, room.ownership())


def has_been_let_in(room: Room, token: str, actor: Actor) -> bool:
    """Whether a participant may be reminded of a room they were in: not after its password has changed."""
    return (
        room.public
        or may(actor, ENTER_WITHOUT_TOKEN, room.ownership())
        or tokens.let_in(token, room.pk, room.generation)
    )


def with_token(room: Room, token: str, actor: Actor) -> Actor:
    """The actor of a change of the room, token included. An actor who does not run a protected room needs
    its token: raises 401, 402, 403 without.
    """
    if room.public or may(actor, ENTER_WITHOUT_TOKEN, room.ownership()):
        return actor
    tokens.check_token(token, room.pk, room.generation)
    return replace(actor, room_token=room.generation)


def admit_to_address(ref: str, token: str, actor: Actor) -> Pass:
    """Admit an actor to a room: every actor to a public one, else by its token or its ownership.

    Raises 101, 401, 402, 403. Which hidden rooms are found is as in `find_visible`.
    """
    return _admit_to_room(find_visible(ref, token, actor), token, actor)


def admit_to_addresses(asked: Sequence[tuple[str, str, Actor]]) -> list[Pass | ChatError]:
    """As `admit_to_address`, for many: each room is looked for once."""
    candidates = cache(Room.objects.addressed)  # each is asked for when it is needed, and once

    def one(ref: str, token: str, actor: Actor) -> Pass:
        return _admit_to_room(_find_visible(candidates(ref), ref, token, actor), token, actor)

    return [attempt(one, *each) for each in asked]


def admit_to_numbers(asked: Sequence[tuple[int, str, Actor]]) -> list[Pass | ChatError]:
    """As `admit_to_addresses`, by number alone, conversations included, and by the rights of now."""
    # The database raises for larger numbers, which would look like an outage to the client.
    numbers = {number for number, _, _ in asked if abs(number) <= LARGEST_ID}
    rooms = Room.objects.prefetch_related("moderators").in_bulk(numbers)
    now = as_now(actor for _, _, actor in asked)
    return [attempt(_admit_to_number, rooms.get(number), token, now[actor]) for number, token, actor in asked]


def may_stay(asked: Sequence[tuple[int, Actor]]) -> list[bool]:
    """Whether each may stay in the room of this number without a token. In a public one all may."""
    rooms = Room.objects.filter(pk__in={room for room, _ in asked}).exclude(visibility=validation.PUBLIC)
    closed = {room.pk: room.ownership() for room in rooms.prefetch_related("moderators")}
    now = as_now(actor for room, actor in asked if room in closed)
    return [room not in closed or may(now[actor], ENTER_WITHOUT_TOKEN, closed[room]) for room, actor in asked]


def _admit_to_number(room: Room | None, token: str, actor: Actor) -> Pass:
    if room is not None and room.pair is not None and actor.participant in room.pair:
        return Pass(room.pk, _build_info(room, {Role.PARTNER}), room.generation, pair=room.pair, actor=actor)
    if room is None or room.pair is not None or room.deleted_at is not None:
        raise ChatError(ROOM_NOT_FOUND)
    if not _may_know(room, "", token, actor):
        raise ChatError(ROOM_NOT_FOUND)
    return _admit_to_room(room, token, actor)


def _admit_to_room(room: Room, token: str, actor: Actor) -> Pass:
    roles = _roles_of(actor, room)
    info = _build_info(room, roles)
    if room.public or (ENTER_WITHOUT_TOKEN.is_held_by(roles) and not token):
        return Pass(room.pk, info, room.generation, actor=actor)
    claims = tokens.check_token(token, room.pk, room.generation)
    holder = replace(actor, room_token=claims.generation)
    return Pass(room.pk, info, room.generation, claims.username, claims.line, actor=holder)


def _build_info(room: Room, roles: set[Role]) -> RoomInfo:
    moderates, owns = MUTE.is_held_by(roles), NAME_MODERATORS.is_held_by(roles)
    return RoomInfo(room.title, room.description, room.visibility, room.locked, moderates, owns)
