"""The list of rooms, and the ways to another one."""

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from chat import validation
from chat.errors import ChatError
from chat.models import Room
from chat.models.room import RoomQuerySet
from chat.services import access, identity, rooms, spending
from chat.web import addresses, modules, visitor
from chat.web.form_errors import FormError, explain_error, status_of, with_wait

ROOMS_ON_A_PAGE: Final = 50
SORTS: Final = {"people": _("Most people"), "activity": _("Latest activity"), "newest": _("Newest")}
ROOM_FIELDS: Final = ("title", "description", "visibility", "password")
_LONGEST_SOUGHT: Final = 70


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The rooms, or those that have what is looked for (`?q=`)."""
    return render_home(request)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def create_room(request: HttpRequest) -> HttpResponse:
    """Create a room that belongs to the visitor; without a form, show the form."""
    if request.method != "POST":
        return render_home(request, dialog="create")
    fields = {name: request.POST.get(name, "") for name in ROOM_FIELDS}
    try:
        address = request.META.get("REMOTE_ADDR", "")
        actor = identity.guest_of(request.session, address)
        room = rooms.create_room(actor=actor, fields=fields, anonymous_allowed=False, address=address)
    except ChatError as error:
        wrong = explain_error(error, {name: name for name in ROOM_FIELDS})
        del fields["password"]
        page = render_home(request, status_of(error), dialog="create", new=fields, new_error=wrong)
        return with_wait(page, error)
    messages.success(request, gettext("The room is yours. You can change it in its settings."))
    return redirect(addresses.of_room(room))


@never_cache
@require_safe
def find_room(request: HttpRequest) -> HttpResponse:
    """To the room of a title, hidden ones included."""
    title = request.GET.get("title", "").strip()
    try:
        return redirect(addresses.of_room(access.find_titled(title)))
    except ChatError as error:
        wrong = FormError("q", gettext("No room has this title."))
        return render_home(request, status_of(error), sought=title, find_error=wrong)


def render_home(request: HttpRequest, status: int = 200, sought: str = "", **forms: Any) -> HttpResponse:
    """The list of rooms, with what was `sought`, and with the forms as they are given."""
    sought = (sought or request.GET.get("q", "")).replace("\x00", "").strip()[:_LONGEST_SOUGHT]
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else next(iter(SORTS))
    listed = Room.objects.listed().with_member_count().with_activity().sorted_by(sort)
    shown = {
        "page": _search_rooms(request, listed, sought) if sought else _read_page(request, listed),
        "sought": sought,
        "sort": sort,
        "sorts": SORTS.items(),
        "limits": validation,
        "modules": modules.list_modules(modules.EVERY_PAGE, modules.HOME_PAGE),
    } | forms
    return render(request, "chat/home.html", shown, status=status)


def _search_rooms(request: HttpRequest, listed: RoomQuerySet, sought: str) -> Page[Room]:
    """A page of the rooms with this text in title or description. Raises 910."""
    actor = visitor.find_visitor(request).actor
    with spending.searching(actor, actor.address):
        return _read_page(request, listed.telling_of(sought))


def _read_page(request: HttpRequest, found: RoomQuerySet) -> Page[Room]:
    page = Paginator(found, ROOMS_ON_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)  # while the search has its slot, not when it is shown
    return page
