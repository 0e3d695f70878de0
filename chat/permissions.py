"""Who may do what: the roles of an actor in a room, and the table of permissions. Pure.

A permission is decided when the deed is stored, by the rows as they are then (`chat.log.rights`).
"""

from collections.abc import Set
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from chat.errors import CLIENT_UNAUTHORIZED, ROOM_UNAUTHORIZED, ChatError, ErrorKind
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
    """Who asks for something: a participant or an anonymous client; maybe staff, or holder of a room token.

    `staff` is as of when it was read: for what is done by it the log asks again, with this `permission`.
    `room_token`: the generation of the password that the token is for.
    """

    participant: int | None = None
    staff: bool = False
    room_token: int | None = None
    permission: str = "chat.change_room"
    proof: Proof = field(default_factory=Proof, compare=False)


ANONYMOUS: Final = Actor()
SITE: Final = Actor(staff=True)  # code that runs on the server, for no one in particular


@dataclass(frozen=True, slots=True)
class Ownership:
    """What decides who may do what in a room. `commons`: an anonymous client created it, so it is everyone's.

    `pair`: the participants, of a direct conversation.
    """

    visibility: str
    owner: int | None
    commons: bool
    moderators: frozenset[int] = frozenset()
    generation: int = 1
    pair: tuple[int, int] | None = None


class Role(Enum):
    """What an actor is to a room, or to a message in it."""

    SENDER = auto()  # of the message that the deed is about
    PARTNER = auto()  # one of the two in a direct conversation, and nothing else there: not even staff
    COMMONER = auto()  # anyone in a public commons; in a protected one, the holder of its current token
    MODERATOR = auto()
    OWNER = auto()
    STAFF = auto()


@dataclass(frozen=True, slots=True)
class Permission:
    """The roles that may do a deed, and the error for all others."""

    roles: frozenset[Role]
    detail: str
    kind: ErrorKind = ROOM_UNAUTHORIZED
    field: str = ""

    def is_held_by(self, roles: Set[Role]) -> bool:
        """Whether one of these roles has it."""
        return not self.roles.isdisjoint(roles)

    def refuse(self) -> ChatError:
        """The error for actors without it."""
        return ChatError(self.kind, field=self.field, detail=self.detail)


_SENDER, _PARTNERS, _COMMONERS = (frozenset({role}) for role in (Role.SENDER, Role.PARTNER, Role.COMMONER))
_STAFF: Final = frozenset({Role.STAFF})
_OWNER: Final = frozenset({Role.OWNER, Role.STAFF})
_MODERATORS: Final = frozenset({Role.MODERATOR, Role.OWNER, Role.STAFF})
_FOREIGN: Final = "you can only change your own messages", CLIENT_UNAUTHORIZED, "target"
_MODERATED: Final = "only moderators can do that"

# The table. What is not in it needs no role: members read, send, reply, react, and set their read markers.
EDIT_MESSAGE: Final = Permission(_SENDER, *_FOREIGN)
DELETE_MESSAGE: Final = Permission(_SENDER | _MODERATORS, *_FOREIGN)
PIN_MESSAGE: Final = Permission(_PARTNERS | _MODERATORS, _MODERATED)
POST_ANYWAY: Final = Permission(_MODERATORS, _MODERATED)  # while the room is locked, or the sender is muted
ENTER_WITHOUT_TOKEN: Final = Permission(_MODERATORS, _MODERATED)  # and find it, if it is hidden
MUTE: Final = Permission(_MODERATORS, _MODERATED)
LOCK_ROOM: Final = Permission(_MODERATORS, _MODERATED)
SET_RETENTION: Final = Permission(_MODERATORS, _MODERATED)
CHANGE_ROOM: Final = Permission(
    _COMMONERS | _MODERATORS, "only the owner and the moderators of this room can change it"
)
DELETE_ROOM: Final = Permission(
    _COMMONERS | _MODERATORS, "only the owner and the moderators of this room can delete it"
)
NAME_MODERATORS: Final = Permission(_OWNER, "only the owner of this room can name its moderators")
GIVE_ROOM: Final = Permission(_STAFF, "only staff can give a room to another owner")
RESTORE_ROOM: Final = Permission(_STAFF, "only staff can restore a room")

TABLE: Final = {name: row for name, row in globals().items() if isinstance(row, Permission)}


def roles_of(actor: Actor, room: Ownership) -> set[Role]:
    """What the actor is to the room."""
    known = actor.participant is not None
    if room.pair is not None and actor.participant in room.pair:
        return {Role.PARTNER}
    holds = {
        Role.COMMONER: room.commons and (room.visibility == PUBLIC or actor.room_token == room.generation),
        Role.MODERATOR: known and actor.participant in room.moderators,
        Role.OWNER: known and actor.participant == room.owner,
        Role.STAFF: actor.staff,
    }
    return {role for role, held in holds.items() if held}


def may(actor: Actor, permission: Permission, room: Ownership, *, is_sender: bool = False) -> bool:
    """Whether the actor may do that in the room. `is_sender`: of the message that it is about."""
    if is_sender and Role.SENDER in permission.roles:
        return True
    return permission.is_held_by(roles_of(actor, room))


def check(actor: Actor, permission: Permission, room: Ownership, *, is_sender: bool = False) -> None:
    """Raise the error of the permission unless the actor has it (see `may`)."""
    if not may(actor, permission, room, is_sender=is_sender):
        raise permission.refuse()
