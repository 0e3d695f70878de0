"""Who may do what, as the database says now. Rights that were read earlier do not count."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from chat import permissions
from chat.log.drafts import Draft
from chat.log.room_state import RoomState
from chat.models import Participant, Room
from chat.permissions import Actor, Ownership, Permission, Role


def as_now(actors: Iterable[Actor]) -> dict[Actor, Actor]:
    """Each of them with their current rights: those of an anonymous client once the account is closed.

    Two queries, or one if none of them can be staff.
    """
    asked = set(actors)
    known = {actor.participant for actor in asked if actor.participant is not None}
    standing: dict[int, bool] = {}
    if known:
        rows = Participant.objects.standing().filter(pk__in=known)
        standing = dict(rows.values_list("pk", "user__is_staff"))
    by_permission: dict[str, set[int]] = defaultdict(set)
    for actor in asked:
        if actor.participant is not None and standing.get(actor.participant):
            by_permission[actor.permission].add(actor.participant)
    staff = {
        (participant, permission)
        for permission, some in by_permission.items()
        for participant in Participant.objects.filter(pk__in=some)
        .staff(permission)
        .values_list("pk", flat=True)
    }
    return {actor: _with_current_rights(actor, standing, staff) for actor in asked}


def _with_current_rights(
    actor: Actor, standing: Collection[int], staff: Collection[tuple[int, str]]
) -> Actor:
    if actor.participant is None:
        return actor
    if actor.participant not in standing:
        return replace(actor, participant=None, staff=False)
    return replace(actor, staff=(actor.participant, actor.permission) in staff)


class CurrentRights:
    """The rights of the actors of one batch, whose rooms are locked.

    All are read together at the first question, and a room again after a change of it.
    """

    def __init__(self, drafts: Sequence[Draft], states: Mapping[int, RoomState]) -> None:
        self._drafts = drafts
        self._states = states
        self._concerned: list[Draft] = []
        self._actors: Mapping[Actor, Actor] = {}
        self._rooms: dict[int, Ownership] = {}

    def has_permission(self, draft: Draft, permission: Permission, *, is_sender: bool = False) -> bool:
        """Whether the draft's actor has the permission. The database is asked only if it decides that."""
        if is_sender and Role.SENDER in permission.roles:
            return True
        if draft.actor.participant is None and Role.COMMONER not in permission.roles:
            return draft.actor.staff
        self._load_rights(draft)
        return permissions.may(self._actors[draft.actor], permission, self._rooms[draft.room])

    def check_permission(self, draft: Draft, permission: Permission, *, is_sender: bool = False) -> None:
        """Raise the error of the permission unless the draft's actor has it in its room."""
        if not self.has_permission(draft, permission, is_sender=is_sender):
            raise permission.refuse()

    def _load_rights(self, draft: Draft) -> None:
        """Have the draft's actor and room at hand."""
        if not self._actors:
            self._concerned = self._find_concerned()
            self._actors = as_now(one.actor for one in self._concerned)
        if draft.room not in self._rooms:
            wanted = {one.room for one in self._concerned} - self._rooms.keys()
            rooms = Room.objects.filter(pk__in=wanted).prefetch_related("moderators")
            self._rooms |= {room.pk: room.ownership() for room in rooms}

    def forget_room(self, room: int) -> None:
        """The room has changed: what is known of it may be so no more."""
        self._rooms.pop(room, None)

    def _find_concerned(self) -> list[Draft]:
        """The drafts that may need a right: all, but for messages in rooms that stay open in this batch."""
        strict = {draft.room for draft in self._drafts if not draft.plain}
        strict.update(room for room, state in self._states.items() if state.locked or state.mutes)
        return [draft for draft in self._drafts if draft.room in strict]
