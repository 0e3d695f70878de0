"""Messages: find them by words, sender and room, read them in their place, and delete them."""

from functools import partial
from typing import Any, Final, cast

from django.contrib import admin, messages
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin.base import ServiceAdmin, actor_for_request, explain_refusal
from chat.admin.keyset import KeysetAdmin, read_cursor
from chat.admin.search import find_messages, last_key
from chat.errors import ChatError
from chat.models import Event, Room
from chat.models.event import EventQuerySet
from chat.services import messages as message_service

ROOMS_OFFERED: Final = 20
REMOVED: Final = _("(removed)")
SHOWN: Final = 300  # characters of a text in the list


def find_chosen_room(request: HttpRequest) -> Room | None:
    """The room by which the list is filtered. Read once for a request."""
    if not hasattr(request, "chosen_room"):
        number = request.GET.get(RoomFilter.parameter_name, "")
        request.chosen_room = Room.objects.rooms().with_number(number).first() if number else None  # type: ignore[attr-defined]
    return cast(Room | None, request.chosen_room)  # type: ignore[attr-defined]


class RoomFilter(admin.SimpleListFilter):
    """By room: the chosen one, and those with the longest logs. All of them may be too many for a list."""

    title = _("room")
    parameter_name = "room"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        offered = list(Room.objects.rooms().order_by("-last_seq")[:ROOMS_OFFERED])
        chosen = find_chosen_room(request)
        if chosen is not None and chosen not in offered:
            offered = [chosen, *offered]
        return [(str(room.pk), room.title) for room in offered]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        chosen = find_chosen_room(request)
        return queryset if chosen is None else queryset.filter(room=chosen)


class RemovedFilter(admin.SimpleListFilter):
    """Messages that can be read, or those that were deleted."""

    title = _("state")
    parameter_name = "removed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("Readable")), ("yes", _("Removed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        if self.value() is None:
            return queryset
        return queryset.filter(erased_at__isnull=self.value() == "no")


@admin.register(Event)
class MessageAdmin(KeysetAdmin[Event], ServiceAdmin[Event]):
    """The messages of the log."""

    consequence = _("Its text is removed from every screen. Staff can restore it for 7 days.")
    consequence_for_many = _("Their texts are removed from every screen. Staff can restore them for 7 days.")
    change_form_template = "admin/chat/event/change_form.html"
    list_display = ["show_beginning", "link_sender", "link_room", "created_at", "link_place"]
    list_display_links = ["created_at"]
    list_filter = [RemovedFilter, RoomFilter]
    list_select_related = ["room", "sender"]
    search_fields = ["text"]  # for Django to show the field; `get_search_results` looks
    search_help_text = _(
        "Words of the message, from:name, before:2026-01-31, after:2026-01-01, has:link;"
        " or a name in the latest 20,000 messages"
    )
    fields = ["show_text", "link_sender", "color", "link_room", "link_place", "created_at", "erased_at"]
    readonly_fields = ["show_text", "link_sender", "link_room", "link_place"]

    class Media:
        css = {"all": ["admin/wschat.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """Messages of rooms, and nothing else of the log: staff must not read direct conversations."""
        found = cast(EventQuerySet, super().get_queryset(request))
        return found.in_rooms().all_messages()

    def get_ordering(self, request: HttpRequest) -> Any:
        """The latest first: in one room by the index that begins with the room."""
        return ["-pk"] if find_chosen_room(request) is None else ["-seq"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """No other filters from the address: most of them would read the whole log."""
        return lookup in ("id", "id__exact", *(entry.parameter_name for entry in (RemovedFilter, RoomFilter)))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        """The latest with these words, after the row at which the page begins."""
        if not search_term:
            return queryset, False
        room = find_chosen_room(request)
        key = "pk" if room is None else "seq"
        last = last_key(None if room is None else room.pk)
        if (cursor := read_cursor(request)) is not None:
            row = Event.objects.filter(pk=cursor).values_list(key, flat=True).first()
            last = last if row is None else row - 1
        try:
            found = find_messages(
                cast(EventQuerySet, queryset), search_term, key=key, last=last, most=self.list_per_page + 1
            )
        except ChatError as error:
            self.message_user(request, explain_refusal(error), messages.WARNING)
            return queryset.none(), False
        except OperationalError:
            text = gettext("That search took too long. Choose a room, or look for a rarer word.")
            self.message_user(request, text, messages.WARNING)
            return queryset.none(), False
        return queryset.filter(pk__in=found), False

    def has_change_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        """Messages cannot be edited here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        """A message that was deleted cannot be deleted again."""
        return super().has_delete_permission(request, obj) and not (obj and obj.erased_at)

    @admin.display(description=_("message"))
    def show_beginning(self, event: Event) -> SafeString:
        """The text at the full width of the page, cut if it is long."""
        return format_html('<div class="said">{}</div>', self.read_beginning(event, SHOWN))

    @admin.display(description=_("message"))
    def show_text(self, event: Event) -> SafeString:
        """The whole text."""
        return format_html('<div class="said">{}</div>', REMOVED if event.erased_at else event.text)

    @admin.display(description=_("name"))
    def link_sender(self, event: Event) -> str:
        """The name that the sender had, as a link to the participant."""
        return link_person(event.sender_id, event.name)

    @admin.display(description=_("room"))
    def link_room(self, event: Event) -> SafeString:
        """The room."""
        return link_room(event.room_id, str(event.room))

    @admin.display(description=_("in the room"))
    def link_place(self, event: Event) -> SafeString:
        """The number, as a link to the room at this message."""
        return link_message(event.room_id, event.seq)

    def read_beginning(self, event: Event, most: int = 80) -> str:
        """The beginning of the text, which is gone if the message was deleted."""
        return str(REMOVED) if event.erased_at else Truncator(event.text).chars(most)

    def describe_row(self, obj: Event) -> str:
        """The sender and the beginning of the text."""
        return f"{obj.name}: {self.read_beginning(obj)}"

    def delete_by_service(self, request: HttpRequest, obj: Event) -> bool:
        do = partial(
            message_service.delete_message,
            room=obj.room,
            seq=obj.seq,
            actor=actor_for_request(request, "delete_event"),
        )
        return self.attempt_change(request, obj, do, "Deleted.")


def link_person(participant: int | None, name: str) -> str:
    """A name, as a link where a participant is known."""
    if participant is None:
        return name
    page = reverse("admin:chat_participant_change", args=[participant])
    return format_html('<a href="{}">{}</a>', page, name or participant)


def link_room(room: int, title: str) -> SafeString:
    """A room's title, as a link to its page."""
    return format_html('<a href="{}">{}</a>', reverse("admin:chat_room_change", args=[room]), title)


def link_message(room: int, seq: int) -> SafeString:
    """A message's number, as a link to the room at this message."""
    return format_html('<a href="{}#m{}">{}</a>', reverse("admin:chat_room_at", args=[room, seq]), seq, seq)
