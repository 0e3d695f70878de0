"""Where pages lead to."""

from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from chat.models import Room

NEXT: Final = "next"


def of_room(room: Room) -> str:
    """The page of the room. A hidden room's number says nothing to whoever has not entered it."""
    return reverse("web:room", args=[room.title if room.hidden else room.pk])


def home() -> str:
    """The list of rooms."""
    return reverse("web:home")


def next_of(request: HttpRequest) -> str:
    """Where the form asks to go afterwards: on this site alone, and home if it names no such place."""
    place = request.POST.get(NEXT, request.GET.get(NEXT, ""))
    return place if _is_here(request, place) else home()


def here(request: HttpRequest) -> str:
    """Where to come back to after a form in the page's header. What was posted cannot be asked for again."""
    if request.method not in ("GET", "HEAD"):
        return next_of(request)
    return next_of(request) if NEXT in request.GET else request.get_full_path()


def _is_here(request: HttpRequest, place: str) -> bool:
    hosts = {request.get_host()}
    return url_has_allowed_host_and_scheme(place, hosts, require_https=request.is_secure())
