"""Who may do what, as the database says now. Rights that were read earlier do not count."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from django.contrib.sessions.models import Session
from django.utils import timezone

from chat import permissions
from chat.events import Sender
from chat.log.drafts import Draft
from chat.log.room_state import RoomState
from chat.models import Participant, Room
from chat.permissions import Actor, Ownership, Permission, Proof, Role


@dataclass(frozen=True, slots=True)
class _Standing:
    """What is stored of a participant who is not gone. `account`: as in `Proof`."""

    account: bytes | None
    is_staff: bool
    created_at: datetime


def hash_password_state(password: str) -> bytes:
    """A fingerprint that tells a stored password from an earlier one, without revealing either."""
    return sha256(password.encode()).digest()


def check_proofs(actors: Sequence[Actor]) -> list[bool]:
    """Whether the proof of each of these participants still holds. Two queries, or one without sessions."""
    known, there = _read_standing(actors), _read_sessions(actors)
    return [_holds(actor, known.get(actor.participant or 0), there) for actor in actors]


def _read_standing(actors: Iterable[Actor]) -> dict[int, _Standing]:
    """By participant."""
    asked = {actor.participant for actor in actors if actor.participant is not None}
    if not asked:
        return {}
    rows = Participant.objects.not_closed().filter(pk__in=asked)
    found = rows.values_list("pk", "user__password", "user__is_staff", "created_at")
    return {
        pk: _Standing(None if password is None else hash_password_state(password), bool(flag), at)
        for pk, password, flag, at in found
    }


def _read_sessions(actors: Iterable[Actor]) -> Set[str]:
    """The keys of those sessions of browsers that are not over."""
    keys = {actor.proof.session for actor in actors if actor.proof.session}
    sessions = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return set(sessions.values_list("session_key", flat=True)) if keys else frozenset()


def _holds(actor: Actor, known: _Standing | None, sessions: Set[str]) -> bool:
    proof = actor.proof
    return (
        known is not None
        and known.account == proof.account
        and (not proof.session or proof.session in sessions)
        and not proof.is_older_than(known.created_at)
    )


def read_current_actors(actors: Iterable[Actor]) -> dict[Actor, Actor]:
    """Map each actor to its current rights: those of an anonymous client once its account is closed, or its
    proof is over. Who comes without a proof, as for a deletion under way, needs none.

    Up to three queries: the last two for sessions, and for those who can be staff.
    """
    asked = set(actors)
    known, sessions = _read_standing(asked), _read_sessions(asked)
    by_permission: dict[str, set[int]] = defaultdict(set)
    for actor in asked:
        if actor.participant in known and known[actor.participant].is_staff:
            by_permission[actor.permission].add(actor.participant)
    staff = {
        (participant, permission)
        for permission, some in by_permission.items()
        for participant in Participant.objects.filter(pk__in=some)
        .staff(permission)
        .values_list("pk", flat=True)
    }
    return {
        actor: _with_current_rights(actor, known.get(actor.participant or 0), sessions, staff)
        for actor in asked
    }


def _with_current_rights(
    actor: Actor, known: _Standing | None, sessions: Set[str], staff: Collection[tuple[int, str]]
) -> Actor:
    if actor.participant is None:
        return actor
    if known is None or (actor.proof != Proof() and not _holds(actor, known, sessions)):
        return replace(actor, participant=None, staff=False, proof=Proof())
    is_staff = (actor.participant, actor.permission) in staff
    return actor if is_staff == actor.staff else replace(actor, staff=is_staff)


def read_accounts(senders: Iterable[Sender | None]) -> Set[int]:
    """The participants among these senders who have an account that is not closed. One query."""
    known = {who.participant for who in senders if who is not None and who.participant is not None}
    accounts = Participant.objects.not_closed().filter(pk__in=known, user__isnull=False)
    return set(accounts.values_list("pk", flat=True)) if known else set()


def read_rank(room: int, participant: int) -> int:
    """The rank of a participant in the room, which a ban does not lower."""
    found = Room.objects.prefetch_related("moderators").get(pk=room)
    actor = Actor(participant)
    return permissions.rank_of(read_current_actors([actor])[actor], found.ownership(with_banned=True))


@dataclass(slots=True)
class CurrentRights:
    """The rights of the actors of one batch, whose rooms are locked.

    All are read together at the first question, and a room again after a change of it.
    """

    _drafts: Sequence[Draft]
    _states: Mapping[int, RoomState]
    _concerned: list[Draft] = field(default_factory=list)
    _actors: Mapping[Actor, Actor] = field(default_factory=dict)
    _rooms: dict[int, Ownership] = field(default_factory=dict)
    _accounts: Set[int] | None = None
    _ranks: dict[tuple[int, int], int] = field(default_factory=dict)

    def has_permission(self, draft: Draft, permission: Permission, *, is_sender: bool = False) -> bool:
        """Whether the draft's actor has the permission. The database is asked only if it decides that."""
        if is_sender and Role.SENDER in permission.roles:
            return True
        if (
            draft.actor.participant is None
            and Role.COMMONER not in permission.roles
            and not permission.choice
        ):
            return draft.actor.staff
        self._load_rights(draft)
        return permissions.may(self._actors[draft.actor], permission, self._rooms[draft.room])

    def read_choice(self, draft: Draft, permission: Permission) -> str:
        """What the draft's room has chosen for the permission."""
        self._load_rights(draft)
        chosen: str = getattr(self._rooms[draft.room], permission.choice)
        return chosen

    def has_account(self, who: Sender) -> bool:
        """Whether the sender of a draft has an account, which is open. One query for the whole batch."""
        if self._accounts is None:
            self._accounts = read_accounts(draft.speaker for draft in self._drafts)
        return who.participant in self._accounts

    def read_rank(self, draft: Draft) -> int:
        """The rank of the draft's actor in its room."""
        if draft.actor.participant is None:
            return permissions.rank_of(draft.actor, permissions.NOWHERE)
        self._load_rights(draft)
        return permissions.rank_of(self._actors[draft.actor], self._rooms[draft.room])

    def read_rank_of(self, room: int, participant: int) -> int:
        """The rank of a participant in the room."""
        if (room, participant) not in self._ranks:
            self._ranks[room, participant] = read_rank(room, participant)
        return self._ranks[room, participant]

    def check_permission(self, draft: Draft, permission: Permission, *, is_sender: bool = False) -> None:
        """Raise the error of the permission unless the draft's actor has it in its room."""
        if not self.has_permission(draft, permission, is_sender=is_sender):
            raise permission.in_room(self._rooms.get(draft.room, permissions.NOWHERE)).make_error()

    def _load_rights(self, draft: Draft) -> None:
        """Have the draft's actor and room at hand."""
        if not self._actors:
            self._concerned = self._find_concerned()
            self._actors = read_current_actors(one.actor for one in self._concerned)
        if draft.room not in self._rooms:
            wanted = {one.room for one in self._concerned} - self._rooms.keys()
            rooms = Room.objects.filter(pk__in=wanted).prefetch_related("moderators")
            self._rooms |= {room.pk: room.ownership() for room in rooms}

    def forget_room(self, room: int) -> None:
        """The room has changed: what is known of it may be so no more."""
        self._rooms.pop(room, None)
        self._ranks = {place: rank for place, rank in self._ranks.items() if place[0] != room}

    def _find_concerned(self) -> list[Draft]:
        """The drafts that may need a right: all, but for most messages in rooms that stay open in a batch."""
        strict = {draft.room for draft in self._drafts if draft.may_need_right}
        strict.update(room for room, state in self._states.items() if state.guarded)
        return [draft for draft in self._drafts if draft.room in strict]
