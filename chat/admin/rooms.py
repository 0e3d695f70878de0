"""Rooms: find one, see who is in it and what was said last, change, lock, delete and restore it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from chat import validation
from chat.admin.base import MOST_AT_ONCE, actor_for_request, has_site_permission
from chat.admin.forms import RoomForm
from chat.admin.messages import MessageAdmin
from chat.admin.muting import MutingAdmin
from chat.models import Event, Participant, Presence, Room
from chat.models.room import DEFAULT_ROOM_ID, RoomQuerySet
from chat.permissions import Actor
from chat.services import messages as message_service
from chat.services import moderation
from chat.services import rooms as room_service

LATEST = 50


@dataclass(frozen=True, slots=True)
class Verb:
    """Something that is done to a room by one button. `fits`: whether it would change anything."""

    label: str
    permission: str
    do: Callable[..., object]
    done: str
    fits: Callable[[Room], bool]


VERBS = {
    "lock": Verb(
        "Lock",
        "change_room",
        partial(room_service.set_locked, locked=True),
        "locked",
        lambda room: not room.deleted_at and not room.locked,
    ),
    "unlock": Verb(
        "Unlock",
        "change_room",
        partial(room_service.set_locked, locked=False),
        "unlocked",
        lambda room: not room.deleted_at and room.locked,
    ),
    "restore": Verb(
        "Restore", "delete_room", room_service.restore_room, "restored", lambda room: bool(room.deleted_at)
    ),
}


class DeletedFilter(admin.SimpleListFilter):
    """Deleted rooms are out of the way until they are asked for."""

    title = "deletion"
    parameter_name = "deleted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Deleted"), ("all", "All")]

    def choices(self, changelist: ChangeList) -> Any:
        """Without a choice it is the existing rooms that are shown, not all."""
        existing, *others = super().choices(changelist)
        yield {**existing, "display": "Existing"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Room]) -> QuerySet[Room]:
        if self.value() == "all":
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() != "yes")


@admin.register(Room)
class RoomAdmin(MutingAdmin):
    """The list of rooms, and the page of one."""

    form = RoomForm
    change_form_template = "admin/chat/room/change_form.html"
    consequence = (
        "Its members are removed at once. Its messages are kept, and staff can restore it from the list"
        " of deleted rooms."
    )
    consequence_for_many = (
        "Their members are removed at once. Their messages are kept, and staff can restore them from the"
        " list of deleted rooms."
    )
    list_display = [
        "title",
        "seen",
        "is_locked",
        "in_it_now",
        "events",
        "owner",
        "created_at",
        "deleted_at",
    ]
    list_filter = [DeletedFilter, "visibility", "locked"]
    list_select_related = ["owner"]
    search_fields = ["title", "description"]
    search_help_text = "Title or description"
    actions = ["lock_selected", "unlock_selected", "delete_selected", "restore_selected"]
    autocomplete_fields = ["owner", "moderators"]
    readonly_fields = [
        "is_locked",
        "events",
        "everybodys",
        "created_at",
        "updated_at",
        "deleted_at",
    ]

    class Media:
        css = {"all": ["admin/wschat.css"]}

    # What is shown

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        """Rooms with how many are in them now, all in one query; conversations of two are none of them."""
        return cast(RoomQuerySet, super().get_queryset(request)).rooms().with_people()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Room], search_term: str
    ) -> tuple[QuerySet[Room], bool]:
        """Titles are found in the form in which they are compared, too: ÜBER by über, on SQLite as well."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        if folded := validation.fold_label(search_term):
            found |= queryset.filter(title_key__contains=folded)
        return found, duplicates

    @admin.display(description="visibility", ordering="visibility")
    def seen(self, room: Room) -> str:
        """The visibility in one word."""
        return room.visibility

    @admin.display(description="locked", ordering="locked")
    def is_locked(self, room: Room) -> str:
        """In a word: a red cross would look like an alarm in each room that is open."""
        return "locked" if room.locked else "no"

    @admin.display(description="commons")
    def everybodys(self, room: Room) -> str:
        """Whether the room is a commons."""
        return "yes: created by an anonymous client" if room.commons else "no"

    @admin.display(description="online", ordering="people")
    def in_it_now(self, room: Room) -> int:
        """How many names are in the room."""
        count: int = room.people  # type: ignore[attr-defined]  # annotated above
        return count

    @admin.display(description="events", ordering="last_seq")
    def events(self, room: Room) -> int:
        """How far the log has come: messages, and changes of the room."""
        return room.last_seq

    def get_fieldsets(self, request: HttpRequest, obj: Room | None = None) -> Any:
        """The fields that can be changed, then those that cannot."""
        typed = ["title", "description", "visibility", "owner", "moderators", "retention_days"]
        if self.has_change_permission(request, obj):
            typed.insert(3, "new_password")
        return [(None, {"fields": typed}), ("State", {"fields": self.readonly_fields})]

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
            **self.muting_panel(request, room),
        }

    # Who may do what

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
        own.append(path("<int:room_id>/erase/", erase, name="chat_room_erase"))
        return own + self.muting_urls() + super().get_urls()

    def act_view(self, request: HttpRequest, room_id: int, verb: str) -> HttpResponse:
        """A button of the room's page."""
        room = self._get_room(request, room_id, VERBS[verb].permission)
        if self._apply_verb(request, room, VERBS[verb]):
            self.message_user(request, f"“{room}” was {VERBS[verb].done}.", messages.SUCCESS)
        return redirect("admin:chat_room_change", room_id)

    def erase_view(self, request: HttpRequest, room_id: int) -> HttpResponse:
        """Delete the messages selected on the room's page, after a question."""
        room = self._get_room(request, room_id, "delete_event")
        chosen = [text for text in request.POST.getlist("seq") if text.isdecimal() and len(text) < 19]
        if chosen and not request.POST.get("post"):
            return self._ask_to_erase(request, room, chosen[:MOST_AT_ONCE])
        done = sum(self._delete_message(request, room, int(text)) for text in chosen)
        if not chosen:
            self.message_user(request, "Select the messages to delete.", messages.WARNING)
        elif done:
            self.message_user(request, f"{done} message{'s' if done > 1 else ''} deleted.", messages.SUCCESS)
        return redirect("admin:chat_room_change", room_id)

    @admin.action(permissions=["change"], description="Lock the selected rooms")
    def lock_selected(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        """Lock the rooms: only moderators can post."""
        self._act_on_all(request, queryset, VERBS["lock"])

    @admin.action(permissions=["change"], description="Unlock the selected rooms")
    def unlock_selected(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        """Unlock the rooms."""
        self._act_on_all(request, queryset, VERBS["unlock"])

    @admin.action(permissions=["restore"], description="Restore the selected rooms")
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
        self.say_how_many(request, done, verb.done)

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
