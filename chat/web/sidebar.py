"""The sidebar's entries: the rooms that a visitor has joined, and their conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.utils import timezone

from chat.models import Participant, Room
from chat.services import joined_rooms, people, unfinished
from chat.services.marks import Unread, count_unread
from chat.web import addresses, visitor, visits

MOST_CONVERSATIONS: Final = 15


@dataclass(frozen=True, slots=True)
class SidebarEntry:
    """A room or a conversation, with how many messages are unread in it, and how many mention the visitor.

    `current`: the page shows it, and nothing in it is counted as unread. `level`: what calls the visitor.
    `person`: the other one in a conversation, who may be `online`. `draft`: the visitor has begun to write.
    """

    room: int
    title: str
    address: str
    unread: int
    mentions: int = 0
    current: bool = False
    level: str = "all"
    person: Participant | None = None
    online: bool = False
    draft: bool = False

    @property
    def shown_unread(self) -> int:
        """The number of unread messages, if the level lets it through."""
        return self.unread if self.level == "all" else 0

    @property
    def shown_mentions(self) -> int:
        """The number of mentions, if the level lets it through."""
        return 0 if self.level == "nothing" else self.mentions


@dataclass(frozen=True, slots=True)
class SidebarEntries:
    """Both kinds, the latest first, with the name and colour under which the visitor talks."""

    rooms: Sequence[SidebarEntry] = ()
    talks: Sequence[SidebarEntry] = ()
    name: str = ""
    color: str = ""


def find_entries(request: HttpRequest, *, room: int | None = None, talk: int | None = None) -> SidebarEntries:
    """Find the visitor's sidebar entries. The page shows this `room`, or the talk with this participant."""
    who = visitor.find_visitor(request)
    if who.participant is None:
        return SidebarEntries()
    visits.adopt_earlier_rooms(request.session, who.participant)
    joined = joined_rooms.list_joined(who.actor, joined_rooms.MOST_TOLD)
    seen, now = [row.room for row in joined], timezone.now()
    talks = _find_conversations(who.participant)
    drafts = unfinished.find_rooms(who.participant)
    online = people.find_online(who.actor, talks.values())
    counts = count_unread(who.participant, {each.pk: each.last_seq for each in [*seen, *talks]})
    counts |= {each.pk: Unread() for each in seen if each.pk == room}
    counts |= {each.pk: Unread() for each, other in talks.items() if other.pk == talk}
    rooms = [
        SidebarEntry(
            row.room.pk,
            row.room.title,
            addresses.of_room(row.room),
            *counts.get(row.room.pk, Unread()),
            row.room.pk == room,
            row.level_at(now)[0],
            draft=row.room.pk in drafts,
        )
        for row in joined
    ]
    with_others = [
        SidebarEntry(
            each.pk,
            other.name,
            addresses.of_talk(other),
            *counts.get(each.pk, Unread()),
            other.pk == talk,
            person=other,
            online=other.pk in online,
            draft=each.pk in drafts,
        )
        for each, other in talks.items()
    ]
    return SidebarEntries(rooms, with_others, who.name, who.color)


def _find_conversations(participant: int) -> dict[Room, Participant]:
    """The latest conversations, with the other participant. Those without a name are left out."""
    latest = Room.objects.conversations([participant]).select_related("low", "high")[:MOST_CONVERSATIONS]
    others = ((room, room.high if room.low_id == participant else room.low) for room in latest)
    return {room: other for room, other in others if other is not None and other.name_key is not None}
