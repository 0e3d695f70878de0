"""The pages: each view parses, calls one service and renders. A GET never makes a guest."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from chat import conf, rules
from chat.errors import ChatError
from chat.models import Room
from chat.rules import Actor
from chat.services import access, identity, rooms
from chat.web import visits
from chat.web.visits import Visit

ROOMS_ON_A_PAGE: Final = 50
ROOM_FIELDS: Final = ("title", "description", "visibility", "password")
COLORS: Final = ("#1d6fb8", "#0f7b6c", "#5b7d12", "#a85b00", "#b8392f", "#b0337e", "#7a4fc2", "#4a5bd0")


@dataclass(frozen=True, slots=True)
class FormError:
    """What is wrong with a form: in which of its fields ("" for the form as a whole), in words."""

    field: str
    text: str


def explain(error: ChatError, fields: Mapping[str, str]) -> FormError:
    """The error beside the field that it is about; `fields` maps our words to the form's."""
    return FormError(fields.get(error.field, ""), capfirst(error.detail or error.kind.text))


def status_of(error: ChatError) -> int:
    """The status of a form that was refused. A 401 would ask for HTTP's own way to sign in."""
    return 400 if error.kind.status == 401 else error.kind.status


@never_cache
@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """The icon, for browsers on pages that name none, such as those of the admin site."""
    return redirect(static("chat/favicon.svg"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The list of rooms, and the ways to another one."""
    return _home(request)


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """A new room that belongs to whoever made it."""
    fields = {name: request.POST.get(name, "") for name in ROOM_FIELDS}
    try:
        room = rooms.create(actor=identity.guest_of(request.session), fields=fields, anonymous_allowed=False)
    except ChatError as error:
        wrong = explain(error, {name: name for name in ROOM_FIELDS})
        del fields["password"]
        return _home(request, status_of(error), new=fields, new_error=wrong)
    return redirect(address(room))


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """To the room of a title, hidden ones included."""
    title = request.GET.get("title", "").strip()
    try:
        return redirect(address(access.find_visible(title, "", identity.of_session(request.session))))
    except ChatError as error:
        wrong = FormError("wanted", _("There is no room with this title."))
        return _home(request, status_of(error), wanted=title, find_error=wrong)


@never_cache
@require_safe
def room(request: HttpRequest, ref: str) -> HttpResponse:
    """The chat for whoever has entered, else the form to enter."""
    room, actor = _visible(request, ref)
    visit = visits.of(request.session, room.pk)
    if visit is None:
        return _enter(request, room, actor)
    try:
        access.admit(str(room.pk), visit.token, actor)
    except ChatError:
        return _enter(request, room, actor, stale=True)
    # How long a token lives is the server's choice; half of that leaves a sleeping laptop some room.
    renew_after = settings.ENV.wschat_token_lifetime // 2 if visit.token else 0
    shown = {"room": room, "visit": visit, "staff": actor.staff, "most": conf.limits().text}
    return render(request, "chat/room.html", shown | {"address": address(room), "renew_after": renew_after})


@never_cache
def enter(request: HttpRequest, ref: str) -> HttpResponse:
    """Into the room, under a name and with the password that the room may need."""
    if request.method != "POST":
        return redirect("web:room", ref)
    room, actor = _visible(request, ref)
    try:
        visit = _visit(request, room, actor)
        identity.claim_name(request.session, visit.name)
    except ChatError as error:
        wrong = explain(error, {"name": "name", "color": "color", "secret": "password"})
        return _enter(request, room, actor, status_of(error), error=wrong)
    visits.begin(request.session, room.pk, visit)
    return redirect(address(room))


@require_POST
def renew(request: HttpRequest, ref: str) -> HttpResponse:
    """A later token for a page that is open, so that neither it nor the session outlives its token."""
    room, _actor = _visible(request, ref)
    visit = visits.of(request.session, room.pk)
    if visit is None:
        raise Http404
    try:
        issued = rooms.renew_token(room=room, token=visit.token)
    except ChatError as error:
        return JsonResponse(error.body(), status=error.kind.status)
    token = "" if issued is None else issued.token
    visits.begin(request.session, room.pk, Visit(visit.name, visit.color, token))
    return JsonResponse({"token": token})


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Out of a room: the next visit asks for the name again."""
    visits.end(request.session, request.POST.get("room", ""))
    return redirect("web:home")


def address(room: Room) -> str:
    """The page of the room. A hidden room's number says nothing to whoever has not entered it."""
    return reverse("web:room", args=[room.title if room.hidden else room.pk])


def _home(request: HttpRequest, status: int = 200, **forms: object) -> HttpResponse:
    page = Paginator(Room.objects.listed().busiest_first(), ROOMS_ON_A_PAGE).get_page(request.GET.get("page"))
    shown = {"page": page, "limits": rules} | forms
    return render(request, "chat/home.html", shown, status=status)


def _visible(request: HttpRequest, ref: str) -> tuple[Room, Actor]:
    actor = identity.of_session(request.session)
    try:
        return access.find_visible(ref, visits.token(request.session, ref), actor), actor
    except ChatError:
        raise Http404 from None


def _needs_password(room: Room, actor: Actor) -> bool:
    return not room.public and not rules.may_moderate(actor, room.ownership())


def _visit(request: HttpRequest, room: Room, actor: Actor) -> Visit:
    """The visit that the form asks for. Raises 202, 303, 304."""
    name = rules.name(request.POST.get("name"))
    color = rules.color(request.POST.get("color"))
    issued = None
    if _needs_password(room, actor):
        issued = rooms.issue_token(room=room, secret=request.POST.get("password"), name=name)
    return Visit(name, color, "" if issued is None else issued.token)


def _enter(
    request: HttpRequest,
    room: Room,
    actor: Actor,
    status: int = 200,
    *,
    error: FormError | None = None,
    stale: bool = False,
) -> HttpResponse:
    kept = visits.latest(request.session) or Visit("", random.choice(COLORS))
    name, needs_password = request.POST.get("name", kept.name), _needs_password(room, actor)
    shown = {
        "room": room,
        "address": address(room),
        "needs_password": needs_password,
        "focus": error.field if error else "password" if needs_password and name else "name",
        "name": name,
        "color": request.POST.get("color", kept.color),
        "error": error,
        "stale": stale,
        "limits": rules,
    }
    return render(request, "chat/enter.html", shown, status=status)
