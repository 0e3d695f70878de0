"""A room's pages: each view parses, calls one service and renders. A GET never makes a guest."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat import conf, validation
from chat.errors import BANNED, ChatError
from chat.log import filtered_names
from chat.log.bans import Client
from chat.models import Participant, Room
from chat.models.room import is_number
from chat.permissions import Actor
from chat.services import access, bans, blocks, identity, joined_rooms, marks, moderation, rooms
from chat.services.joined_rooms import Joining
from chat.web import addresses, introduction, modules, room_settings, sidebar, visitor, visits
from chat.web.form_errors import FormError, explain_error, status_of, text_of, with_wait
from chat.web.visits import Visit

FORM_FIELDS: Final = {"name": "name", "color": "color", "secret": "password"}
MOST_NAMED: Final = 5  # of those who run a room


@never_cache
@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """The icon, for browsers on pages that name none, such as those of the admin site."""
    return redirect(static("chat/favicon.svg"))


@never_cache
@require_safe
def show_room(request: HttpRequest, ref: str) -> HttpResponse:
    """Show the room to a visitor who has entered, else the form to enter."""
    room, actor = visits.find_room(request, ref)
    visit = visits.find_visit(request, room.pk)
    if (barred := _show_barred(request, room, actor)) is not None:
        return barred
    if visit is None:
        return _render_enter(request, room, actor)
    try:
        access.admit_to_number(room.pk, "", actor)
    except ChatError:
        return _render_enter(request, room, actor, stale=True)
    shown = {
        "room": room,
        "visit": visit,
        "staff": actor.staff,
        "most": conf.get_size_limits().text,
        "limits": validation,
        "address": addresses.of_room(room),
        "direct": "",
        "joined": joined_rooms.count_joined(room.pk),
        "blocked": blocks.list_numbers(actor),
        "level": joined_rooms.read_level(actor.participant or 0, room.pk),
        "sidebar": sidebar.find_entries(request, room=room.pk),
        "modules": modules.list_room_modules(room.pk),
        "changeable": bool(room_settings.find_sections(request, room, actor)),
    }
    return render(request, "chat/room.html", shown)


@never_cache
def enter_room(request: HttpRequest, ref: str) -> HttpResponse:
    """Into the room, under a name and with the password that the room may need."""
    room, actor = visits.find_room(request, ref)
    if request.method != "POST":
        return redirect(addresses.of_room(room))
    try:
        visit, generation = _check_entry(request, room, actor)
        filtered_names.check_name(visit.name, room.pk, actor.participant)
        if not generation:  # else it was checked when the token was issued
            bans.check_client(room, bans.client_of(actor, visit.name), actor, enters=True)
        identity.claim_name(request.session, visit.name, visit.color, request.META.get("REMOTE_ADDR", ""))
    except ChatError as error:
        if (barred := _show_barred(request, room, actor)) is not None:
            return barred
        page = _render_enter(request, room, actor, status_of(error), error=explain_error(error, FORM_FIELDS))
        return with_wait(page, error)
    participant = identity.of_session(request.session).participant or 0
    joined_rooms.join_and_tell([Joining(participant, room.pk, generation)])
    marks.begin_marks(participant, [room.pk])
    return redirect(addresses.of_room(room))


@addresses.posted_from("web:home")
def leave_room(request: HttpRequest) -> HttpResponse:
    """Out of a room, in every browser: it is no longer among the visitor's rooms."""
    participant, room = visitor.find_visitor(request).participant, request.POST.get("room", "")
    if participant is not None and is_number(room):
        joined_rooms.leave_room(participant, int(room))
    return redirect("web:home")


def _show_barred(request: HttpRequest, room: Room, actor: Actor) -> HttpResponse | None:
    """The page for a visitor who may not join, whatever they put into the form; None for others."""
    client = bans.client_of(actor)
    try:
        bans.check_client(room, client, actor, enters=True)
    except ChatError as error:
        banned = error.kind == BANNED
        shown = {
            "room": room,
            "why": text_of(error),
            "banned": banned,
            "site_ban": banned and _is_banned_from_site(client, actor),
            "run_by": _list_who_run(room, actor),
            "address": addresses.of_room(room),
        }
        return with_wait(render(request, "chat/barred.html", shown, status=status_of(error)), error)
    return None


def _is_banned_from_site(client: Client, actor: Actor) -> bool:
    """Whether only those who run the site can lift the ban."""
    try:
        bans.check_client(None, client, actor)
    except ChatError as error:
        return error.kind == BANNED
    return False


def _list_who_run(room: Room, actor: Actor) -> list[tuple[str, str]]:
    """Names of those who run the room, with the page to write to each; of a closed room they are not told."""
    if not room.public or actor.participant is None:
        return []
    known = moderation.find_moderators(room.pk)
    people = [known.owner, *known.moderators] if known.owner else list(known.moderators)
    chosen = Participant.objects.not_closed().filter(pk__in=[one.participant for one in people[:MOST_NAMED]])
    return [(one.name, addresses.of_talk(one)) for one in chosen.order_by("name_key")]


def _needs_password(room: Room, actor: Actor) -> bool:
    return not access.may_enter(room, actor)


def _check_entry(request: HttpRequest, room: Room, actor: Actor) -> tuple[Visit, int]:
    """The visit that the form asks for, and the generation of the password that it has; 0 without.

    Raises 202, 303, 304, 910.
    """
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
    return Visit(name, color), 0 if issued is None else room.generation


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
