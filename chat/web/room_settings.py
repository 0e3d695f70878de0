"""The settings of a room, for those who run it."""

from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from chat import permissions, validation
from chat.dialects.base import to_json
from chat.dialects.v1 import show_messages
from chat.errors import INVALID_CONTENT, USER_NOT_FOUND, ChatError
from chat.filters import ACTION_LABELS, KIND_LABELS
from chat.log import recovery
from chat.log.mentions import FEW
from chat.log.threads import run_in_thread
from chat.models import Filter, Participant, Room
from chat.permissions import Actor, Permission
from chat.services import access, bans, filters, moderation, rooms, spending
from chat.services import messages as message_service
from chat.web import addresses, visits
from chat.web.form_errors import explain_error, status_of, with_wait

_ABOUT: Final = ("title", "description", "visibility")
_FILTER: Final = ("kind", "pattern", "amount", "action", "note")
_OTHERS: Final = (
    "password",
    "slow_seconds",
    "rules",
    *validation.CHOICES,
    "retention_days",
    "confirm",
    "name",
    "seconds",
    "reason",
)
_EXPORT_PAGE: Final = 25  # as much is in memory while a browser reads slowly
_PAUSES: Final = (0, 5, 10, 30, 60, 300, 900, 3600, validation.LONGEST_PAUSE)  # to choose from, in seconds
# What each section of the page needs. Without any of them, the page is not for the visitor.
SECTIONS: Final[Mapping[str, Permission]] = {
    "about": permissions.CHANGE_ROOM,
    "posting": permissions.LIMIT_POSTING,
    "messages": permissions.SET_RETENTION,
    "filters": permissions.FILTER_TEXTS,
    "newcomers": permissions.BAN,
    "bans": permissions.BAN,
    "moderators": permissions.NAME_MODERATORS,
    "owner": permissions.GIVE_ROOM,
    "delete": permissions.DELETE_ROOM,
}


def find_sections(request: HttpRequest, room: Room, actor: Actor) -> frozenset[str]:
    """The sections of the room's settings that the visitor may change."""
    try:
        holder = access.with_token(room, "", actor)
    except ChatError:
        return frozenset()
    ownership = room.ownership()
    return frozenset(name for name, needs in SECTIONS.items() if permissions.may(holder, needs, ownership))


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def show_settings(request: HttpRequest, ref: str) -> HttpResponse:
    """Show the settings, or change one section of them."""
    room, actor = visits.find_room(request, ref)
    sections = find_sections(request, room, actor)
    if not sections:
        raise PermissionDenied
    if request.method != "POST":
        if "export" in request.GET:
            return _export_messages(request, room, actor, sections)
        return _render_settings(request, room, actor, sections)
    section = request.POST.get("section", "")
    if section not in sections:
        raise PermissionDenied
    holder = access.with_token(room, "", actor)
    try:
        _charge(request, room, holder)
        if section == "filters" and "try" in request.POST:
            with spending.searching(actor, actor.address):
                caught = filters.try_filter(room=room, actor=holder, fields=_read_filter(request))
            return _render_settings(request, room, actor, sections, section=section, caught=caught)
        _CHANGES[section](request, room, holder)
    except ChatError as error:
        named = (*_ABOUT, *_FILTER, *_OTHERS)
        fields = {name: name for name in named}
        wrong = explain_error(error, fields)
        page = _render_settings(
            request, room, actor, sections, status_of(error), section=section, error=wrong
        )
        return with_wait(page, error)
    if section == "delete":
        messages.success(request, _("The room “%(title)s” was deleted.") % {"title": room.title})
        return redirect("web:home")
    done = {"bans": _("The ban was lifted."), "filters": _("The filter was added.")}
    if "remove" in request.POST:
        done["filters"] = _("The filter was removed.")
    elif "change" in request.POST:
        done["filters"] = _("The filter was changed.")
    if section == "owner":
        messages.success(request, _("The room has another owner now."))
        return redirect(addresses.of_room(room))
    messages.success(request, done.get(section, _("Settings saved.")))
    return redirect("web:settings", room.pk)


def _export_messages(
    request: HttpRequest, room: Room, actor: Actor, sections: frozenset[str]
) -> HttpResponse:
    """All messages of the room, as lines of JSON with the fields that they have in `wschat.v1`."""
    if "messages" not in sections:
        raise PermissionDenied
    holder = access.with_token(room, "", actor)
    _charge(request, room, holder)
    message_service.note_export(room=room, actor=holder)
    answer = StreamingHttpResponse(_write_lines(room.pk), content_type="application/x-ndjson")
    answer["Content-Disposition"] = f'attachment; filename="room-{room.pk}.jsonl"'
    return answer  # type: ignore[return-value]


