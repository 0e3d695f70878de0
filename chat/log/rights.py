"""Who may do what, as the database says now. What anybody was known to be before is not believed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from chat import permissions
from chat.errors import ChatError, attempt
from chat.log.drafts import Check, Draft
from chat.models import Participant, Room
from chat.permissions import Actor, Ownership


def as_now(actors: Iterable[Actor]) -> dict[Actor, Actor]:
    """Each of them with the rights that are theirs now: those of nobody known once the account is closed.

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
    return {actor: _now(actor, standing, staff) for actor in asked}


def _now(actor: Actor, standing: Collection[int], staff: Collection[tuple[int, str]]) -> Actor:
    if actor.participant is None:
        return actor
    if actor.participant not in standing:
        return replace(actor, participant=None, staff=False)
    return replace(actor, staff=(actor.participant, actor.permission) in staff)


class Rights:
    """The rights of those who want something in one batch, whose rooms are locked. Nothing is asked in vain.

    `concerned`: the drafts for which a right may be needed.
    """

    def __init__(self, concerned: Collection[Draft]) -> None:
        self._concerned = concerned
        self._actors: Mapping[Actor, Actor] | None = None
        self._rooms: dict[int, Ownership] = {}

    def moderates(self, draft: Draft) -> bool:
        """Whether the actor runs the room."""
        if draft.actor in (permissions.ANONYMOUS, permissions.SITE):
            return draft.actor.staff
        return not isinstance(self.refusal(draft, permissions.check_moderate), ChatError)

    def actor(self, draft: Draft) -> Actor:
        """The actor, with the rights that are theirs now."""
        if self._actors is None:
            self._actors = as_now(one.actor for one in self._concerned)
        return self._actors[draft.actor]

    def refusal(self, draft: Draft, check: Check) -> ChatError | None:
        """Why the actor may not do it in the room, if so."""
        if draft.room not in self._rooms:
            wanted = {one.room for one in self._concerned} - self._rooms.keys()
            rooms = Room.objects.filter(pk__in=wanted).prefetch_related("moderators")
            self._rooms |= {room.pk: room.ownership() for room in rooms}
        return attempt(check, self.actor(draft), self._rooms[draft.room])

    def forget(self, room: int) -> None:
        """The room has changed."""
        self._rooms.pop(room, None)
