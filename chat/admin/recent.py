"""The latest actions of an account, for the first page of the admin site."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from chat.models import Event, Room

_LOOKED_THROUGH = 100  # the page shows ten


def list_entries(request: HttpRequest) -> QuerySet[LogEntry]:
    """Without what was once done in conversations of two, when the site still had them.

    Every page of the site asks for them, and one shows them: they are looked up when they are used.
    """
    return SimpleLazyObject(
        lambda: _leave_out_conversations(admin.AdminSite.get_log_entries(admin.site, request), request)
    )  # type: ignore[return-value]


def _leave_out_conversations(entries: QuerySet[LogEntry], request: HttpRequest) -> QuerySet[LogEntry]:
    latest = list(entries.filter(user__pk=request.user.pk or 0)[:_LOOKED_THROUGH])
    unknown = _without_object(latest, Room, Room.objects.rooms()) | _without_object(
        latest, Event, Event.objects.in_rooms()
    )
    return entries.filter(pk__in={entry.pk for entry in latest} - unknown)


def _without_object(
    entries: list[LogEntry], model: type[Model], known: QuerySet[Room] | QuerySet[Event]
) -> set[int]:
    """Those that are about something of this model that is not known."""
    about = {
        entry.pk: int(entry.object_id or 0)
        for entry in entries
        if entry.content_type and entry.content_type.model_class() is model
    }
    found = set(known.filter(pk__in=about.values()).values_list("pk", flat=True))
    return {entry for entry, pk in about.items() if pk not in found}
