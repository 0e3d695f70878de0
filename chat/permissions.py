"""Who may do what: actors, what decides about a room, and the checks. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from chat.errors import CLIENT_UNAUTHORIZED, ROOM_UNAUTHORIZED, ChatError
from chat.validation import PUBLIC


@dataclass(frozen=True, slots=True)
class Proof:
    """By what a connection is who it is. When this is over, so is the connection.

    `session`: the key of a browser's session. `account`: a fingerprint of the password; None for a guest.
    """

    session: str = ""
    account: bytes | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks for something: a participant or nobody known; maybe staff, or holder of a room token.

    `staff` is as of when it was read: for what is done by it the log asks again, with this `permission`.
    `room_token`: the generation of the password that the token is for.
    """

    participant: int | None = None
    staff: bool = False
    room_token: int | None = None
    permission: str = "chat.change_room"
    proof: Proof = field(default_factory=Proof, compare=False)


ANONYMOUS: Final = Actor()
SITE: Final = Actor(staff=True)  # code that runs on the server, for nobody in particular


@dataclass(frozen=True, slots=True)
class Ownership:
    """What decides who may change a room. `commons`: created by nobody known, so it is everybody's.

    `pair`: the participants, of a direct conversation.
    """

    visibility: str
    owner: int | None
    commons: bool
    moderators: frozenset[int] = frozenset()
    generation: int = 1
    pair: tuple[int, int] | None = None


# Raises for an actor who may not do a thing in a room.
Check: TypeAlias = Callable[[Actor, Ownership], None]


def may_change(actor: Actor, room: Ownership) -> bool:
    """Whether `actor` may edit or delete the room (see docs/rooms.md, "Who may change a room")."""
    if _is_own_conversation(actor, room):
        return False
    if actor.staff:
        return True
    if room.commons:
        return room.visibility == PUBLIC or actor.room_token == room.generation
    return may_moderate(actor, room)


def may_moderate(actor: Actor, room: Ownership) -> bool:
    """Whether `actor` may delete messages and lock the room. A commons has no moderators but staff."""
    if _is_own_conversation(actor, room):
        return False
    known = actor.participant is not None
    return actor.staff or (
        known and (actor.participant == room.owner or actor.participant in room.moderators)
    )


def _is_own_conversation(actor: Actor, room: Ownership) -> bool:
    """Whether the actor talks to another participant there: neither of the two runs it, even if staff."""
    return room.pair is not None and actor.participant in room.pair


def check_moderate(actor: Actor, room: Ownership) -> None:
    """Raise 104 unless `actor` may moderate the room."""
    if not may_moderate(actor, room):
        raise ChatError(ROOM_UNAUTHORIZED, detail="only those who run the room may do that")


def check_pin(actor: Actor, room: Ownership) -> None:
    """Raise 104 unless `actor` may pin messages. A direct conversation has no moderators: both may."""
    if not _is_own_conversation(actor, room):
        check_moderate(actor, room)


def check_staff(actor: Actor, room: Ownership) -> None:
    """Raise 104 for all but staff."""
    if not actor.staff:
        raise ChatError(ROOM_UNAUTHORIZED, detail="only staff may do that")


def check_change(actor: Actor, room: Ownership) -> None:
    """Raise 104 unless `actor` may change the room."""
    if not may_change(actor, room):
        raise ChatError(ROOM_UNAUTHORIZED, detail="this room belongs to somebody else")


def refuse_foreign_message() -> ChatError:
    """The one error for a message of another sender."""
    return ChatError(CLIENT_UNAUTHORIZED, field="target", detail="that is the message of somebody else")
