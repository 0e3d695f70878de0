"""Finding a room and getting in: one set of rules for REST, sockets and pages. Blocking."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import TypeAlias

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import F

from chat import tokens, validation
from chat.answers import OwnMute, RoomInfo
from chat.errors import INVALID_FIELD, ROOM_NOT_FOUND, WRONG_SECRET, ChatError, attempt
from chat.log.bans import BanList, read_site_bans
from chat.log.current_rights import read_current_actors
from chat.models import JoinedRoom, Mute, Room
from chat.models.room import LARGEST_ID, RoomQuerySet, is_number
from chat.permissions import (
    ANONYMOUS,
    ENTER_WITHOUT_TOKEN,
    MUTE,
    NAME_MODERATORS,
    RANKS,
    Actor,
    Ownership,
    Role,
    may,
    roles_of,
)
from chat.services import bans
from chat.services.rules import has_accepted

_Joined: TypeAlias = Mapping[int, frozenset[int]]  # by room: those who have joined it under its password


@dataclass(frozen=True, slots=True)
class Pass:
    """The right to be in a room: under one name alone if a token says so; void with a newer generation.

    `actor`: who got it. What they may do is asked for when they do it; `info.moderator` is shown, and gives
    a larger budget.
    `token`: the line of the token, `until`: when it expires, in seconds of Unix time.
    `pair`: of a conversation of two.
    `bans`: some are banned there, or from the server: the name has to be looked up.
    `by_token`: a token let them in, so that it does not matter who they are.
    `by_right`: they were let into a closed room for who they are, and not since they know its password.
    """

    room: int
    info: RoomInfo
    generation: int
    username: str | None = None
    token: str = ""
    pair: tuple[int, int] | None = None
    actor: Actor = ANONYMOUS
    until: float | None = None
    bans: bool = False
    by_token: bool = field(init=False)
    by_right: bool = field(init=False)

    def __post_init__(self) -> None:
        by_token = self.username is not None
        closed = self.pair is None and self.info.visibility != validation.PUBLIC
        by_right = closed and self.actor.room_token is None
        object.__setattr__(self, "by_token", by_token)  # it is frozen only now
        object.__setattr__(self, "by_right", by_right)


def find_visible(ref: str, token: str, actor: Actor, title: str = "") -> Room:
    """The room of this number or title, as far as the asker may know of it. Raises 101.

    A hidden room is found by title (`title` may come with its number), with a token, by who asks, or by a
    number that cannot be guessed. One that became hidden later is not found by its number alone, as numbers
    can be walked.
    """
    return _find_visible(Room.objects.addressed(ref), ref, token, actor, title)


def find_to_show(ref: str, token: str, actor: Actor) -> Room:
    """As `find_visible`, for who is told what the room is called now. A token that is void tells its holder
    that there is the room, and no more. Raises 101, 401, 402, 403, 920, 921.
    """
    room = find_visible(ref, token, actor)
    if not _may_know(room, ref, "", actor):
        with_token(room, token, actor)
    return room


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
    room: Room,
    ref: str,
    token: str,
    actor: Actor,
    title: str = "",
    *,
    by_number: bool = True,
    joined: _Joined | None = None,
) -> bool:
    return (
        not room.hidden
        or room.title_key in (validation.fold_label(ref), validation.fold_label(title))
        or (by_number and room.told_by_number and ref == str(room.pk))
        or tokens.names_room(token, room.pk)
        or ENTER_WITHOUT_TOKEN.is_held_by(_roles_of(actor, room, joined))
    )


def tell_members(rooms: Iterable[Room], token: str, actor: Actor) -> frozenset[int]:
    """The numbers of the rooms whose members the asker may know: public ones, and closed ones that the asker
    may enter, by right or with `token`.
    """
    claims = attempt(tokens.read_token, token)
    named = 0 if isinstance(claims, ChatError) else claims.room
    rooms = list(rooms)
    joined = _read_joined([(room, actor) for room in rooms])
    site = read_site_bans()
    return frozenset(
        room.pk
        for room in rooms
        if room.public
        or (
            (room.pk == named or ENTER_WITHOUT_TOKEN.is_held_by(_roles_of(actor, room, joined)))
            and isinstance(
                attempt(_admit_to_room, room, token if room.pk == named else "", actor, site, joined), Pass
            )
        )
    )


def _read_joined(asked: Iterable[tuple[Room, Actor]]) -> _Joined:
    """Which of the participants have joined which of the closed rooms, under its present password."""
    pairs = [(room, actor.participant) for room, actor in asked if not room.public and room.pair is None]
    people = {participant for _, participant in pairs if participant is not None}
    joined: dict[int, frozenset[int]] = {room.pk: frozenset() for room, _ in pairs}
    if people:
        rows = JoinedRoom.objects.filter(room__in=joined, participant__in=people)
        for room, participant in rows.filter(generation=F("room__generation")).values_list(
            "room", "participant"
        ):
            joined[room] |= {participant}
    return joined


def _roles_of(actor: Actor, room: Room, joined: _Joined | None = None) -> set[Role]:
    """The actor's roles; none for an anonymous client, which spares the database a question."""
    if actor == ANONYMOUS:
        return set()
    return roles_of(actor, _read_ownership(actor, room, joined))


