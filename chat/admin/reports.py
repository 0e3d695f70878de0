"""The queue of reports: each with the message where it was posted, and the decisions, by button or key."""

from functools import partial
from typing import Any, ClassVar, Final, NamedTuple, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chat import validation
from chat.admin.base import ReadOnlyAdmin, actor_for_request, explain_refusal, has_site_permission
from chat.admin.keyset import KeysetAdmin
from chat.admin.messages import SHOWN, link_person, link_room
from chat.admin.muting import DURATION_LABELS, DURATIONS
from chat.admin.rooms import read_around
from chat.errors import PAGE_NOT_FOUND, ChatError
from chat.models import Event, Participant, Report, Room
from chat.models.report import ReportQuerySet
from chat.services import reports

AROUND: Final = 5  # messages before and after the reported one


class Decision(NamedTuple):
    """A decision as a button. `permission`: of the site, for what it does.

    `held`: it is for held messages alone, or (None) for them, too.
    """

    name: str
    label: str | Promise
    key: str
    permission: str = "change_report"
    timed: bool = False
    held: bool | None = False


DECISIONS: Final = (
    Decision("approve", _("Approve"), "a", held=True),
    Decision("reject", _("Reject"), "r", held=True),
    Decision("nothing", _("Nothing to do"), "n"),
    Decision("delete", _("Delete the message"), "d", "delete_event"),
    Decision("mute", _("Mute"), "m", "change_room", timed=True, held=None),
    Decision("kick", _("Kick"), "k", "change_room", held=None),
    Decision("ban", _("Ban"), "b", "change_room", timed=True, held=None),
    Decision("done", _("Dealt with in another way"), "e"),
)
IN_CONVERSATIONS: Final = ("nothing", "ban", "done")
STATES: Final = {
    Report.State.OPEN: _("open"),
    Report.State.CLAIMED: _("claimed"),
    Report.State.DONE: _("done"),
}
REASONS: Final = {
    "spam": _("Spam"),
    "harassment": _("Harassment"),
    "hate": _("Hate"),
    "sexual": _("Sexual content"),
    "illegal": _("Illegal"),
    "other": _("Something else"),
    "newcomer": _("Newcomer"),
    "filter": _("Caught by a filter"),
    "evasion": _("Possible ban evasion"),
}