async def _write_lines(room: int) -> AsyncIterator[bytes]:
    """A page at a time, so that a long history is never in memory as a whole."""
    after, more = 0, True
    while more:
        page = await run_in_thread(partial(recovery.read_history, room, after=after, limit=_EXPORT_PAGE))
        yield b"".join(to_json(message) + b"\n" for message in show_messages(page.messages))
        more = page.more and bool(page.messages)
        after = page.messages[-1].seq if page.messages else after


def _charge(request: HttpRequest, room: Room, actor: Actor) -> None:
    runs = permissions.may(actor, permissions.POST_ANYWAY, room.ownership())
    spending.charge("moderate", actor, request.META.get("REMOTE_ADDR", ""), runs=runs)


def _change_about(request: HttpRequest, room: Room, actor: Actor) -> None:
    fields = {name: request.POST.get(name, "") for name in _ABOUT}
    if password := request.POST.get("password"):
        fields["password"] = password
    rooms.edit_room(room=room, actor=actor, fields=fields)


def _change_posting(request: HttpRequest, room: Room, actor: Actor) -> None:
    fields: dict[str, Any] = {
        name: name in request.POST for name in ("locked", "accounts_only", "approve_first")
    }
    if "slow_seconds" in request.POST:
        fields["slow_seconds"] = _read_number(request.POST["slow_seconds"])
    fields |= {name: request.POST[name] for name in ("rules", *validation.CHOICES) if name in request.POST}
    rooms.limit_posting(room=room, actor=actor, fields=fields)


def _change_retention(request: HttpRequest, room: Room, actor: Actor) -> None:
    given = request.POST.get("retention_days", "")
    rooms.set_retention(room=room, actor=actor, days=_read_number(given) if given.strip() else None)


def _read_number(given: str) -> int:
    """The number that was typed; -1, which is refused, for anything else."""
    text = given.strip()
    return int(text[:9]) if text.isascii() and text.isdigit() else -1


def _switch_newcomers(request: HttpRequest, room: Room, actor: Actor) -> None:
    if "seconds" not in request.POST:
        bans.let_newcomers_in(room=room, actor=actor)
        return
    bans.keep_newcomers_out(
        room=room,
        actor=actor,
        seconds=_read_number(request.POST["seconds"]),
        hold="hold" in request.POST,
        reason=request.POST.get("reason", "").strip(),
    )


def _lift_ban(request: HttpRequest, room: Room, actor: Actor) -> None:
    given = request.POST.get("ban", "")
    number = int(given[:18]) if given.isascii() and given.isdigit() else 0  # which no ban has
    bans.unban(room=room, actor=actor, number=number)


def _change_filters(request: HttpRequest, room: Room, actor: Actor) -> None:
    if "remove" in request.POST:
        number = max(0, _read_number(request.POST["remove"]))
        filters.remove_filter(actor=actor, number=number, room=room)
    elif "change" in request.POST:
        number = max(0, _read_number(request.POST["change"]))
        filters.change_filter(actor=actor, number=number, fields=_read_filter(request), room=room)
    else:
        filters.add_filter(room=room, actor=actor, fields=_read_filter(request))


def _read_filter(request: HttpRequest) -> dict[str, Any]:
    fields: dict[str, Any] = {name: request.POST.get(name, "") for name in _FILTER}
    amount = fields["amount"].strip()
    return fields | {"amount": _read_number(amount) if amount else None}


def _change_moderators(request: HttpRequest, room: Room, actor: Actor) -> None:
    if "remove" in request.POST:
        number = max(0, _read_number(request.POST["remove"]))
        moderation.set_moderator(room=room, actor=actor, participant=number, on=False)
    else:
        moderation.set_moderator(room=room, actor=actor, name=request.POST.get("name", ""), on=True)


def _give_away(request: HttpRequest, room: Room, actor: Actor) -> None:
    _check_title(request, room)
    name = validation.clean_known_name(request.POST.get("name", ""))
    owner = Participant.objects.not_closed().named(name).first()
    if owner is None:
        raise ChatError(USER_NOT_FOUND, field="name", detail="no such participant")
    rooms.set_owner(room=room, actor=actor, owner=owner.pk)


def _check_title(request: HttpRequest, room: Room) -> None:
    if validation.fold_label(request.POST.get("confirm", "")) != room.title_key:
        raise ChatError(INVALID_CONTENT, field="confirm", detail="this is not the title of the room")


