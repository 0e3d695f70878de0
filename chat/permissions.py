"""Permissions: the roles of an actor in a room, and the table of permissions. Pure.

A permission is decided when the event is stored, by the rows as they are then (`chat.log.current_rights`).
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from typing import Final

from chat.errors import CLIENT_UNAUTHORIZED, ROOM_UNAUTHORIZED, ChatError, ErrorKind
from chat.validation import AUTO, EVERYONE, MODERATORS, OWNER, PUBLIC

CLOCK_SKEW: Final = 2.0  # seconds, between two servers


@dataclass(frozen=True, slots=True)
class Proof:
    """By what a connection is who it is. When this is over, so is the connection.

    `session`: the key of a browser's session. `account`: a fingerprint of the password; None for a guest.
    `issued`: when a guest's token was issued, in seconds since 1970.
    """

    session: str = ""
    account: bytes | None = None
    issued: int | None = None

    def is_older_than(self, created_at: datetime) -> bool:
        """Whether it was issued before the participant was created: for another one, who had the same number.

        That one is gone, as a backup was restored.
        """
        return self.issued is not None and self.issued + CLOCK_SKEW < created_at.timestamp()


@dataclass(frozen=True, slots=True)
class Actor:
    """The client behind a command: a participant or anonymous; perhaps staff, or the holder of a room token.

    `staff` is as of when it was read: for what is done by it the log asks again, with this `permission`.
    `room_token`: the generation of the password that the token is for. `proof`: the right to all of it goes
    with it. `address`: from where they ask.
    """

    participant: int | None = None
    staff: bool = False
    room_token: int | None = None
    permission: str = "chat.change_room"
    proof: Proof = field(default_factory=Proof)
    address: str = field(default="", compare=False)


ANONYMOUS: Final = Actor()
SITE: Final = Actor(staff=True)  # code that runs on the server, for no one in particular


@dataclass(frozen=True, slots=True)
class Ownership:
    """What decides permissions in a room. `commons`: an anonymous client created it, so it has no owner.

    `pair`: the participants, of a direct conversation. `joined`: participants who have joined it under its
    present password, of those that the question is about. `who_can_pin`, `who_can_mention_all`: what the
    room has chosen (see `Permission.in_room`).
    """

    visibility: str
    owner: int | None
    commons: bool
    moderators: frozenset[int] = frozenset()
    generation: int = 1
    pair: tuple[int, int] | None = None
    joined: frozenset[int] = frozenset()
    who_can_pin: str = MODERATORS
    who_can_mention_all: str = AUTO


class Role(Enum):
    """The role of an actor in a room, or for a message in it."""

    SENDER = auto()  # of the message that the command is about
    PARTNER = auto()  # one of the two in a direct conversation, and nothing else there: not even staff
    COMMONER = auto()  # anyone in a public commons; in a protected one, the holder of its current token
    JOINED = auto()  # who has joined a closed room before, under the password that it has now
    MODERATOR = auto()
    OWNER = auto()
    STAFF = auto()
    ANYONE = auto()  # everyone who can do anything there


@dataclass(frozen=True, slots=True)
class Permission:
    """The roles that have a permission, and the error for all others.

    `choice`: the field of `Ownership` with what the room has chosen. It does not count in a direct
    conversation.
    """

    roles: frozenset[Role]
    detail: str
    kind: ErrorKind = ROOM_UNAUTHORIZED
    field: str = ""
    choice: str = ""

    def in_room(self, room: Ownership) -> "Permission":
        """The permission as the room has chosen it."""
        if not self.choice or room.pair is not None:
            return self
        roles, detail = CHOICES[getattr(room, self.choice)]
        return replace(self, roles=roles, detail=detail)

    def is_held_by(self, roles: Set[Role]) -> bool:
        """Whether one of these roles has it."""
        return Role.ANYONE in self.roles or not self.roles.isdisjoint(roles)

    def make_error(self) -> ChatError:
        """The error for actors without it."""
        return ChatError(self.kind, field=self.field, detail=self.detail)


_SENDER, _PARTNERS, _COMMONERS = (frozenset({role}) for role in (Role.SENDER, Role.PARTNER, Role.COMMONER))
_STAFF: Final = frozenset({Role.STAFF})
_OWNER: Final = frozenset({Role.OWNER, Role.STAFF})
_MODERATORS: Final = frozenset({Role.MODERATOR, Role.OWNER, Role.STAFF})
_FOREIGN: Final = "you can only change your own messages", CLIENT_UNAUTHORIZED, "target"
_MODERATED: Final = "only moderators can do that"

# The table. What is not in it needs no role: members read, send, reply, react, and set their read marks.
EDIT_MESSAGE: Final = Permission(_SENDER, *_FOREIGN)
DELETE_MESSAGE: Final = Permission(_SENDER | _MODERATORS, *_FOREIGN)
DELETE_ALL: Final = Permission(_MODERATORS, _MODERATED)  # of one sender of a lower rank, in the room
DELETE_EVERYWHERE: Final = Permission(_STAFF, "only staff can delete messages in all rooms")
RESTORE_MESSAGE: Final = Permission(_STAFF, "only staff can restore messages")
PIN_MESSAGE: Final = Permission(_PARTNERS | _MODERATORS, _MODERATED, choice="who_can_pin")
POST_ANYWAY: Final = Permission(_MODERATORS, _MODERATED)  # whatever limits posting there: lock, mute, …
MENTION_ALL: Final = Permission(_MODERATORS, _MODERATED, choice="who_can_mention_all")  # with @room and @here
# And find it, if it is hidden.
ENTER_WITHOUT_TOKEN: Final = Permission(_MODERATORS | {Role.JOINED}, _MODERATED)
MUTE: Final = Permission(_MODERATORS, _MODERATED)
KICK: Final = Permission(_MODERATORS, _MODERATED)
BAN: Final = Permission(_MODERATORS, _MODERATED)  # those of a lower rank
DECIDE_REPORTS: Final = Permission(_MODERATORS, _MODERATED)  # and see them
# Lock, slow mode, accounts only, and the choices below.
LIMIT_POSTING: Final = Permission(_MODERATORS, _MODERATED)
LEAVE_TO_OWNER: Final = Permission(
    _OWNER, "only the owner of this room can change what only the owner can do"
)
FILTER_TEXTS: Final = Permission(_MODERATORS, _MODERATED)
FILTER_EVERYWHERE: Final = Permission(_STAFF, "only staff can filter texts in all rooms")
SET_RETENTION: Final = Permission(_MODERATORS, _MODERATED)
CHANGE_ROOM: Final = Permission(
    _COMMONERS | _MODERATORS, "only the owner and the moderators of this room can change it"
)
DELETE_ROOM: Final = Permission(
    _COMMONERS | _MODERATORS, "only the owner and the moderators of this room can delete it"
)
NAME_MODERATORS: Final = Permission(_OWNER, "only the owner of this room can name its moderators")
GIVE_ROOM: Final = Permission(_OWNER, "only the owner of this room can give it to another owner")
RESTORE_ROOM: Final = Permission(_STAFF, "only staff can restore a room")
BAN_FROM_SERVER: Final = Permission(_STAFF, "only staff can ban from the server")

# What a room can choose for the permissions with a `choice`. With AUTO, everyone has it while few have joined
# and few are present, too: `chat.log.mentions` counts them.
CHOICES: Final = {
    EVERYONE: (frozenset({Role.ANYONE}), ""),
    AUTO: (_MODERATORS, _MODERATED),
    MODERATORS: (_MODERATORS, _MODERATED),
    OWNER: (_OWNER, "only the owner of this room can do that"),
}

TABLE: Final = {name: row for name, row in globals().items() if isinstance(row, Permission)}


def roles_of(actor: Actor, room: Ownership) -> set[Role]:
    """The roles of the actor in the room. In a conversation of two, only the two have one, not even staff."""
    known = actor.participant is not None
    if room.pair is not None:
        return {Role.PARTNER} if actor.participant in room.pair else set()
    holds = {
        Role.COMMONER: room.commons and (room.visibility == PUBLIC or actor.room_token == room.generation),
        Role.JOINED: known and actor.participant in room.joined,
        Role.MODERATOR: known and actor.participant in room.moderators,
        Role.OWNER: known and actor.participant == room.owner,
        Role.STAFF: actor.staff,
    }
    return {role for role, held in holds.items() if held}


# A moderator can act only against participants of a lower rank, and change no mute or ban of a higher one.
# Rank 0: everyone else.
RANKS: Final = {Role.MODERATOR: 1, Role.OWNER: 2, Role.STAFF: 3}


# Where an anonymous client, or a participant outside of all rooms, is.
NOWHERE: Final = Ownership(PUBLIC, owner=None, commons=False)


def rank_of(actor: Actor, room: Ownership) -> int:
    """The actor's rank in the room."""
    if actor.staff:
        return RANKS[Role.STAFF]
    return max((RANKS.get(role, 0) for role in roles_of(actor, room)), default=0)