def _read_ownership(actor: Actor, room: Room, joined: _Joined | None = None) -> Ownership:
    """What decides the actor's permissions. `joined`: who has joined which rooms, if that is known."""
    if room.public:
        return room.ownership()
    known = _read_joined([(room, actor)]) if joined is None else joined
    return replace(room.ownership(), joined=known.get(room.pk, frozenset()))


def may_enter(room: Room, actor: Actor) -> bool:
    """Whether the actor may enter without its password: as it is public, they run it, or they joined it
    under that password.
    """
    return room.public or may(actor, ENTER_WITHOUT_TOKEN, _read_ownership(actor, room))


def rooms_of_token(token: str, actor: Actor) -> list[int]:
    """The room that a token lets the actor into; none otherwise."""
    claims = attempt(tokens.read_token, token)
    if isinstance(claims, ChatError):
        return []
    return [one.room for one in admit_to_numbers([(claims.room, token, actor)]) if isinstance(one, Pass)]


def find_readable(now: Actor, rooms: RoomQuerySet, *, also: Collection[int] = ()) -> RoomQuerySet:
    """Those of the rooms whose messages an actor may read by its rights of `now`, and those of the numbers
    `also`, except where it is banned.
    """
    joined: Iterable[int] = ()
    if now.participant is not None:
        valid = JoinedRoom.objects.valid().filter(participant=now.participant)
        joined = valid.values_list("room", flat=True)
    readable = rooms.readable(now.participant, staff=now.staff, also={*also, *joined})
    return readable.exclude(pk__in=bans.find_banning(readable, now))


def with_token(room: Room, token: str, actor: Actor) -> Actor:
    """The actor of a change of the room, token included. An actor who does not run a protected room needs
    its token: raises 401, 402, 403 without, and 920, 921 for those who are banned from it.
    """
    if room.public:
        return actor
    roles = _roles_of(actor, room)
    if ENTER_WITHOUT_TOKEN.is_held_by(roles):
        bans.check_client(room, bans.client_of(actor), actor)
        return replace(actor, room_token=room.generation) if Role.JOINED in roles else actor
    claims = tokens.check_token(token, room.pk, room.generation)
    bans.check_client(room, bans.client_of(actor, claims.username, line=claims.line), actor)
    return replace(actor, room_token=room.generation)


def find_named(room: Room, token: str) -> str:
    """The name that a token of the room is for; "" for any other token."""
    claims = attempt(tokens.read_token, token)
    return "" if isinstance(claims, ChatError) or claims.room != room.pk else claims.username


def admit_to_address(ref: str, token: str, actor: Actor) -> Pass:
    """Admit an actor to a room: every actor to a public one, else by its token or its ownership.

    Raises 101, 401, 402, 403. Which hidden rooms are found is as in `find_visible`.
    """
    room = find_visible(ref, token, actor)
    return _admit_to_room(room, _own_token(token, room.pk), actor, read_site_bans())


def admit_to_addresses(asked: Sequence[tuple[str, str, Actor]]) -> list[Pass | ChatError]:
    """As `admit_to_address`, for many: each room is looked for once."""
    candidates = cache(Room.objects.addressed)  # each is asked for when it is needed, and once

    site = read_site_bans()

    def one(ref: str, token: str, actor: Actor) -> Pass:
        return _admit_to_room(_find_visible(candidates(ref), ref, token, actor), token, actor, site)

    return [attempt(one, *each) for each in asked]


def admit_to_numbers(asked: Sequence[tuple[int, str, Actor]]) -> list[Pass | ChatError]:
    """As `admit_to_addresses`, by number alone, conversations included, and by the rights of now."""
    # The database raises for larger numbers, which would look like an outage to the client.
    numbers = {number for number, _, _ in asked if abs(number) <= LARGEST_ID}
    rooms = Room.objects.prefetch_related("moderators").in_bulk(numbers)
    now = read_current_actors(actor for _, _, actor in asked)
    site = read_site_bans()
    # Equal actors differ in where they are.
    current = [
        actor if now[actor] == actor else replace(now[actor], address=actor.address) for _, _, actor in asked
    ]
    joined = _read_joined(
        (rooms[number], actor)
        for (number, _, _), actor in zip(asked, current, strict=True)
        if number in rooms
    )
    return [
        attempt(_admit_to_number, rooms.get(number), token, actor, site, joined)
        for (number, token, _), actor in zip(asked, current, strict=True)
    ]


