"""The quick switcher: places by a part of their name. Scripts take over the results of the page."""

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat.log.current_rights import read_current_actors
from chat.models import Room
from chat.models.room import is_number
from chat.services import people, spending
from chat.services.access import find_readable
from chat.web import addresses, visitor

MOST: Final = 10  # of each kind
_LONGEST: Final = 70
_MOST_NAMES: Final = 8


@never_cache
@require_safe
def find_names(request: HttpRequest) -> HttpResponse:
    """The people with the text `?q=` in their names who can be mentioned in the room `?room=`."""
    sought, number = _read_sought(request), request.GET.get("room", "")
    now = read_current_actors([actor := visitor.find_visitor(request).actor])[actor]
    if not is_number(number) or not find_readable(now, Room.objects.filter(pk=int(number))).exists():
        raise Http404
    with spending.searching(actor, actor.address):
        found = people.find_mentionable(int(number), sought, _MOST_NAMES)
    return render(request, "chat/names.html", {"people": found})


@never_cache
@require_safe
def switch(request: HttpRequest) -> HttpResponse:
    """The rooms and people with the text `?q=` in their names."""
    sought = _read_sought(request)
    actor = visitor.find_visitor(request).actor
    with spending.searching(actor, actor.address):
        rooms = people.find_rooms(actor, sought, MOST)
        known = people.find_known(actor, sought, MOST)
    shown = {
        "sought": sought,
        "rooms": [(room.title, addresses.of_room(room)) for room in rooms],
        "people": [(who, addresses.of_talk(who)) for who in known],
    }
    return render(request, "chat/switch.html", shown)


def _read_sought(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:_LONGEST]
