"""Rooms: find one, see who is in it and what was said last, change, lock, delete and restore it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Final, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chat import validation
from chat.admin.base import MOST_AT_ONCE, actor_for_request, has_site_permission
from chat.admin.delivery import explain_delivery
from chat.admin.forms import RoomForm
from chat.admin.keyset import KeysetAdmin
from chat.admin.messages import MessageAdmin, link_person
from chat.admin.muting import PERMISSION, MutingAdmin
from chat.admin.newcomers import newcomers_panel, switch_newcomers
from chat.models import Event, Participant, Presence, Room
from chat.models.room import DEFAULT_ROOM_ID, RoomQuerySet
from chat.permissions import Actor
from chat.services import messages as message_service
from chat.services import moderation
from chat.services import rooms as room_service

LATEST: Final = 50
AROUND: Final = 25  # messages before and after the one that is looked at
DAY: Final = timedelta(days=1)
_VISIBILITIES: Final = {"public": _("public"), "private": _("private"), "hidden": _("hidden")}


@dataclass(frozen=True, slots=True)
class Verb:
    """Something that is done to a room by one button. `fits`: whether it would change anything.

    `told`: what the page says afterwards; `done`: one word for it, in the history.
    """

    label: str | Promise
    permission: str
    do: Callable[..., object]
    done: str
    told: str | Promise
    fits: Callable[[Room], bool]


VERBS = {
    "lock": Verb(
        _("Lock"),
        "change_room",
        partial(room_service.set_locked, locked=True),
        gettext_noop("locked"),
        _("“%(room)s” was locked."),
        lambda room: not room.deleted_at and not room.locked,
    ),
    "unlock": Verb(
        _("Unlock"),
        "change_room",
        partial(room_service.set_locked, locked=False),
        gettext_noop("unlocked"),
        _("“%(room)s” was unlocked."),
        lambda room: not room.deleted_at and room.locked,
    ),
    "restore": Verb(
        _("Restore"),
        "delete_room",
        room_service.restore_room,
        "restored",
        _("“%(room)s” was restored."),
        lambda room: bool(room.deleted_at),
    ),
}


class DeletedFilter(admin.SimpleListFilter):
    """Deleted rooms are out of the way until they are asked for."""

    title = _("deletion")
    parameter_name = "deleted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Deleted")), ("all", _("All"))]

    def choices(self, changelist: ChangeList) -> Any:
        """Without a choice it is the existing rooms that are shown, not all."""
        existing, *others = super().choices(changelist)
        yield {**existing, "display": gettext("Existing")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> QuerySet[Room]:
        if self.value() == "all":
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() != "yes")


class OnlineFilter(admin.SimpleListFilter):
    """Rooms with members in them now."""

    title = _("occupancy")
    parameter_name = "online"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Members online"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> QuerySet[Room]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=Presence.objects.current().values("room"))


@admin.register(Room)
class RoomAdmin(KeysetAdmin[Room], MutingAdmin):
    """The list of rooms, and the page of one."""

    form = RoomForm
    change_form_template = "admin/chat/room/change_form.html"
    consequence = _(
        "Its members are removed at once. Its messages are kept, and staff can restore it from the list"
        " of deleted rooms."
    )
    consequence_for_many = _(
        "Their members are removed at once. Their messages are kept, and staff can restore them from the"
        " list of deleted rooms."
    )
    list_display = [
        "title",
        "show_visibility",
        "link_owner",
        "count_members",
        "show_pace",
        "show_activity",
        "count_events",
        "is_locked",
        "created_at",
        "deleted_at",
    ]
    list_filter = [DeletedFilter, OnlineFilter, "visibility", "locked"]
    sortable_by: ClassVar[Any] = ("title", "show_visibility", "is_locked", "count_events")
    list_select_related = ["owner"]
    search_fields = ["title", "description"]
    search_help_text = _("Title or description")
    actions = ["lock_selected", "unlock_selected", "delete_selected", "restore_selected"]
    autocomplete_fields = ["owner", "moderators"]
    readonly_fields = [
        "is_locked",
        "count_events",
        "is_commons",
        "created_at",
        "updated_at",
        "deleted_at",
    ]

    class Media:
        css = {"all": ["admin/wschat.css"]}

    # What is shown

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        """Rooms; conversations of two are none of them."""
        return cast(RoomQuerySet, super().get_queryset(request)).rooms()

    def add_columns(self, rows: QuerySet[Room]) -> QuerySet[Room]:
        """The rooms of a page with how many are in them now, and what is said there."""
        rooms = cast(RoomQuerySet, super().add_columns(rows))
        return rooms.with_member_count().with_pace().with_activity()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Room], search_term: str
    ) -> tuple[QuerySet[Room], bool]:
        """Titles are found in the form in which they are compared, too: ÜBER by über, on SQLite as well."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        if folded := validation.fold_label(search_term):
            found |= queryset.filter(title_key__contains=folded)
        return found, duplicates

    @admin.display(description=_("visibility"), ordering="visibility")
    def show_visibility(self, room: Room) -> str:
        """The visibility in one word."""
        return str(_VISIBILITIES[room.visibility])

    @admin.display(description=_("locked"), ordering="locked")
    def is_locked(self, room: Room) -> str:
        """In a word: a red cross would look like an alarm in each room that is open."""
        return gettext("locked") if room.locked else gettext("no")

    @admin.display(description=_("commons"))
    def is_commons(self, room: Room) -> str:
        """Whether the room is a commons."""
        return gettext("yes: created by an anonymous client") if room.commons else gettext("no")

    @admin.display(description=_("owner"))
    def link_owner(self, room: Room) -> str:
        """The owner, as a link."""
        return "" if room.owner is None else link_person(room.owner_id, str(room.owner))

    @admin.display(description=_("messages a day"))
    def show_pace(self, room: Room) -> str:
        """How much is said, by the latest thousand events: the days since, at least one, that they took."""
        return format_pace(measure_pace(room, timezone.now()))

    @admin.display(description=_("last activity"))
    def show_activity(self, room: Room) -> datetime | None:
        """When the latest event came."""
        at: datetime | None = room.active_at  # type: ignore[attr-defined]  # annotated above
        return at

    @admin.display(description=_("online"))
    def count_members(self, room: Room) -> int:
        """How many names are in the room."""
        count: int = room.member_count  # type: ignore[attr-defined]  # annotated above
        return count

    @admin.display(description=_("events"), ordering="last_seq")
    def count_events(self, room: Room) -> int:
        """How far the log has come: messages, and changes of the room."""
        return room.last_seq

    def get_fieldsets(self, request: HttpRequest, obj: Room | None = None) -> Any:
        """The fields that can be changed, then those that cannot."""
        typed = ["title", "description", "visibility", "owner", "moderators"]
        typed += [
            "slow_seconds",
            "accounts_only",
            "approve_first",
            "rules",
            *validation.CHOICES,
            "retention_days",
        ]
        if self.has_change_permission(request, obj):
            typed.insert(3, "new_password")
        return [(None, {"fields": typed}), (_("State"), {"fields": self.readonly_fields})]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form, with the panels under it."""
        room = self.get_object(request, unquote(object_id))
        panels = {} if room is None else self._build_panels(request, room)
        return super().change_view(request, object_id, form_url, {**panels, **(extra_context or {})})

    def _build_panels(self, request: HttpRequest, room: Room) -> dict[str, Any]:
        latest = Event.objects.latest_messages(room.pk)[:LATEST]
        verbs = {name: verb for name, verb in VERBS.items() if has_site_permission(request, verb.permission)}
        return {
            "present": Presence.objects.current().filter(room=room).order_by("joined_at"),
            "latest": latest if has_site_permission(request, "view_event") else None,
            "may_erase": has_site_permission(request, "delete_event"),
            "verbs": {name: verb.label for name, verb in verbs.items() if verb.fits(room)},
            "is_default": room.pk == DEFAULT_ROOM_ID,
            "may_ban": has_site_permission(request, PERMISSION) and not room.deleted_at,
            **self._newcomers_panel(request, room),
            **self.muting_panel(request, room),
        }

    def _newcomers_panel(self, request: HttpRequest, room: Room) -> dict[str, Any]:
        allowed = has_site_permission(request, PERMISSION) and not room.deleted_at
        return newcomers_panel(request, room) if allowed else {}

    # Permissions

    def has_change_permission(self, request: HttpRequest, obj: Room | None = None) -> bool:
        """A deleted room is restored first."""
        return super().has_change_permission(request, obj) and not (obj and obj.deleted_at)

    def has_delete_permission(self, request: HttpRequest, obj: Room | None = None) -> bool:
        """A deleted room cannot be deleted again, and the default room not at all."""
        fixed = obj is not None and (obj.deleted_at or obj.pk == DEFAULT_ROOM_ID)
        return super().has_delete_permission(request, obj) and not fixed

    def has_restore_permission(self, request: HttpRequest) -> bool:
        """Allow restoring to those who may delete. (An action asks for it by this name.)"""
        return has_site_permission(request, VERBS["restore"].permission)

    # What is done

    def save_model(self, request: HttpRequest, obj: Room, form: Any, change: bool) -> None:
        """Hand what was changed to the services. `obj` has the new values already: the row is read anew."""
        given = {name: form.cleaned_data[name] for name in form.changed_data}
        room, by = Room.objects.get(pk=obj.pk), actor_for_request(request, "change_room")
        owner = given.pop("owner", room.owner)
        days = given.pop("retention_days", room.retention_days)
        moderators = given.pop("moderators", None)
        if "new_password" in given:
            given["password"] = given.pop("new_password")
        if given:
            room_service.edit_room(room=room, actor=by, fields=given)
        if owner != room.owner:
            room_service.set_owner(room=room, actor=by, owner=owner and owner.pk)
        if moderators is not None:
            self._set_moderators(room, by, set(moderators))
        if days != room.retention_days:
            room_service.set_retention(room=room, actor=by, days=days)

    def _set_moderators(self, room: Room, by: Actor, chosen: set[Participant]) -> None:
        current = set(room.moderators.all())
        for on, some in ((False, current - chosen), (True, chosen - current)):
            for participant in some:
                moderation.set_moderator(room=room, participant=participant.pk, actor=by, on=on)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The moderators are in the log: `save_model` has stored them."""

    def delete_by_service(self, request: HttpRequest, obj: Room) -> bool:
        do = partial(room_service.delete_room, room=obj, actor=actor_for_request(request, "delete_room"))
        return self.attempt_change(request, obj, do, "Deleted.")

    def get_urls(self) -> list[URLPattern]:
        """The buttons' addresses, before Django's, whose last one takes everything."""
        wrap = self.admin_site.admin_view
        act, erase = wrap(require_POST(self.act_view)), wrap(require_POST(self.erase_view))
        own = [
            path(f"<int:room_id>/{name}/", act, {"verb": name}, name=f"chat_room_{name}") for name in VERBS
        ]
        newcomers = wrap(require_POST(self.newcomers_view))
        own.append(path("<int:room_id>/newcomers/", newcomers, name="chat_room_newcomers"))
        own.append(path("<int:room_id>/erase/", erase, name="chat_room_erase"))
        own.append(path("<int:room_id>/why/", wrap(self.why_view), name="chat_room_why"))
        own.append(path("<int:room_id>/at/<int:seq>/", wrap(self.place_view), name="chat_room_at"))
        return own + self.muting_urls() + super().get_urls()

    def act_view(self, request: HttpRequest, room_id: int, verb: str) -> HttpResponse:
        """A button of the room's page."""
        room = self._get_room(request, room_id, VERBS[verb].permission)
        if self._apply_verb(request, room, VERBS[verb]):
            self.message_user(request, VERBS[verb].told % {"room": room}, messages.SUCCESS)
        return redirect("admin:chat_room_change", room_id)

    def newcomers_view(self, request: HttpRequest, room_id: int) -> HttpResponse:
        """The switch for raids, on the room's page."""
        room = self._get_room(request, room_id, PERMISSION)
        if switch_newcomers(request, room):
            self.log_change(request, room, "Kept newcomers out, or let them in.")
        return redirect("admin:chat_room_change", room_id)

    def erase_view(self, request: HttpRequest, room_id: int) -> HttpResponse:
        """Delete the messages selected on the room's page, after a question."""
        room = self._get_room(request, room_id, "delete_event")
        chosen = [text for text in request.POST.getlist("seq") if text.isdecimal() and len(text) < 19]
        if chosen and not request.POST.get("post"):
            return self._ask_to_erase(request, room, chosen[:MOST_AT_ONCE])
        done = sum(self._delete_message(request, room, int(text)) for text in chosen)
        if not chosen:
            self.message_user(request, gettext("Select the messages to delete."), messages.WARNING)
        elif done:
            told = ngettext("%(count)d message deleted.", "%(count)d messages deleted.", done)
            self.message_user(request, told % {"count": done}, messages.SUCCESS)
        return redirect("admin:chat_room_change", room_id)

    def place_view(self, request: HttpRequest, room_id: int, seq: int) -> HttpResponse:
        """The room at a message: it, and those around it."""
        room = self._get_room(request, room_id, "view_event")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Message %(seq)s in %(room)s") % {"seq": seq, "room": room},
            "opts": self.opts,
            "room": room,
            "seq": seq,
            "around": read_around(room, seq),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/chat/room/place.html", context)

    def why_view(self, request: HttpRequest, room_id: int) -> HttpResponse:
        """Why a participant did not get a message."""
        room = self._get_room(request, room_id, "view_event")
        name, number = request.GET.get("name", "").replace("\x00", "").strip(), request.GET.get("seq", "")
        seq = int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else None
        asked = bool(name) and seq is not None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Why did a member not get a message?"),
            "opts": self.opts,
            "room": room,
            "name": name,
            "number": number,
            "answers": explain_delivery(room, seq or 0, name) if asked else None,
            "incomplete": not asked and bool(name or number),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/chat/room/why.html", context)

    @admin.action(permissions=["change"], description=_("Lock the selected rooms"))
    def lock_selected(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        """Lock the rooms: only moderators can post."""
        self._act_on_all(request, queryset, VERBS["lock"])

    @admin.action(permissions=["change"], description=_("Unlock the selected rooms"))
    def unlock_selected(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        """Unlock the rooms."""
        self._act_on_all(request, queryset, VERBS["unlock"])

    @admin.action(permissions=["restore"], description=_("Restore the selected rooms"))
    def restore_selected(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        """Bring deleted ones back."""
        self._act_on_all(request, queryset, VERBS["restore"])

    def _get_room(self, request: HttpRequest, room_id: int, permission: str) -> Room:
        if not has_site_permission(request, permission):
            raise PermissionDenied
        return get_object_or_404(Room.objects.rooms(), pk=room_id)

    def _apply_verb(self, request: HttpRequest, room: Room, verb: Verb) -> bool:
        do = partial(verb.do, room=room, actor=actor_for_request(request, verb.permission))
        return self.attempt_change(request, room, do, f"{verb.done.capitalize()}.")

    def _act_on_all(self, request: HttpRequest, queryset: QuerySet[Room], verb: Verb) -> None:
        done = sum(self._apply_verb(request, room, verb) for room in queryset if verb.fits(room))
        self.say_how_many(request, done, gettext(verb.done))

    def _ask_to_erase(self, request: HttpRequest, room: Room, chosen: list[str]) -> HttpResponse:
        found = Event.objects.messages(room.pk).filter(seq__in=map(int, chosen)).order_by("seq")
        page = MessageAdmin(Event, self.admin_site)
        listed = [(event.seq, page.describe_row(event)) for event in found]
        back = reverse("admin:chat_room_change", args=[room.pk])
        return page.ask_for_many(request, listed, field="seq", back=back)

    def _delete_message(self, request: HttpRequest, room: Room, seq: int) -> bool:
        do = partial(
            message_service.delete_message,
            room=room,
            seq=seq,
            actor=actor_for_request(request, "delete_event"),
        )
        return self.attempt_change(request, room, do, f"Deleted message {seq}.")


def measure_pace(room: Room, now: datetime) -> float:
    """Messages and other events a day, in a room read `with_pace`.

    Over less than a day it is as if all else of that day had been silent.
    """
    since: datetime | None = room.pace_since  # type: ignore[attr-defined]
    if since is None:
        return 0.0
    count: int = room.last_seq - room.pace_from + 1  # type: ignore[attr-defined]
    return count / (max(now - since, DAY) / DAY)


def format_pace(pace: float) -> str:
    """In whole numbers; less than one with a digit after the point."""
    digits = 1 if 0 < pace < 1 else 0
    return number_format(round(pace, digits), digits, force_grouping=True)


def read_around(room: Room, seq: int, count: int = AROUND) -> list[Event]:
    """The message and those around it, `count` before and after, oldest first, deleted ones included."""
    rows = Event.objects.messages(room.pk).select_related("sender")
    before = rows.filter(seq__lte=min(seq, room.last_seq)).order_by("-seq")[: count + 1]
    after = rows.filter(seq__gt=seq).order_by("seq")[:count] if seq < room.last_seq else []
    return [*reversed(before), *after]
