"""Places and people by a part of their name, for scripts: the quick switcher, and the people of a room."""

from typing import Final

from django.db.models import Value
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat.log.current_rights import read_current_actors
from chat.models import JoinedRoom, Room
from chat.models.room import is_number
from chat.permissions import Actor
from chat.services import people, spending
from chat.services.access import find_readable
from chat.web import addresses, visitor

MOST: Final = 10  # of each kind
_LONGEST: Final = 70
_MOST_SOUGHT: Final = 50
# People of a room. To find a further page takes as long as the first, so those are larger.
_FIRST_PAGE: Final = 200
_LATER_PAGE: Final = 1_000


@never_cache
@require_safe
def show_names(request: HttpRequest) -> HttpResponse:
    """The people who have joined the room `?room=` and are not in it now, for those who have joined it.

    With `?q=` those with a word of their name that begins with it; else all but those who run the room, a
    page of them after the name `?after=`, and how many follow.
    """
    room, actor = _find_joined(request)
    sought, after = _read_text(request, "q"), _read_text(request, "after")
    shown: dict[str, object]
    with spending.searching(actor, actor.address):
        away = people.find_away(room).exclude(pk=actor.participant or 0)  # who may have come this moment
        if sought:
            shown = {"people": list(away.with_word(sought)[:_MOST_SOUGHT])}
        else:
            others = away.exclude(pk=room.owner_id or 0).exclude(pk__in=room.moderators.all())
            rest = others.alias(folded=Lower("name")).filter(folded__gt=Lower(Value(after)))
            page = list(rest[: _LATER_PAGE if after else _FIRST_PAGE])
            shown = {"people": page, "more": max(0, rest.count() - len(page))}  # some may come back meanwhile
    return render(request, "chat/names.html", shown)


@never_cache
@require_safe
def switch(request: HttpRequest) -> HttpResponse:
    """The rooms and people with the text `?q=` in their names."""
    sought = _read_text(request, "q")
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


def _find_joined(request: HttpRequest) -> tuple[Room, Actor]:
    """The room that `?room=` names, and the visitor, who has joined it and may still read there."""
    number = request.GET.get("room", "")
    actor = visitor.find_visitor(request).actor
    now = read_current_actors([actor])[actor]
    if actor.participant is None or not is_number(number):
        raise Http404
    joined = JoinedRoom.objects.filter(participant=actor.participant, room=int(number))
    room = find_readable(now, Room.objects.filter(pk__in=joined.values("room"))).first()
    if room is None:
        raise Http404
    return room, actor


def _read_text(request: HttpRequest, field: str) -> str:
    return request.GET.get(field, "").replace("\x00", "").strip()[:_LONGEST]