class StateFilter(admin.SimpleListFilter):
    """Those that wait, or those that are done."""

    title = _("state")
    parameter_name = "done"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("Waiting")), ("yes", _("Done"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        if self.value() is None:
            return queryset
        if self.value() == "yes":
            return queryset.filter(state=Report.State.DONE)
        return cast(ReportQuerySet, queryset).waiting()


@admin.register(Report)
class ReportAdmin(KeysetAdmin[Report], ReadOnlyAdmin[Report]):
    """The reports of all rooms and direct conversations: the open ones first."""

    list_display = ["show_text", "show_state", "show_reason", "show_person", "show_place", "at"]
    list_display_links = ["show_text", "at"]
    list_filter: ClassVar[Any] = [StateFilter]
    ordering = ["state", "-pk"]

    class Media:
        css = {"all": ["admin/wschat.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """Without those about the staff member who looks."""
        own = Participant.objects.filter(user=request.user.pk or 0).values_list("pk", flat=True).first()
        return cast(ReportQuerySet, super().get_queryset(request)).not_about(own)

    def has_delete_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        """The server deletes a report some time after its decision."""
        return False

    @admin.display(description=_("message"))
    def show_text(self, report: Report) -> SafeString:
        """The beginning of the reported message, as it was."""
        text = next((one["text"] for one in report.messages if one["seq"] == (report.seq or 0)), None)
        shown = gettext("(a person)") if text is None else Truncator(text).chars(SHOWN)
        return format_html('<div class="said">{}</div>', shown)

    @admin.display(description=_("reason"))
    def show_reason(self, report: Report) -> str:
        """The reason in words."""
        return str(REASONS.get(report.reason, report.reason))

    @admin.display(description=_("reported"))
    def show_person(self, report: Report) -> str:
        """The reported person, as a link if there is a page."""
        return link_person(report.subject, report.subject_name)

    @admin.display(description=_("room"))
    def show_place(self, report: Report) -> str:
        """The room, as a link."""
        return gettext("direct conversation") if report.direct else link_room(report.room, report.room_title)

    @admin.display(description=_("state"))
    def show_state(self, report: Report) -> str:
        """The state, and who claimed or decided the report."""
        state = STATES[Report.State(report.state)]
        return f"{state}: {report.handler_name}" if report.handler_name else str(state)

    def get_urls(self) -> list[URLPattern]:
        """The buttons' addresses, before Django's, whose last one takes everything."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:number>/claim/", wrap(require_POST(self.claim_view)), name="chat_report_claim"),
            path("<int:number>/decide/", wrap(require_POST(self.decide_view)), name="chat_report_decide"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One report, with its details and the buttons."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        report = self.get_object(request, unquote(object_id))
        if report is None:
            raise Http404
        waiting = report.state != Report.State.DONE
        room = None if report.direct else Room.objects.rooms().filter(pk=report.room).first()
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Report %(number)s") % {"number": report.pk},
            "opts": self.opts,
            "report": report,
            "info": reports.show_report(report),
            "reason": self.show_reason(report),
            "person": self.show_person(report),
            "known": report.subject is not None and Participant.objects.filter(pk=report.subject).exists(),
            "place": self.show_place(report),
            "room": room,
            "state": self.show_state(report),
            "decision": next((one.label for one in DECISIONS if one.name == report.decision), ""),
            "around": self._read_around(request, report, room),
            "decisions": self._list_decisions(request, report, room) if waiting else [],
            "durations": DURATION_LABELS.items(),
            "longest": validation.REASON[1],
            "mine": report.handler is not None and report.handler == self._own_number(request),
            "waiting": waiting,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/chat/report/report.html", context)

    def claim_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Claim the report, or release it."""
        on, handler = request.POST.get("on") != "no", request.POST.get("handler")
        claim = partial(reports.claim_report, number=number, on=on, handler=handler)
        self._attempt(request, claim, "change_report")
        return redirect("admin:chat_report_change", number)

    def decide_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Decide the report, and go on with the next one."""
        name, duration = request.POST.get("decision", ""), request.POST.get("duration", "")
        found = next((one for one in DECISIONS if one.name == name), None)
        if found is None or (found.timed and duration not in DURATIONS):
            self.message_user(request, gettext("Choose a decision and a duration."), messages.WARNING)
            return redirect("admin:chat_report_change", number)
        if not has_site_permission(request, found.permission):
            raise PermissionDenied
        decide = partial(
            reports.decide_report,
            number=number,
            decision=name,
            seconds=DURATIONS[duration] if found.timed else None,
            reason=request.POST.get("reason", ""),
        )
        if not self._attempt(request, decide, found.permission):
            return redirect("admin:chat_report_change", number)
        told = gettext("Report %(number)s: %(decision)s.") % {"number": number, "decision": found.label}
        self.message_user(request, told, messages.SUCCESS)
        waiting = cast(ReportQuerySet, self.get_queryset(request)).waiting()
        following = waiting.filter(state=Report.State.OPEN).order_by("-pk").first()
        if following is None:
            return redirect("admin:chat_report_changelist")
        return redirect("admin:chat_report_change", following.pk)

    def _attempt(self, request: HttpRequest, do: Any, permission: str) -> bool:
        """Call a service, or show why it refused. Returns whether it was done."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            do(actor=actor_for_request(request, permission))
        except ChatError as error:
            if error.kind == PAGE_NOT_FOUND:
                raise Http404 from None
            self.message_user(request, explain_refusal(error), messages.ERROR)
            return False
        return True

    def _own_number(self, request: HttpRequest) -> int | None:
        return actor_for_request(request, "change_report").participant

    def _read_around(self, request: HttpRequest, report: Report, room: Room | None) -> list[Event]:
        """The message and those around it, for staff who may read messages."""
        if room is None or report.seq is None or not has_site_permission(request, "view_event"):
            return []
        return read_around(room, report.seq, AROUND)

    def _list_decisions(self, request: HttpRequest, report: Report, room: Room | None) -> list[Decision]:
        """The decisions that are possible here, and that the staff member may make."""
        return [
            one
            for one in DECISIONS
            if has_site_permission(request, one.permission)
            and one.held in (None, report.held is not None)
            and (one.name != "delete" or report.seq is not None)
            and (one.name in IN_CONVERSATIONS or room is not None)
        ]