def admit_to_number(number: int, token: str, actor: Actor) -> Pass:
    """As `admit_to_numbers`, for one actor."""
    (admitted,) = admit_to_numbers([(number, _own_token(token, number), actor)])
    if isinstance(admitted, ChatError):
        raise admitted
    return admitted


def _own_token(token: str, room: int) -> str:
    """The token, if it is of this room: another one proves who asks, and no more."""
    return token if tokens.names_room(token, room) else ""


def may_stay(asked: Sequence[tuple[int, Actor]]) -> list[bool]:
    """Whether each may stay in the room of this number without a token. In a public one all may."""
    rooms = Room.objects.filter(pk__in={room for room, _ in asked}).exclude(visibility=validation.PUBLIC)
    closed = {room.pk: room for room in rooms.prefetch_related("moderators")}
    now = read_current_actors(actor for room, actor in asked if room in closed)
    joined = _read_joined((closed[room], now[actor]) for room, actor in asked if room in closed)
    return [
        room not in closed or ENTER_WITHOUT_TOKEN.is_held_by(_roles_of(now[actor], closed[room], joined))
        for room, actor in asked
    ]


def may_moderate(asked: Sequence[tuple[int, Actor]]) -> list[bool]:
    """Whether each may moderate the room of this number."""
    rooms = Room.objects.prefetch_related("moderators").in_bulk({room for room, _ in asked})
    now = read_current_actors(actor for _, actor in asked)
    return [room in rooms and may(now[actor], MUTE, rooms[room].ownership()) for room, actor in asked]


def _admit_to_number(room: Room | None, token: str, actor: Actor, site: BanList, joined: _Joined) -> Pass:
    if room is not None and room.pair is not None and actor.participant in room.pair:
        return Pass(
            room.pk, _build_info(room, {Role.PARTNER}, actor), room.generation, pair=room.pair, actor=actor
        )
    if room is None or room.pair is not None or room.deleted_at is not None:
        raise ChatError(ROOM_NOT_FOUND)
    if not _may_know(room, "", token, actor, joined=joined):
        raise ChatError(ROOM_NOT_FOUND)
    return _admit_to_room(room, token, actor, site, joined)


def _admit_to_room(
    room: Room, token: str, actor: Actor, site: BanList, joined: _Joined | None = None
) -> Pass:
    roles, banning = _roles_of(actor, room, joined), room.bans or bool(site)
    info = _build_info(room, roles, actor)
    if room.public or (ENTER_WITHOUT_TOKEN.is_held_by(roles) and not token):
        if banning:
            bans.check_client(room, bans.client_of(actor), actor, site)
        if Role.JOINED in roles:  # they know its password, as the holder of a token does
            actor = replace(actor, room_token=room.generation)
        return Pass(room.pk, info, room.generation, actor=actor, bans=banning)
    claims = tokens.check_token(token, room.pk, room.generation)
    if banning:
        bans.check_client(room, bans.client_of(actor, claims.username, line=claims.line), actor, site)
    holder = replace(actor, room_token=claims.generation)
    named = claims.username, claims.line
    return Pass(room.pk, info, room.generation, *named, actor=holder, until=claims.until, bans=banning)


def _build_info(room: Room, roles: set[Role], actor: Actor) -> RoomInfo:
    moderates, owns = MUTE.is_held_by(roles), NAME_MODERATORS.is_held_by(roles)
    rank = max((RANKS.get(role, 0) for role in roles), default=0)
    about = room.title, room.description, room.visibility
    limits = room.slow_seconds, room.accounts_only, room.approve_first
    rules = room.rules, room.rules_version, has_accepted(room, actor)
    muted = _find_own_mute(room, actor, rank)
    return RoomInfo(
        *about,
        room.locked,
        moderates,
        owns,
        *limits,
        *rules,
        muted,
        room.who_can_pin,
        room.who_can_mention_all,
    )


def _find_own_mute(room: Room, actor: Actor, rank: int) -> OwnMute | None:
    """Until when and why the actor is muted. A room without mutes asks no database."""
    if not room.mutes or actor.participant is None:
        return None
    lasting = Mute.objects.lasting(datetime.now(UTC)).filter(room=room, rank__gt=rank)
    mute = lasting.of(actor.participant).first()
    return None if mute is None else OwnMute(mute.until, mute.reason)
