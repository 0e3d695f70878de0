"""The audit log: to look through, filter and export. The admin site has no way to change it."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin.base import ReadOnlyAdmin, actor_for_request, has_site_permission
from chat.admin.keyset import KeysetAdmin
from chat.events import Sender
from chat.log.audit import write_act
from chat.log.drafts import Act
from chat.log.kinds import KINDS
from chat.models import AuditEntry, Participant
from chat.services import identity

PERMISSION: Final = "view_auditentry"
COLUMNS: Final = (
    "id",
    "at",
    "act",
    "actor",
    "actor_name",
    "address",
    "room",
    "room_title",
    "subject",
    "subject_name",
    "message",
    "reason",
    "note",
    "details",
)
ACTS: Final = (
    *(act for kind in KINDS for act in kind.acts),
    "delete_all",
    "restore_all",
    "erase_kept",
    "ban_from_server",
    "unban_from_server",
    "report",
    "claim_report",
    "release_report",
    "decide_report",
    "export_messages",
    "export_audit_log",
    "add_note",
    "add_filter",
    "change_filter",
    "remove_filter",
    "admin_add",
    "admin_change",
    "admin_delete",
)
LABELS: Final[Mapping[str, Any]] = {
    "delete": _("Delete"),
    "restore": _("Restore"),
    "remove_reaction": _("Remove reaction"),
    "pin": _("Pin"),
    "unpin": _("Unpin"),
    "mute": _("Mute"),
    "unmute": _("Unmute"),
    "add_moderator": _("Add moderator"),
    "remove_moderator": _("Remove moderator"),
    "kick": _("Kick"),
    "ban": _("Ban"),
    "unban": _("Unban"),
    "change_room": _("Change room"),
    "lock": _("Lock"),
    "unlock": _("Unlock"),
    "give_room": _("Give room"),
    "restore_room": _("Restore room"),
    "delete_room": _("Delete room"),
    "delete_all": _("Delete all"),
    "restore_all": _("Restore all"),
    "erase_kept": _("Delete permanently"),
    "ban_from_server": _("Ban from the server"),
    "unban_from_server": _("Unban from the server"),
    "report": _("Report"),
    "claim_report": _("Claim report"),
    "release_report": _("Release report"),
    "decide_report": _("Decide report"),
    "export_messages": _("Export messages"),
    "export_audit_log": _("Export audit log"),
    "add_note": _("Add note"),
    "add_filter": _("Add filter"),
    "change_filter": _("Change filter"),
    "remove_filter": _("Remove filter"),
    "admin_add": _("Add in the admin site"),
    "admin_change": _("Change in the admin site"),
    "admin_delete": _("Delete in the admin site"),
}
_LONGEST_FILTERS: Final = 500
_OF_REPORTS: Final = ("report", "claim_report", "release_report")  # that may not be decided yet
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # with these a spreadsheet begins to compute


class LastDaysFilter(admin.SimpleListFilter):
    """By age. The days of the log are not looked up for it, as Django's own hierarchy of dates does."""

    title = _("time")
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("1", _("Last 24 hours")),
            ("7", _("Last 7 days")),
            ("30", _("Last 30 days")),
            ("365", _("Last year")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        chosen = self.value()
        if chosen is None or not chosen.isdecimal() or len(chosen) > 4:
            return queryset
        return queryset.filter(at__gte=timezone.now() - timedelta(days=int(chosen)))


class ActFilter(admin.SimpleListFilter):
    """By what was done: the names are those that the code gives, as to find those used is dear."""

    title = _("act")
    parameter_name = "act"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(act, LABELS[act]) for act in ACTS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset if self.value() is None else queryset.filter(act=self.value())


class NumberFilter(admin.SimpleListFilter):
    """By the number of a room or participant, which comes in the address, by a link from an entry."""

    parameter_name: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = request.GET.get(self.parameter_name, "")
        return [(chosen, chosen)] if chosen.isdecimal() and len(chosen) < 19 else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        chosen = self.value() if self.lookup_choices else None
        return queryset if chosen is None else queryset.filter(**{self.parameter_name: int(chosen)})

    def has_output(self) -> bool:
        return bool(self.lookup_choices)


class RoomNumberFilter(NumberFilter):
    """In one room."""

    title = _("room")
    parameter_name = "room"


class ActorFilter(NumberFilter):
    """By one participant."""

    title = _("who did it")
    parameter_name = "actor"


class SubjectFilter(NumberFilter):
    """To one participant."""

    title = _("to whom")
    parameter_name = "subject"


@admin.register(AuditEntry)
class AuditAdmin(KeysetAdmin[AuditEntry], ReadOnlyAdmin[AuditEntry]):
    """Who did what to whom, where, why, when and from where."""

    change_list_template = "admin/chat/auditentry/change_list.html"
    list_display = [
        "at",
        "show_act",
        "show_actor",
        "show_subject",
        "show_where",
        "message",
        "reason",
        "address",
    ]
    list_display_links = ["at", "show_act"]
    list_filter = [ActFilter, LastDaysFilter, RoomNumberFilter, ActorFilter, SubjectFilter]
    search_fields = ["actor_name", "subject_name", "room_title", "reason", "note", "address"]
    search_help_text = _("Name of who did it or to whom, title of the room, reason, note, or address")
    ordering = ["-pk"]
    fields = list(COLUMNS)
    readonly_fields = list(COLUMNS)

    class Media:
        css = {"all": ["admin/wschat.css"]}

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """An entry stays."""
        return False

    @admin.display(description=_("act"), ordering="act")
    def show_act(self, entry: AuditEntry) -> str:
        """What was done, in words."""
        return str(LABELS.get(entry.act, entry.act))

    @admin.display(description=_("who"))
    def show_actor(self, entry: AuditEntry) -> str:
        """The name, and the number, which stays the same when the name changes."""
        return _show_person(entry.actor, entry.actor_name) or gettext("anonymous client")

    @admin.display(description=_("to whom"))
    def show_subject(self, entry: AuditEntry) -> str:
        """The name, and the number if there is one."""
        return _show_person(entry.subject, entry.subject_name)

    @admin.display(description=_("room"))
    def show_where(self, entry: AuditEntry) -> str:
        """The title as it was."""
        return "" if entry.room is None else f"{entry.room_title} ({entry.room})"

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """All but who reported the one who looks, and who looks at that report."""
        me = identity.of_user(request.user)
        entries = super().get_queryset(request)
        return entries if me is None else entries.exclude(act__in=_OF_REPORTS, subject=me.participant)

    def get_urls(self) -> list[URLPattern]:
        """The export, before Django's addresses, whose last one takes everything."""
        export = self.admin_site.admin_view(self.export_view)
        return [path("export/", export, name="chat_auditentry_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """All entries that the filters of the list leave, as CSV; without that of this export."""
        if not has_site_permission(request, PERMISSION):
            return HttpResponse(status=403)
        try:
            found = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:  # as Django's list does
            return HttpResponseRedirect(f"{reverse('admin:chat_auditentry_changelist')}?{ERROR_FLAG}=1")
        act = Act(name="export_audit_log", details={"filters": request.GET.urlencode()[:_LONGEST_FILTERS]})
        entry = write_act(actor_for_request(request, PERMISSION), act)
        found = found.filter(pk__lt=entry.pk)
        answer = StreamingHttpResponse(_write_csv(found), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="audit.csv"'
        return answer  # type: ignore[return-value]


class AuditedAdmin(admin.ModelAdmin[Any]):
    """Pages of rows that no service changes, such as accounts: the audit log has what is done there."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._write_act(request, "admin_add", obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        self._write_act(request, "admin_change", obj, message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> Any:
        for obj in queryset:
            self._write_act(request, "admin_delete", obj, [])
        return super().log_deletions(request, queryset)  # type: ignore[arg-type]

    def _write_act(self, request: HttpRequest, name: str, obj: Model, message: Any) -> None:
        known = Participant.objects.filter(user=obj.pk if isinstance(obj, User) else None)
        person = known.values_list("pk", flat=True).first() if isinstance(obj, User) else None
        subject = Sender(str(obj)[:255], "", person)
        details = {"what": str(self.opts.verbose_name), "number": obj.pk, "changes": message}
        write_act(actor_for_request(request, "change_room"), Act(name=name, subject=subject, details=details))


def _show_person(number: int | None, name: str) -> str:
    return name if number is None else f"{name} ({number})"


class _Echo:
    """What csv writes to: the line itself is what is wanted."""

    def write(self, line: str) -> str:
        return line


def _write_csv(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    writer: Any = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for entry in entries.iterator(chunk_size=1000):
        yield writer.writerow([_to_cell(getattr(entry, column)) for column in COLUMNS])


def _to_cell(value: Any) -> str:
    """The value as text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
