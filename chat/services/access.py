"""Finding a room and getting in: one set of rules for REST, sockets and pages. Blocking."""

from dataclasses import dataclass, replace

from chat import rules, tokens
from chat.errors import DUPLICATE_USERNAME, INVALID_TOKEN, ROOM_NOT_FOUND, ChatError
from chat.models import Presence, Room
from chat.rules import NOBODY, Actor, may_moderate


@dataclass(frozen=True, slots=True)
class Pass:
    """The right to be in a room: under one name alone if a token says so; void with a newer generation.

    `moderates`: the room is theirs to run, so they may speak while it is locked.
    """

    room: int
    title: str
    generation: int
    username: str | None = None
    moderates: bool = False


def find(ref: str) -> Room:
    """The room of this number or title; the number first. Raises 101."""
    room = Room.objects.numbered(ref).first() or Room.objects.titled(ref).first()
    if room is None:
        raise ChatError(ROOM_NOT_FOUND)
    return room


def find_visible(ref: str, token: str, actor: Actor) -> Room:
    """The room, as far as the asker may know of it: a hidden one by title, with a token, or by who they are.

    A hidden room asked for by its number alone is not found, so that numbers cannot be walked.
    """
    room = find(ref)
    knows = (
        not room.hidden
        or room.title_key == rules.fold(ref)
        or holds_token(room, token)
        or may_moderate(actor, room.ownership())
    )
    if not knows:
        raise ChatError(ROOM_NOT_FOUND)
    return room


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

    Raises 101, 401, 402, 403. Without a token, a hidden room asked for by number is not found.
    """
    room = find(ref)
    moderates = actor != NOBODY and may_moderate(actor, room.ownership())
    if room.public or (moderates and not token):
        return Pass(room.pk, room.title, room.generation, moderates=moderates)
    if token:
        claims = tokens.check(token, room.pk, room.generation)
        return Pass(room.pk, room.title, room.generation, claims.username, moderates)
    find_visible(ref, token, actor)
    raise ChatError(INVALID_TOKEN, detail="a room token is needed")


def check_name_free(room: Room, name: str, actor: Actor) -> None:
    """Raise 202 if somebody else is in the room under the name now. Joining decides; this says so early."""
    holders = Presence.objects.current().named(room.pk, name)
    if actor.participant is not None:
        holders = holders.exclude(participant=actor.participant)
    if holders.exists():
        raise ChatError(DUPLICATE_USERNAME, field="name", detail="somebody with this name is in the room")