def _delete(request: HttpRequest, room: Room, actor: Actor) -> None:
    _check_title(request, room)
    rooms.delete_room(room=room, actor=actor)


_CHANGES: Final[Mapping[str, Callable[[HttpRequest, Room, Actor], None]]] = {
    "about": _change_about,
    "posting": _change_posting,
    "messages": _change_retention,
    "filters": _change_filters,
    "newcomers": _switch_newcomers,
    "bans": _lift_ban,
    "moderators": _change_moderators,
    "owner": _give_away,
    "delete": _delete,
}


def _describe_pause(seconds: int) -> str:
    """The pause of slow mode, in the largest unit that it is a whole number of."""
    if not seconds:
        return _("Off")
    if seconds % 3600 == 0:
        return ngettext("%(count)d hour", "%(count)d hours", seconds // 3600) % {"count": seconds // 3600}
    if seconds % 60 == 0:
        return ngettext("%(count)d minute", "%(count)d minutes", seconds // 60) % {"count": seconds // 60}
    return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}


def _list_choices(room: Room, *, owns: bool) -> list[dict[str, Any]]:
    """Who can do what, to choose from. A moderator is not offered what only the owner can choose."""
    words = {
        validation.EVERYONE: _("Everyone who can post"),
        validation.AUTO: _("Moderators; everyone in a small room"),
        validation.MODERATORS: _("Moderators"),
        validation.OWNER: _("Only the owner"),
    }
    labels = {
        "who_can_pin": (_("Who can pin messages"), ""),
        "who_can_mention_all": (
            _("Who can mention everyone"),
            ngettext(
                "With @room and @here. A room is small with up to %(count)d member.",
                "With @room and @here. A room is small with up to %(count)d members.",
                FEW,
            )
            % {"count": FEW},
        ),
    }
    shown = []
    for name, options in validation.CHOICES.items():
        (label, hint), chosen = labels[name], getattr(room, name)
        fixed = chosen == validation.OWNER and not owns
        offered = [(one, words[one]) for one in options if owns or fixed or one != validation.OWNER]
        shown.append(
            {"name": name, "label": label, "hint": hint, "chosen": chosen, "fixed": fixed, "options": offered}
        )
    return shown


def _show_filters(room: Room, actor: Actor) -> list[tuple[Filter, Any, Any]]:
    """The filters, each with its kind and its action in words."""
    found = filters.list_filters(room=room, actor=actor)
    return [(one, KIND_LABELS[one.kind], ACTION_LABELS[one.action]) for one in found]


def _read_value(edited: Filter | None, name: str) -> str:
    """The value of a field of the filter that is edited; empty where there is none."""
    value = getattr(edited, name, None)
    return "" if value is None else str(value)


def _render_settings(
    request: HttpRequest,
    room: Room,
    actor: Actor,
    sections: frozenset[str],
    status: int = 200,
    **refused: Any,
) -> HttpResponse:
    given = request.POST if refused else {}
    room = room if not refused else Room.objects.get(pk=room.pk)
    listed = bans.find_bans(room.pk, actor) if "bans" in sections else ()
    known = _show_filters(room, actor) if "filters" in sections else []
    wanted = given.get("change", "") if refused else request.GET.get("filter", "")
    edited = next((one for one, *_words in known if str(one.pk) == wanted), None)
    shown = {
        "room": room,
        "sections": sections,
        "action": reverse("web:settings", args=[room.pk]),
        "address": addresses.of_room(room),
        "limits": validation,
        "values": {name: given.get(name, getattr(room, name)) for name in _ABOUT},
        "pauses": [(seconds, _describe_pause(seconds)) for seconds in sorted({*_PAUSES, room.slow_seconds})],
        "choices": _list_choices(room, owns="owner" in sections),
        "retention_days": given.get("retention_days", room.retention_days),
        "rules": given.get("rules", room.rules),
        "default_days": settings.ENV.wschat_retention_days,
        "filters": known,
        "edited": edited,
        "kinds": KIND_LABELS.items(),
        "actions": ACTION_LABELS.items(),
        "filter": {name: given.get(name, _read_value(edited, name)) for name in _FILTER},
        "newcomers": next(filter(bans.covers_newcomers, listed), None),
        "spans": [(seconds, _describe_pause(seconds)) for seconds in bans.PAUSES],
        "reason": given.get("reason", ""),
        "bans": [ban for ban in listed if not bans.covers_newcomers(ban)],
        "moderators": moderation.find_moderators(room.pk).moderators if "moderators" in sections else (),
        "name": given.get("name", ""),
    }
    return render(request, "chat/room_settings.html", shown | refused, status=status)
