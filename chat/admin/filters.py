"""Filters of all rooms and of the server: their list, and the page that adds one or tries it."""

from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin.bans import PlaceFilter
from chat.admin.base import ServiceAdmin, actor_for_request, explain_refusal, has_site_permission
from chat.errors import ChatError
from chat.filters import ACTION_LABELS, KIND_LABELS, LONGEST_PATTERN
from chat.models import Filter, Room
from chat.services import filters

PERMISSION: Final = "change_filter"


class FilterForm(forms.Form):
    """What to look for, and what to do."""

    room = forms.ModelChoiceField(
        Room.objects.existing(),
        required=False,
        label=_("Room"),
        help_text=_("The number of the room. Leave it empty for all rooms."),
        widget=forms.TextInput(attrs={"class": "vTextField", "inputmode": "numeric"}),
    )
    kind = forms.ChoiceField(choices=list(KIND_LABELS.items()), label=_("What to look for"))
    pattern = forms.CharField(
        required=False,
        max_length=LONGEST_PATTERN,
        label=_("Words, expression or allowed hosts"),
        help_text=_(
            "Words or hosts, one per line. A word can end in *, for all words that begin like it."
            " Only for words, expressions and links."
        ),
        widget=forms.Textarea(attrs={"class": "vLargeTextField", "rows": 5, "spellcheck": "false"}),
    )
    amount = forms.IntegerField(
        required=False,
        label=_("Number"),
        help_text=_(
            "How many repetitions or mentions, or how many percent of capital letters, are too many."
            " Leave it empty for the usual number."
        ),
    )
    action = forms.ChoiceField(choices=list(ACTION_LABELS.items()), label=_("What to do with the message"))
    note = forms.CharField(
        required=False,
        max_length=200,
        label=_("Note"),
        help_text=_("Only moderators see it."),
        widget=forms.TextInput(attrs={"class": "vLargeTextField"}),
    )


@admin.register(Filter)
class FilterAdmin(ServiceAdmin[Filter]):
    """The filters. To change one is to remove it and add another."""

    deletion, deleted = _("Remove"), _("removed")
    consequence = _("Messages that it caught are let through from now on.")
    consequence_for_many = consequence
    list_display = [
        "show_kind",
        "show_pattern",
        "show_action",
        "show_scope",
        "note",
        "by",
        "at",
        "show_removal",
    ]
    list_display_links = None
    list_filter = [PlaceFilter]
    list_select_related = ["room"]
    ordering = ["-pk"]

    class Media:
        css = {"all": ["admin/wschat.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return has_site_permission(request, PERMISSION)

    def has_view_permission(self, request: HttpRequest, obj: Filter | None = None) -> bool:
        return has_site_permission(request, PERMISSION)

    def has_delete_permission(self, request: HttpRequest, obj: Filter | None = None) -> bool:
        return has_site_permission(request, PERMISSION)

    def has_change_permission(self, request: HttpRequest, obj: Filter | None = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return has_site_permission(request, PERMISSION)

    @admin.display(description=_("kind"))
    def show_kind(self, row: Filter) -> str | Promise:
        """The kind in words, and the number of it."""
        words = KIND_LABELS[row.kind]
        return words if row.amount is None else f"{words}: {row.amount}"

    @admin.display(description=_("pattern"))
    def show_pattern(self, row: Filter) -> SafeString:
        """The pattern, line by line."""
        return format_html('<div class="said">{}</div>', row.pattern)

    @admin.display(description=_("action"))
    def show_action(self, row: Filter) -> str | Promise:
        """What happens, in words."""
        return ACTION_LABELS[row.action]

    @admin.display(description=_("place"))
    def show_scope(self, row: Filter) -> str | Promise:
        """The room, or the server."""
        if row.room is None:
            return _("The server")
        url = reverse("admin:chat_room_change", args=[row.room_id])
        return format_html('<a href="{}">{}</a>', url, row.room)

    @admin.display(description="")
    def show_removal(self, row: Filter) -> str:
        """The link to the page that asks."""
        url = reverse("admin:chat_filter_delete", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, gettext("Remove…"))

    @admin.action(permissions=["delete"], description=_("Remove the selected filters"))
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Filter]) -> HttpResponse | None:
        """Remove them, after a question."""
        return super().delete_selected(request, queryset)

    def delete_by_service(self, request: HttpRequest, obj: Filter) -> bool:
        """Remove a filter."""
        actor = actor_for_request(request, PERMISSION)

        def remove() -> None:
            filters.remove_filter(actor=actor, number=obj.pk)

        return self.attempt_change(request, obj, remove, "Removed the filter.")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add a filter, or show what it would have caught."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, caught = FilterForm(request.POST or None), None
        if request.method == "POST" and form.is_valid():
            fields = dict(form.cleaned_data)
            asked = {"room": fields.pop("room"), "actor": actor_for_request(request, PERMISSION)}
            try:
                if "try" not in request.POST:
                    filters.add_filter(fields=fields, **asked)
                    self.message_user(request, gettext("The filter was added."), messages.SUCCESS)
                    return redirect("admin:chat_filter_changelist")
                caught = filters.try_filter(fields=fields, **asked)
            except ChatError as error:
                form.add_error(error.field if error.field in form.fields else None, explain_refusal(error))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Add a filter"),
            "opts": self.opts,
            "form": form,
            "back": reverse("admin:chat_filter_changelist"),
            "button": gettext("Add filter"),
            "consequence": gettext("What messages must not have. Filters do not apply to moderators."),
            "caught": caught,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/chat/filter/add.html", context)
