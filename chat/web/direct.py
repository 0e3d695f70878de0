"""The page of a conversation of two."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat import conf
from chat.models import Participant
from chat.web import addresses, introduction, me, modules, places, visits
from chat.web.visits import Visit

_PAGE: Final = "chat/no_talk.html"


@never_cache
@require_safe
def redirect_to_name(request: HttpRequest) -> HttpResponse:
    """The same, for whatever name (`?name=`): not every one can be a part of a path."""
    return show_conversation(request, request.GET.get(addresses.NAME, ""))


@never_cache
@require_safe
def show_conversation(request: HttpRequest, name: str) -> HttpResponse:
    """Show the conversation with the participant of this name. It begins with its first message, not here."""
    other = None if "\x00" in name else Participant.objects.named(name).first()
    if other is None:
        return render(request, _PAGE, {"name": name}, status=404)
    who = me.find_me(request)
    if who.participant == other.pk:
        return render(request, _PAGE, {"name": other.name, "myself": True}, status=404)
    address = addresses.of_talk(other)
    in_query = request.path == reverse("web:talk")
    if name != other.name or in_query != ("?" in address):
        return redirect(address)
    if not who.name:
        return introduction.ask_for_name(request)
    latest = visits.latest_visit(request.session)
    shown = {
        "room": None,
        "visit": Visit(who.name, who.color or (latest.color if latest else "")),
        "staff": who.actor.staff,
        "most": conf.get_limits().text,
        "address": address,
        "renew_after": 0,
        "direct": other.name,
        "places": places.find_places(request, talk=other.pk),
        "modules": modules.list_modules(modules.EVERY_PAGE, modules.ROOM_PAGE),
    }
    return render(request, "chat/room.html", shown)
