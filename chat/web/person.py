"""The page of a person. Scripts show it as a card beside the name."""

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat.models import Participant
from chat.services import people
from chat.web import addresses, visitor

MOST: Final = 10  # rooms in common


@never_cache
@require_safe
def show_person(request: HttpRequest) -> HttpResponse:
    """The person of the name `?name=`: presence, for those who know them, and the rooms in common."""
    name = request.GET.get(addresses.NAME, "")
    person = None if "\x00" in name else Participant.objects.not_closed().named(name).first()
    if person is None:
        raise Http404
    actor = visitor.find_visitor(request).actor
    rooms = people.find_common_rooms(actor, person, MOST)
    shown = {
        "person": person,
        "online": people.knows(actor, person) and people.is_online(person),
        "rooms": [(room.title, addresses.of_room(room)) for room in rooms],
        "talk": addresses.of_talk(person),
        "myself": person.pk == actor.participant,
    }
    return render(request, "chat/person.html", shown)
