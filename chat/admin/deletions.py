"""Bulk deletions and their progress; deleted messages, for staff to restore or delete permanently."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat import validation
from chat.admin.base import (
    MOST_AT_ONCE,
    ReadOnlyAdmin,
    ServiceAdmin,
    actor_for_request,
    explain_refusal,
    has_site_permission,
)
from chat.admin.keyset import KeysetAdmin
from chat.admin.messages import link_message, link_person, link_room
from chat.errors import ChatError
from chat.events import Sender
from chat.models import BulkDeletion, Event, KeptText, Participant
from chat.models.deletion import KeptTextQuerySet
from chat.services import bulk_deletions
from chat.services import messages as message_service

PERMISSION: Final = "delete_event"
REFRESH_SECONDS: Final = 5
SPANS: Final = {"hour": _("the last hour"), "day": _("the last day"), "all": _("all time")}
DONE: Final = {
    "stop": _("Stopped."),
    "restore": _("The messages are being restored."),
    "erase": _("The kept texts were deleted permanently."),
}


@admin.register(BulkDeletion)
class BulkDeletionAdmin(KeysetAdmin[BulkDeletion], ReadOnlyAdmin[BulkDeletion]):
    """The list of bulk deletions, a page with buttons for each, and the page that asks before one begins."""

    change_form_template = "admin/chat/bulkdeletion/change_form.html"
    list_display = [
        "at",
        "link_sender",
        "link_place",
        "show_since",
        "show_progress",
        "show_state",
        "show_actor",
        "show_restorer",
    ]
    list_display_links = ["at"]
    list_select_related = ["room"]
    ordering = ["-pk"]
    fields = [
        "link_sender",
        "link_place",
        "show_since",
        "at",
        "show_state",
        "show_progress",
        "deleted",
        "restored",
        "ended_at",
        "show_actor",
        "show_restorer",
        "reason",
    ]
    readonly_fields = [
        "link_sender",
        "link_place",
        "show_since",
        "show_state",
        "show_progress",
        "show_actor",
        "show_restorer",
    ]

    class Media:
        css = {"all": ["admin/wschat.css"]}

    @admin.display(description=_("sender"))
    def link_sender(self, bulk: BulkDeletion) -> str:
        """Whose messages."""
        return link_person(bulk.sender, bulk.name)

    @admin.display(description=_("where"))
    def link_place(self, bulk: BulkDeletion) -> str:
        """The room, or everywhere."""
        return gettext("everywhere") if bulk.room is None else link_room(bulk.room.pk, str(bulk.room))

    @admin.display(description=_("since"))
    def show_since(self, bulk: BulkDeletion) -> Any:
        """The time of the oldest messages that are deleted."""
        return gettext("all time") if bulk.since is None else bulk.since

    @admin.display(description=_("progress"))
    def show_progress(self, bulk: BulkDeletion) -> SafeString:
        """The progress: numbers, and a bar if the total is known."""
        done = bulk.restored if bulk.state in ("restoring", "restored") else bulk.deleted
        most = bulk.deleted if bulk.state in ("restoring", "restored") else bulk.total
        if most is None:
            return format_html("{}", gettext("%(done)s of many") % {"done": done})
        text = gettext("%(done)s of %(most)s") % {"done": done, "most": most}
        return format_html(
            '<progress max="{}" value="{}" aria-label="{}"></progress> {}', most, done, text, text
        )

    @admin.display(description=_("state"))
    def show_state(self, bulk: BulkDeletion) -> str:
        """The state, with the reason why it ended early."""
        state = {
            "deleting": gettext("deleting"),
            "done": gettext("done"),
            "stopped": gettext("stopped"),
            "refused": gettext("refused"),
            "restoring": gettext("restoring"),
            "restored": gettext("restored"),
        }[bulk.state]
        return f"{state}: {bulk.refusal}" if bulk.refusal else state

    @admin.display(description=_("by"))
    def show_actor(self, bulk: BulkDeletion) -> str:
        """Who asked for it."""
        return gettext("the server") if bulk.actor is None else link_person(bulk.actor, bulk.actor_name)

    @admin.display(description=_("restored by"))
    def show_restorer(self, bulk: BulkDeletion) -> str:
        """Who restored it, or is doing so."""
        return "" if bulk.restorer is None else link_person(bulk.restorer, bulk.restorer_name)

    def has_delete_permission(self, request: HttpRequest, obj: BulkDeletion | None = None) -> bool:
        """The server deletes them a week after their end."""
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page, which loads itself anew while there is something to see."""
        number = int(object_id) if object_id.isdecimal() and len(object_id) < 19 else 0
        bulk = BulkDeletion.objects.filter(pk=number).first()
        under_way = bulk is not None and bulk.state in BulkDeletion.UNDER_WAY
        may = has_site_permission(request, PERMISSION)
        kept = bulk is not None and not under_way and KeptText.objects.filter(bulk=bulk).exists()
        shown = {"may_stop": may and under_way, "may_restore": may and kept}
        answer = super().change_view(request, object_id, form_url, shown | (extra_context or {}))
        if under_way and answer.status_code == 200:
            answer["Refresh"] = str(REFRESH_SECONDS)
        return answer

    def get_urls(self) -> list[URLPattern]:
        """The buttons' addresses, before Django's, whose last one takes everything."""
        wrap = self.admin_site.admin_view
        return [
            path("of/<int:participant_id>/", wrap(self.of_participant), name="chat_bulkdeletion_participant"),
            path("of/message/<int:event_id>/", wrap(self.of_message), name="chat_bulkdeletion_message"),
            *(
                path(
                    f"<int:number>/{verb}/",
                    wrap(self.act_view),
                    {"verb": verb},
                    name=f"chat_bulkdeletion_{verb}",
                )
                for verb in DONE
            ),
            *super().get_urls(),
        ]

    def of_participant(self, request: HttpRequest, participant_id: int) -> HttpResponse:
        """Ask, then delete all messages of a participant."""
        participant = get_object_or_404(Participant, pk=participant_id)
        sender = Sender(participant.name, "", participant.pk)
        back = reverse("admin:chat_participant_change", args=[participant.pk])
        return self._ask_or_begin(request, sender, None, back)

    def of_message(self, request: HttpRequest, event_id: int) -> HttpResponse:
        """Ask, then delete all messages of a message's sender: in its room, or everywhere."""
        rows = Event.objects.in_rooms().all_messages().select_related("room")
        event = get_object_or_404(rows, pk=event_id)
        back = reverse("admin:chat_event_change", args=[event.pk])
        return self._ask_or_begin(request, Sender(event.name, "", event.sender_id), event, back)

    def _ask_or_begin(
        self, request: HttpRequest, sender: Sender, event: Event | None, back: str
    ) -> HttpResponse:
        if not has_site_permission(request, PERMISSION):
            raise PermissionDenied
        if request.method == "POST":
            given = {"since": request.POST.get("since"), "reason": request.POST.get("reason", "").strip()}
            actor = actor_for_request(request, PERMISSION)
            begin: Callable[..., BulkDeletion] = partial(bulk_deletions.delete_everywhere, sender=sender)
            if event is not None and request.POST.get("where") == "room":
                begin = partial(bulk_deletions.delete_in_room, room=event.room, target=event.seq)
            try:
                bulk = begin(actor=actor, **given)
            except ChatError as error:
                self.message_user(request, explain_refusal(error), messages.ERROR)
            else:
                return redirect("admin:chat_bulkdeletion_change", bulk.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Delete all messages"),
            "opts": self.opts,
            "sender": sender,
            "event": event,
            "spans": SPANS.items(),
            "longest": validation.REASON[1],
            "back": back,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/chat/bulkdeletion/ask.html", context)

    def act_view(self, request: HttpRequest, number: int, verb: str) -> HttpResponse:
        """A button of the page. Before deleting permanently, it asks."""
        if not has_site_permission(request, PERMISSION):
            raise PermissionDenied
        bulk = get_object_or_404(BulkDeletion, pk=number)
        if request.method != "POST":
            if verb != "erase":
                return redirect("admin:chat_bulkdeletion_change", number)
            context = {
                **self.admin_site.each_context(request),
                "title": gettext("Delete permanently"),
                "opts": self.opts,
                "object": bulk,
                "media": self.media,
            }
            return TemplateResponse(request, "admin/chat/bulkdeletion/erase.html", context)
        services: dict[str, Callable[..., object]] = {
            "stop": bulk_deletions.stop,
            "restore": bulk_deletions.restore,
            "erase": bulk_deletions.erase_kept,
        }
        try:
            services[verb](number=number, actor=actor_for_request(request, PERMISSION))
        except ChatError as error:
            self.message_user(request, explain_refusal(error), messages.ERROR)
        else:
            self.message_user(request, str(DONE[verb]), messages.SUCCESS)
        return redirect("admin:chat_bulkdeletion_change", number)


@admin.register(KeptText)
class KeptTextAdmin(KeysetAdmin[KeptText], ServiceAdmin[KeptText]):
    """Messages that moderators deleted in the last week. Those of direct conversations are not shown."""

    consequence = _("Its text is deleted permanently.")
    consequence_for_many = _("Their texts are deleted permanently.")
    list_display = ["show_kept_text", "link_sender", "link_room", "at", "link_actor", "link_bulk"]
    list_display_links = ["at"]
    list_select_related = ["event__room", "bulk"]
    ordering = ["-at", "-pk"]
    actions = ["restore_selected", "delete_selected"]
    fields = ["show_kept_text", "link_sender", "link_room", "link_place", "at", "link_actor", "link_bulk"]
    readonly_fields = [
        "show_kept_text",
        "link_sender",
        "link_room",
        "link_place",
        "at",
        "link_actor",
        "link_bulk",
    ]

    class Media:
        css = {"all": ["admin/wschat.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[KeptText]:
        """Without direct conversations, which staff must not read."""
        found = cast(KeptTextQuerySet, super().get_queryset(request)).in_rooms()
        names = Participant.objects.filter(pk=OuterRef("by")).values("name")
        return found.annotate(by_name=Subquery(names[:1]))

    def has_change_permission(self, request: HttpRequest, obj: KeptText | None = None) -> bool:
        """Kept texts are restored or deleted, not edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: KeptText | None = None) -> bool:
        """Staff who may delete messages may delete kept texts permanently."""
        return has_site_permission(request, PERMISSION)

    def has_restore_permission(self, request: HttpRequest) -> bool:
        """The same staff may restore them. (Django asks for the permission of an action by this name.)"""
        return has_site_permission(request, PERMISSION)

    @admin.action(permissions=["restore"], description=_("Restore the selected messages"))
    def restore_selected(self, request: HttpRequest, queryset: QuerySet[KeptText]) -> None:
        """Bring them back to their rooms."""
        done = sum(
            self._do(request, kept, message_service.restore_message) for kept in queryset[:MOST_AT_ONCE]
        )
        self.say_how_many(request, done, gettext("restored"))

    def delete_by_service(self, request: HttpRequest, obj: KeptText) -> bool:
        return self._do(request, obj, message_service.erase_kept_text)

    def describe_row(self, obj: KeptText) -> str:
        """The sender and the text's beginning."""
        return f"{obj.event.name}: {obj.text[:80]}"

    def _do(self, request: HttpRequest, kept: KeptText, service: Callable[..., object]) -> bool:
        event, actor = kept.event, actor_for_request(request, PERMISSION)
        try:
            service(room=event.room, seq=event.seq, actor=actor)
        except ChatError as error:
            self.message_user(request, f"{event.name}: {explain_refusal(error)}", messages.ERROR)
            return False
        return True

    @admin.display(description=_("message"))
    def show_kept_text(self, kept: KeptText) -> SafeString:
        """The text."""
        return format_html('<div class="said">{}</div>', kept.text)

    @admin.display(description=_("sender"))
    def link_sender(self, kept: KeptText) -> str:
        """Who wrote it."""
        return link_person(kept.event.sender_id, kept.event.name)

    @admin.display(description=_("room"))
    def link_room(self, kept: KeptText) -> SafeString:
        """The room."""
        return link_room(kept.event.room_id, str(kept.event.room))

    @admin.display(description=_("in the room"))
    def link_place(self, kept: KeptText) -> SafeString:
        """The number, as a link to its place."""
        return link_message(kept.event.room_id, kept.event.seq)

    @admin.display(description=_("deleted by"))
    def link_actor(self, kept: KeptText) -> str:
        """The participant who deleted it."""
        name: str = kept.by_name or ""  # type: ignore[attr-defined]  # annotated above
        return gettext("the server") if kept.by is None else link_person(kept.by, name)

    @admin.display(description=_("bulk deletion"))
    def link_bulk(self, kept: KeptText) -> str:
        """The bulk deletion that it was a part of."""
        if kept.bulk_id is None:
            return ""
        page = reverse("admin:chat_bulkdeletion_change", args=[kept.bulk_id])
        return format_html('<a href="{}">{}</a>', page, kept.bulk_id)
