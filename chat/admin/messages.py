"""Messages: found by what was said, by whom and where; and deleted."""

from functools import partial
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator

from chat.admin.base import ServiceAdmin, actor_for_request
from chat.models import Event, Room
from chat.models.event import EventQuerySet
from chat.services import messages

ROOMS_OFFERED = 20
REMOVED = "(removed)"


class RoomFilter(admin.SimpleListFilter):
    """By room: the chosen one, and those with the longest logs. All of them may be too many for a list."""

    title = "room"
    parameter_name = "room"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        offered = list(Room.objects.rooms().order_by("-last_seq")[:ROOMS_OFFERED])
        chosen = request.GET.get(self.parameter_name, "")
        if chosen not in {str(room.pk) for room in offered}:
            offered = [*Room.objects.rooms().with_number(chosen), *offered]
        return [(str(room.pk), room.title) for room in offered]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        chosen = self.value() or ""
        known = chosen in {str(value) for value, _ in self.lookup_choices}
        return queryset.filter(room=int(chosen)) if known else queryset


class RemovedFilter(admin.SimpleListFilter):
    """Messages that can be read, or those that were deleted."""

    title = "state"
    parameter_name = "removed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Readable"), ("yes", "Removed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        if self.value() is None:
            return queryset
        return queryset.filter(erased_at__isnull=self.value() == "no")


@admin.register(Event)
class MessageAdmin(ServiceAdmin[Event]):
    """Of the log's events, the messages."""

    consequence = "Its text is removed from the log and from every screen. This can't be undone."
    consequence_for_many = "Their texts are removed from the log and from every screen. This can't be undone."
    list_display = ["said", "name", "sender", "room", "seq", "created_at"]
    list_filter = [RemovedFilter, "created_at", RoomFilter]
    list_select_related = ["room", "sender"]
    show_full_result_count = False  # a count of the whole log with each search
    search_fields = ["text", "name"]
    search_help_text = "Text, or name of the sender"
    ordering = ["-pk"]
    fields = ["message", "name", "sender", "color", "room", "seq", "created_at", "erased_at"]

    class Media:
        css = {"all": ["admin/wschat.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """Messages of rooms, and nothing else of the log: staff must not read direct conversations."""
        found = cast(EventQuerySet, super().get_queryset(request))
        return found.in_rooms().all_messages()

    def has_change_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        """What was said was said."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        """A message that was deleted cannot be deleted again."""
        return super().has_delete_permission(request, obj) and not (obj and obj.erased_at)

    @admin.display(description="message")
    def said(self, event: Event) -> str:
        """The beginning of the text."""
        return REMOVED if event.erased_at else Truncator(event.text).chars(80)

    @admin.display(description="message")
    def message(self, event: Event) -> str:
        """The whole text."""
        return REMOVED if event.erased_at else event.text

    def describe_row(self, obj: Event) -> str:
        """Who said what."""
        return f"{obj.name}: {self.said(obj)}"

    def delete_by_service(self, request: HttpRequest, obj: Event) -> bool:
        do = partial(
            messages.delete_message,
            room=obj.room,
            seq=obj.seq,
            actor=actor_for_request(request, "delete_event"),
        )
        return self.attempt_change(request, obj, do, "Deleted.")
