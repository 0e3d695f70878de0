"""The sidebar's entries: the rooms that a visitor has entered, and their conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

from chat.models import Participant, Room
from chat.permissions import Actor
from chat.services import access
from chat.services.marks import count_unread
from chat.web import addresses, me, visits

MOST: Final = 15  # of each kind


@dataclass(frozen=True, slots=True)
class Place:
    """A room or a conversation, with how many messages are unread in it.

    `current`: the page shows it, and nothing in it is counted as unread.
    """

    room: int
    title: str
    address: str
    unread: int
    current: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """Both kinds, the latest first."""

    rooms: Sequence[Place] = ()
    talks: Sequence[Place] = ()


def find_places(request: HttpRequest, *, room: int | None = None, talk: int | None = None) -> Places:
    """The visitor's places. The page shows this `room`, or the talk with this participant."""
    who = me.find_me(request)
    if who.participant is None:
        return Places()
    seen = _find_visited(request, who.actor)
    talks = _find_conversations(who.participant)
    counts = count_unread(who.participant, {each.pk: each.last_seq for each in [*seen, *talks]})
    counts |= {each.pk: 0 for each in seen if each.pk == room}
    counts |= {each.pk: 0 for each, other in talks.items() if other.pk == talk}
    rooms = [
        Place(each.pk, each.title, addresses.of_room(each), counts.get(each.pk, 0), each.pk == room)
        for each in seen
    ]
    with_others = [
        Place(each.pk, other.name, addresses.of_talk(other), counts.get(each.pk, 0), other.pk == talk)
        for each, other in talks.items()
    ]
    return Places(rooms, with_others)


def _find_visited(request: HttpRequest, actor: Actor) -> list[Room]:
    """What of them may still be told: a room with a new password is one that was never entered."""
    numbers = visits.latest_first(request.session)[:MOST]
    rooms = Room.objects.existing().prefetch_related("moderators").in_bulk(numbers)
    found = (rooms[number] for number in numbers if number in rooms)
    return [room for room in found if _was_let_in(request, room, actor)]


def _was_let_in(request: HttpRequest, room: Room, actor: Actor) -> bool:
    return access.has_been_let_in(room, visits.token_of_visit(request.session, str(room.pk)), actor)


def _find_conversations(participant: int) -> dict[Room, Participant]:
    """The latest of them, with whom each is. Participants who have lost their name are left out of it."""
    latest = Room.objects.conversations([participant]).select_related("low", "high")[:MOST]
    others = ((room, room.high if room.low_id == participant else room.low) for room in latest)
    return {room: other for room, other in others if other is not None and other.name_key is not None}
