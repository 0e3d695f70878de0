"""Where pages lead to."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from chat.models import Participant, Room

View: TypeAlias = Callable[..., HttpResponseBase]

NEXT: Final = "next"
TITLE: Final = "title"
NAME: Final = "name"


def of_room(room: Room) -> str:
    """The page of the room: its number, never taken for a title. A hidden room may need its title with it."""
    page = reverse("web:room", args=[room.pk])
    return page if room.told_by_number else f"{page}?{urlencode({TITLE: room.title})}"


def of_talk(other: Participant) -> str:
    """The page of a conversation with this participant. Browsers and proxies would change some names."""
    if "\\" in other.name or not {"", ".", ".."}.isdisjoint(other.name.split("/")):
        return f"{reverse('web:talk')}?{urlencode({NAME: other.name})}"
    return reverse("web:direct", args=[other.name])


def home_address() -> str:
    """The list of rooms."""
    return reverse("web:home")


def next_of(request: HttpRequest) -> str:
    """Where the form asks to go afterwards: on this site alone, and home if it names no such place."""
    place = request.POST.get(NEXT, request.GET.get(NEXT, ""))
    return place if _is_here(request, place) else home_address()


def return_address(request: HttpRequest) -> str:
    """Where to come back to after a form in the page's header. What was posted cannot be asked for again.

    A browser would make another address of one that has dots for folders in it.
    """
    if not {".", ".."}.isdisjoint(request.path.split("/")):
        return home_address()
    if request.method not in ("GET", "HEAD"):
        return next_of(request)
    return next_of(request) if NEXT in request.GET else request.get_full_path()


def posted_from(page: str) -> Callable[[View], View]:
    """Decorate the view of a form: a GET of its address redirects to the page with the form.

    A refused form is shown at that address, and may be reloaded there.
    """

    def with_page(view: View) -> View:
        @wraps(view)
        def post_or_go(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            return HttpResponseRedirect(reverse(page))

        return post_or_go

    return with_page


def _is_here(request: HttpRequest, place: str) -> bool:
    hosts = {request.get_host()}
    return url_has_allowed_host_and_scheme(place, hosts, require_https=request.is_secure())
