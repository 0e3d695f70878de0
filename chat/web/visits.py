"""A visitor in a room: who has joined it, in this browser or another, and under which name and colour."""

from dataclasses import dataclass
from typing import Final

from django.contrib.sessions.backends.base import SessionBase
from django.http import Http404, HttpRequest

from chat import tokens
from chat.errors import ChatError
from chat.models import Room
from chat.permissions import Actor
from chat.services import access, joined_rooms
from chat.services.joined_rooms import Joining
from chat.web import addresses, visitor

_EARLIER: Final = "rooms"  # where sessions kept their rooms, before participants did


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor in a room: the name and colour there."""

    name: str
    color: str


def find_visit(request: HttpRequest, room: int) -> Visit | None:
    """The visit to the room, if the visitor has joined it and not left since."""
    who = visitor.find_visitor(request)
    if who.participant is None:
        return None
    adopt_earlier_rooms(request.session, who.participant)
    if not joined_rooms.has_joined(who.participant, room):
        return None
    return Visit(who.name, who.color)


def adopt_earlier_rooms(session: SessionBase, participant: int) -> None:
    """Give the participant the rooms that an earlier version of this server kept in the session."""
    if _EARLIER not in session:
        return
    kept: dict[str, dict[str, str]] = session.pop(_EARLIER)
    rooms = Room.objects.existing().in_bulk([int(ref) for ref in kept])
    held = {
        pk: tokens.let_in(kept[str(pk)].get("token", ""), pk, room.generation) for pk, room in rooms.items()
    }
    joined_rooms.note_joined(
        [
            Joining(participant, pk, room.generation if held[pk] else 0)
            for pk, room in rooms.items()
            if room.public or held[pk]
        ]
    )


def find_room(request: HttpRequest, ref: str) -> tuple[Room, Actor]:
    """The room of the address. A title beside its number shows that the visitor knows of the room."""
    actor = visitor.find_actor(request)
    if actor.participant is not None:
        adopt_earlier_rooms(request.session, actor.participant)
    title = request.POST.get(addresses.TITLE) or request.GET.get(addresses.TITLE, "")
    try:
        return access.find_visible(ref, "", actor, title), actor
    except ChatError:
        raise Http404 from None
