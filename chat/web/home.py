"""The list of rooms, and the ways to another one."""

from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chat import validation
from chat.errors import ChatError
from chat.models import Room
from chat.services import access, identity, rooms
from chat.web import addresses, places
from chat.web.words import FormError, explain_error, status_of, with_wait

ROOMS_ON_A_PAGE: Final = 50
ROOM_FIELDS: Final = ("title", "description", "visibility", "password")
_LONGEST_SOUGHT: Final = 70


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The rooms, or those that have what is looked for (`?q=`)."""
    return _render_home(request)


@require_POST
def create_room(request: HttpRequest) -> HttpResponse:
    """Create a room that belongs to the visitor."""
    fields = {name: request.POST.get(name, "") for name in ROOM_FIELDS}
    try:
        address = request.META.get("REMOTE_ADDR", "")
        actor = identity.guest_of(request.session, address)
        room = rooms.create_room(actor=actor, fields=fields, anonymous_allowed=False, address=address)
    except ChatError as error:
        wrong = explain_error(error, {name: name for name in ROOM_FIELDS})
        del fields["password"]
        return with_wait(_render_home(request, status_of(error), new=fields, new_error=wrong), error)
    return redirect(addresses.of_room(room))


@require_safe
def find_room(request: HttpRequest) -> HttpResponse:
    """To the room of a title, hidden ones included."""
    title = request.GET.get("title", "").strip()
    try:
        return redirect(addresses.of_room(access.find_titled(title)))
    except ChatError as error:
        wrong = FormError("wanted", _("No room has this title."))
        return _render_home(request, status_of(error), wanted=title, find_error=wrong)


def _render_home(request: HttpRequest, status: int = 200, **forms: Any) -> HttpResponse:
    sought = request.GET.get("q", "").replace("\x00", "").strip()[:_LONGEST_SOUGHT]
    listed = Room.objects.listed().busiest_first().with_activity()
    found = listed.telling_of(sought) if sought else listed
    page = Paginator(found, ROOMS_ON_A_PAGE).get_page(request.GET.get("page"))
    shown = {
        "page": page,
        "sought": sought,
        "places": places.find_places(request),
        "limits": validation,
    } | forms
    return render(request, "chat/home.html", shown, status=status)
