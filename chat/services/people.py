"""The people whom a participant knows, from rooms and conversations. Blocking."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from chat import validation
from chat.models import Ban, Block, JoinedRoom, Participant, Presence, Room
from chat.models.participant import ParticipantQuerySet
from chat.models.room import pair_of
from chat.permissions import Actor
from chat.services import bans

LOOKED_AT: Final = 20_000  # members of a room, for each question


def find_known(actor: Actor, wanted: str, most: int) -> list[Participant]:
    """The participants with this text in their names whom the actor knows, and the one whose name it is."""
    key = validation.name_key(wanted)
    if actor.participant is None or not key:
        return []
    others = Participant.objects.not_closed().exclude(pk=actor.participant)
    # Sought among those whom the actor meets, and not among all participants: on PostgreSQL that took 2.2 s
    # of a million.
    met = others.filter(pk__in=_find_met(actor), name_key__contains=key).order_by("name_key")[:most]
    named = others.filter(name_key=key)  # the page of a conversation tells as much
    return sorted({*met, *named}, key=lambda person: person.name_key or "")[:most]


def find_away(room: Room) -> ParticipantQuerySet:
    """Those who have joined the room, may come back, and are not in it now, by name.

    In a larger room than LOOKED_AT, of those who have been on the server longest.
    """
    joined = JoinedRoom.objects.valid().filter(room=room).order_by("participant").values("participant")
    here = Presence.objects.current().filter(room=room, participant__isnull=False).values("participant")
    banned = Ban.objects.lasting(timezone.now()).filter(
        Q(room=room) | Q(room=None), kick=False, participant__isnull=False
    )
    people = Participant.objects.able_to_return().filter(pk__in=joined[:LOOKED_AT]).exclude(pk__in=here)
    return people.exclude(pk__in=banned.values("participant")).order_by(Lower("name"))


def find_rooms(actor: Actor, wanted: str, most: int) -> list[Room]:
    """The rooms with this text in their titles of which the actor may know, joined ones first."""
    key = validation.fold_label(wanted)
    if not key:
        return []
    joined = list(_find_open(actor).filter(title_key__contains=key).order_by("title_key")[:most])
    others = (
        Room.objects.listed().filter(title_key__contains=key).exclude(pk__in=[room.pk for room in joined])
    )
    return [*joined, *others.order_by("title_key")[: most - len(joined)]]


def find_common_rooms(actor: Actor, person: Participant, most: int) -> list[Room]:
    """The rooms that both the actor and the person have joined."""
    theirs = JoinedRoom.objects.valid().filter(participant=person)
    return list(_find_open(actor).filter(pk__in=theirs.values("room")).order_by("title_key")[:most])


class PersonPresence(NamedTuple):
    """What an actor may see of a person: that they are online, or else when they were last."""

    online: bool = False
    last_seen: datetime | None = None


def find_presence(actor: Actor, person: Participant) -> PersonPresence:
    """What the actor may see of the person's presence.

    It is for those who have a room or a conversation with them, and not for those whom they have blocked.
    When they were last here is shown if the person allows it.
    """
    if person.user is not None and not person.user.is_active:  # a closed account
        return PersonPresence()
    online = _is_online(person)
    if not online and (not person.shows_last_seen or person.pk == actor.participant):
        return PersonPresence()
    if _find_blockers(actor, [person.pk]) or not _knows(actor, person):
        return PersonPresence()
    return PersonPresence(online=True) if online else PersonPresence(last_seen=person.seen_at)


def find_online(actor: Actor, partners: Iterable[Participant]) -> set[int]:
    """The numbers of those who are online, of people with whom the actor has a conversation.

    Those who have blocked the actor are left out.
    """
    online = {person.pk for person in partners if _is_online(person)}
    return online - _find_blockers(actor, online)


def show_last_seen(participant: int, *, on: bool) -> None:
    """Set whether others may see when the participant was last here."""
    Participant.objects.filter(pk=participant).update(shows_last_seen=on)


def _is_online(person: Participant) -> bool:
    """Whether the person has a connection now."""
    return person.seen_at > timezone.now()


def _find_blockers(actor: Actor, numbers: Collection[int]) -> set[int]:
    """Those of these participants who have blocked the actor."""
    if actor.participant is None or not numbers:
        return set()
    rows = Block.objects.filter(blocker__in=numbers, blocked=actor.participant)
    return set(rows.values_list("blocker", flat=True))


def _knows(actor: Actor, person: Participant) -> bool:
    """Whether the two have a conversation, or a room: both have joined it, or the person is in it now."""
    if actor.participant is None:
        return False
    # Not by `_find_met`: a conversation asks each minute, and that lists all members of all rooms.
    low, high = pair_of(actor.participant, person.pk)
    if Room.objects.filter(low=low, high=high, last_seq__gt=0).exists():
        return True
    here = Presence.objects.current().filter(participant=person, room__in=_find_open(actor))
    return here.exists() or bool(find_common_rooms(actor, person, 1))


def _find_met(actor: Actor) -> QuerySet[Any, Any]:
    """The numbers of those who are in the actor's rooms now, or in a conversation with the actor."""
    talks = Room.objects.conversations([actor.participant] if actor.participant else []).order_by()
    here = Presence.objects.current().filter(room__in=_find_open(actor), participant__isnull=False)
    return here.values("participant").union(talks.values("low"), talks.values("high"))


def _find_open(actor: Actor) -> QuerySet[Room]:
    """The rooms that the actor has joined and may still be in."""
    joined = JoinedRoom.objects.valid().filter(participant=actor.participant)
    rooms = Room.objects.existing().filter(pk__in=joined.values("room"))
    return rooms.exclude(pk__in=bans.find_banning(rooms, actor))