def check_outranks(rank: int, other: int) -> None:
    """Raise 104 unless `rank` is above that of the other one."""
    if other >= rank:
        detail = "you cannot do that to those who run this room"
        raise ChatError(ROOM_UNAUTHORIZED, field="name", detail=detail)


def check_may_change(rank: int, decided: Iterable[int]) -> None:
    """Raise 104 if someone of a higher rank made one of these mutes or bans. `decided`: their ranks."""
    if any(other > rank for other in decided):
        detail = "staff or the owner of this room decided this; only they can change it"
        raise ChatError(ROOM_UNAUTHORIZED, detail=detail)


def name_who_may_change(rank: int, decided: int) -> str | None:
    """Who can change a mute of the rank `decided`, if those of the first one cannot: "owner" or "staff"."""
    if decided <= rank:
        return None
    return "owner" if decided <= RANKS[Role.OWNER] else "staff"


def may(actor: Actor, permission: Permission, room: Ownership, *, is_sender: bool = False) -> bool:
    """Whether the actor may do that in the room. `is_sender`: of the message that it is about."""
    if is_sender and Role.SENDER in permission.roles:
        return True
    return permission.in_room(room).is_held_by(roles_of(actor, room))


def check(actor: Actor, permission: Permission, room: Ownership, *, is_sender: bool = False) -> None:
    """Raise the error of the permission unless the actor has it (see `may`)."""
    if not may(actor, permission, room, is_sender=is_sender):
        raise permission.in_room(room).make_error()
