"""A room's pages: each view parses, calls one service and renders. A GET never makes a guest."""

from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from chat import conf, permissions, validation
from chat.errors import ChatError
from chat.models import Room
from chat.permissions import Actor
from chat.services import access, identity, marks, rooms
from chat.web import addresses, introduction, modules, places, visits
from chat.web.visits import Visit
from chat.web.words import FormError, explain_error, status_of, with_wait

FORM_FIELDS: Final = {"name": "name", "color": "color", "secret": "password"}


@never_cache
@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """The icon, for browsers on pages that name none, such as those of the admin site."""
    return redirect(static("chat/favicon.svg"))


@never_cache
@require_safe
def show_room(request: HttpRequest, ref: str) -> HttpResponse:
    """Show the room to a visitor who has entered, else the form to enter."""
    room, actor = _find_room(request, ref)
    visit = visits.find_visit(request.session, room.pk)
    if visit is None:
        return _render_enter(request, room, actor)
    try:
        access.admit_to_address(str(room.pk), visit.token, actor)
    except ChatError:
        return _render_enter(request, room, actor, stale=True)
    # How long a token lives is the server's choice; half of that leaves a sleeping laptop some room.
    renew_after = settings.ENV.wschat_token_lifetime // 2 if visit.token else 0
    shown = {
        "room": room,
        "visit": visit,
        "staff": actor.staff,
        "most": conf.get_limits().text,
        "address": addresses.of_room(room),
        "renew_after": renew_after,
        "direct": "",
        "places": places.find_places(request, room=room.pk),
        "modules": modules.list_modules(modules.EVERY_PAGE, modules.ROOM_PAGE),
    }
    return render(request, "chat/room.html", shown)


@never_cache
def enter_room(request: HttpRequest, ref: str) -> HttpResponse:
    """Into the room, under a name and with the password that the room may need."""
    room, actor = _find_room(request, ref)
    if request.method != "POST":
        return redirect(addresses.of_room(room))
    try:
        visit = _begin_visit(request, room, actor)
        identity.claim_name(request.session, visit.name, request.META.get("REMOTE_ADDR", ""))
    except ChatError as error:
        page = _render_enter(request, room, actor, status_of(error), error=explain_error(error, FORM_FIELDS))
        return with_wait(page, error)
    visits.begin_visit(request.session, room.pk, visit)
    marks.begin_marks(identity.of_session(request.session).participant or 0, [room.pk])
    return redirect(addresses.of_room(room))


@require_POST
def renew_token(request: HttpRequest, ref: str) -> HttpResponse:
    """A later token for a page that is open, so that neither it nor the session outlives its token."""
    room, _actor = _find_room(request, ref)
    visit = visits.find_visit(request.session, room.pk)
    if visit is None:
        raise Http404
    try:
        issued = rooms.renew_token(room=room, token=visit.token)
    except ChatError as error:
        return JsonResponse(error.body(), status=error.kind.status)
    token = "" if issued is None else issued.token
    visits.begin_visit(request.session, room.pk, Visit(visit.name, visit.color, token))
    return JsonResponse({"token": token})


@require_POST
def leave_room(request: HttpRequest) -> HttpResponse:
    """Out of a room: the next visit asks for the name again."""
    visits.end_visit(request.session, request.POST.get("room", ""))
    return redirect("web:home")


def _find_room(request: HttpRequest, ref: str) -> tuple[Room, Actor]:
    """The room of the address. With its number may come its title, which shows that one knows of it."""
    actor = identity.of_session(request.session)
    title = request.POST.get(addresses.TITLE) or request.GET.get(addresses.TITLE, "")
    try:
        return access.find_visible(ref, visits.token_of_visit(request.session, ref), actor, title), actor
    except ChatError:
        raise Http404 from None


def _needs_password(room: Room, actor: Actor) -> bool:
    return not room.public and not permissions.may(actor, permissions.ENTER_WITHOUT_TOKEN, room.ownership())


def _begin_visit(request: HttpRequest, room: Room, actor: Actor) -> Visit:
    """The visit that the form asks for. Raises 202, 303, 304, 910."""
    name, color = introduction.read_introduction(request)
    issued = None
    if _needs_password(room, actor):
        issued = rooms.issue_token(
            room=room,
            secret=request.POST.get("password"),
            name=name,
            actor=actor,
            address=request.META.get("REMOTE_ADDR", ""),
        )
    return Visit(name, color, "" if issued is None else issued.token)


def _render_enter(
    request: HttpRequest,
    room: Room,
    actor: Actor,
    status: int = 200,
    *,
    error: FormError | None = None,
    stale: bool = False,
) -> HttpResponse:
    needs_password = _needs_password(room, actor)
    offered = introduction.initial_introduction(request)
    first = "password" if needs_password and offered["name"] else "name"
    shown = {
        "room": room,
        "action": reverse("web:enter", args=[room.pk]),
        "needs_password": needs_password,
        "focus": error.field if error else first,
        "error": error,
        "stale": stale,
        "limits": validation,
    }
    return render(request, "chat/enter.html", shown | offered, status=status)
