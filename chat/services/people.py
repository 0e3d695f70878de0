"""The people whom a participant knows, from rooms and conversations. Blocking."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from chat import validation
from chat.models import Block, JoinedRoom, Participant, Presence, Room
from chat.models.room import pair_of
from chat.permissions import Actor
from chat.services import bans

LOOKED_AT: Final = 5_000  # members of a room, for each question


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


def find_mentionable(room: int, wanted: str, most: int) -> list[Participant]:
    """The participants with this text in their names who have joined the room, present or not.

    In a larger room than LOOKED_AT, of those who have been on the server longest.
    """
    key = validation.name_key(wanted)
    if not key:
        return []
    joined = JoinedRoom.objects.filter(room=room).order_by("participant").values("participant")
    named = Participant.objects.not_closed().filter(name_key__contains=key, pk__in=joined[:LOOKED_AT])
    return list(named.order_by("name_key")[:most])


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

    When they were last here is for those who have a room or a conversation with them, if the person allows
    it, and not for those whom they have blocked.
    """
    if person.user is not None and not person.user.is_active:  # a closed account
        return PersonPresence()
    if is_online(person):
        return PersonPresence(online=knows(actor, person))
    if not person.shows_last_seen or actor.participant in (None, person.pk):
        return PersonPresence()
    if Block.objects.filter(blocker=person, blocked=actor.participant).exists():
        return PersonPresence()
    met = knows(actor, person) or bool(find_common_rooms(actor, person, 1))
    return PersonPresence(last_seen=person.seen_at if met else None)


def show_last_seen(participant: int, *, on: bool) -> None:
    """Set whether others may see when the participant was last here."""
    Participant.objects.filter(pk=participant).update(shows_last_seen=on)


def is_online(person: Participant) -> bool:
    """Whether the person has a connection now."""
    return person.seen_at > timezone.now()


def knows(actor: Actor, person: Participant) -> bool:
    """Whether the two are in a room now, or in a conversation: then each sees if the other is online."""
    if actor.participant is None:
        return False
    # Not by `_find_met`: a conversation asks each minute, and that lists all members of all rooms.
    low, high = pair_of(actor.participant, person.pk)
    if Room.objects.filter(low=low, high=high, last_seq__gt=0).exists():
        return True
    return Presence.objects.current().filter(participant=person, room__in=_find_open(actor)).exists()


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
