"""Bans from rooms and from the server: their list, and the pages that ask before a kick or a ban."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat import validation
from chat.admin.audit import RoomNumberFilter
from chat.admin.base import ServiceAdmin, actor_for_request, explain_refusal, has_site_permission
from chat.admin.keyset import KeysetAdmin
from chat.admin.muting import HOUR, PERMISSION
from chat.errors import ChatError
from chat.models import Ban, Room
from chat.services import bans

DURATIONS: Final = {
    "3600": _("1 hour"),
    "86400": _("1 day"),
    str(7 * 24 * HOUR): _("1 week"),
    str(30 * 24 * HOUR): _("30 days"),
    "": _("Until further notice"),
}
KINDS: Final = {"name": _("name"), "pattern": _("pattern of names"), "network": _("network")}
_SHOWN: Final = {
    **KINDS,
    "newcomers": _("no newcomers"),
    "watch": _("first messages of newcomers are held"),
}


def _text(most: int, label: Any, help_text: Any = "", *, required: bool = False) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "vLargeTextField"})
    return forms.CharField(
        max_length=most, label=label, help_text=help_text, required=required, widget=widget
    )


class KickForm(forms.Form):
    """Whom to remove, and why."""

    name = _text(validation.NAME[1], _("Name"), required=True)
    reason = _text(validation.REASON[1], _("Reason"), _("Members see it."))

    def read_fields(self) -> dict[str, Any]:
        """The fields as the service takes them."""
        return dict(self.cleaned_data)


class BanForm(forms.Form):
    """Whom to keep out, for how long, and why."""

    kind = forms.ChoiceField(choices=list(KINDS.items()), label=_("Ban"))
    name = _text(
        64,
        _("Name, pattern or network"),
        _("A pattern such as spam*, where * is any text; a network such as 192.0.2.0/24."),
        required=True,
    )
    seconds = forms.ChoiceField(
        choices=list(DURATIONS.items()), required=False, initial="86400", label=_("Duration")
    )
    reason = _text(validation.REASON[1], _("Reason"), _("Members see it."))
    note = _text(validation.NOTE[1], _("Note"), _("Only moderators see it."))

    def read_fields(self) -> dict[str, Any]:
        """The fields as the service takes them."""
        given = self.cleaned_data
        seconds = int(given["seconds"]) if given["seconds"] else None
        about = {name: given[name] for name in ("reason", "note", "address") if name in given}
        return {given["kind"]: given["name"], "seconds": seconds, **about}


class RoomBanForm(BanForm):
    """The same for a room, where a ban may cover addresses, too."""

    address = forms.BooleanField(
        required=False,
        label=_("Also ban their addresses"),
        help_text=_(
            "Only for a name: no one at the addresses it is connected from, or came from lately, can join."
        ),
    )


class PlaceFilter(admin.SimpleListFilter):
    """Bans from the server, or from rooms."""

    title = _("place")
    parameter_name = "place"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("server", _("The server")), ("rooms", _("Rooms"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Ban]) -> QuerySet[Ban]:
        if self.value() not in ("server", "rooms"):
            return queryset
        return queryset.filter(room__isnull=self.value() == "server")


@admin.register(Ban)
class BanAdmin(KeysetAdmin[Ban], ServiceAdmin[Ban]):
    """The current bans. To delete one is to lift it."""

    deletion, deleted = _("Lift"), _("lifted")
    consequence = _("Everyone it covers can join again at once.")
    consequence_for_many = consequence
    list_display = ["show_name", "show_lift", "show_place", "until", "show_why", "by", "at"]
    list_display_links = None
    list_filter = [PlaceFilter, RoomNumberFilter]
    list_select_related = ["room"]
    search_fields = ["name", "reason", "note", "by"]
    search_help_text = _("Name, pattern, network, reason, note, or moderator")
    ordering = ["-pk"]

    class Media:
        css = {"all": ["admin/wschat.css"]}

    # Permissions: staff who may change rooms, as for mutes, REST and wschat.v1

    def has_add_permission(self, request: HttpRequest) -> bool:
        return has_site_permission(request, PERMISSION)

    def has_view_permission(self, request: HttpRequest, obj: Ban | None = None) -> bool:
        return has_site_permission(request, PERMISSION)

    def has_delete_permission(self, request: HttpRequest, obj: Ban | None = None) -> bool:
        return has_site_permission(request, PERMISSION)

    def has_change_permission(self, request: HttpRequest, obj: Ban | None = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return has_site_permission(request, PERMISSION)

    # What is shown

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ban]:
        """One row for each current ban."""
        return Ban.objects.to_show(timezone.now())

    @admin.display(description=_("name"))
    def show_name(self, ban: Ban) -> str:
        """The name, with a link to the participant who had it; or the pattern or network."""
        if ban.kind != "name":
            return f"{ban} ({_SHOWN.get(ban.kind, ban.kind)})"
        if ban.participant_id is None:
            return str(ban)
        url = reverse("admin:chat_participant_change", args=[ban.participant_id])
        return format_html('<a href="{}">{}</a>', url, ban)

    @admin.display(description=_("place"))
    def show_place(self, ban: Ban) -> str | Promise:
        """The room, or the server."""
        if ban.room is None:
            return _("The server")
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:chat_room_change", args=[ban.room_id]), ban.room
        )

    @admin.display(description=_("reason and note"))
    def show_why(self, ban: Ban) -> str:
        """What members see, then what moderators see."""
        return format_html('<p>{}</p><p class="quiet">{}</p>', ban.reason, ban.note)

    @admin.display(description="")
    def show_lift(self, ban: Ban) -> str:
        """The link to the page that asks."""
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:chat_ban_delete", args=[ban.pk]), gettext("Lift…")
        )

    # What is done

    def delete_by_service(self, request: HttpRequest, obj: Ban) -> bool:
        """Lift a ban."""
        actor = actor_for_request(request, PERMISSION)

        def lift() -> None:
            if obj.room is None:
                bans.unban_from_server(actor=actor, number=obj.pk)
            else:
                bans.unban(room=obj.room, actor=actor, number=obj.pk)

        return self.attempt_change(request, obj, lift, "Lifted the ban.")

    @admin.action(permissions=["delete"], description=_("Lift the selected bans"))
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[Ban]) -> HttpResponse | None:
        """Lift them, after a question."""
        return super().delete_selected(request, queryset)

    def get_urls(self) -> list[URLPattern]:
        """The page that asks before a kick; the one before a ban replaces Django's form."""
        kick = self.admin_site.admin_view(self.kick_view)
        return [path("kick/<int:room_id>/", kick, name="chat_ban_kick"), *super().get_urls()]

    def kick_view(self, request: HttpRequest, room_id: int) -> HttpResponse:
        """Ask, then remove a member from a room."""
        room = self._find_room(request, str(room_id))
        actor = actor_for_request(request, PERMISSION)
        form = KickForm(request.POST or None, initial={"name": request.GET.get("name", "")})

        def kick(fields: dict[str, Any]) -> None:
            bans.kick_name(room=room, actor=actor, verified=_is_verified(request), **fields)

        words = {
            "title": gettext("Kick from %(room)s") % {"room": room},
            "consequence": gettext(
                "The member is removed from the room, and can come back after a few seconds."
            ),
            "button": gettext("Kick"),
        }
        done = gettext("“%(name)s” was kicked.")
        return self._ask(request, form, kick, done, back=_page_of(room), words=words)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, then ban from the room that the address names, or from the server."""
        given = request.GET.get("room", "")
        room = self._find_room(request, given) if given else None
        actor = actor_for_request(request, PERMISSION)
        form_class = BanForm if room is None else RoomBanForm
        form = form_class(request.POST or None, initial={"name": request.GET.get("name", "")})

        def ban(fields: dict[str, Any]) -> None:
            fields["verified"] = _is_verified(request)
            if room is None:
                bans.ban_from_server(actor=actor, fields=fields)
            else:
                bans.ban(room=room, actor=actor, fields=fields)

        if room is None:
            title = gettext("Ban from the server")
            consequence = gettext(
                "Connections that it covers end at once, and new ones are refused. Staff are exempt."
            )
        else:
            title = gettext("Ban from %(room)s") % {"room": room}
            consequence = gettext(
                "Members that it covers are removed, and can't come back until the ban ends or is lifted."
            )
        words = {"title": title, "consequence": consequence, "button": gettext("Ban")}
        done = gettext("“%(name)s” was banned.")
        return self._ask(request, form, ban, done, back=reverse("admin:chat_ban_changelist"), words=words)

    def _find_room(self, request: HttpRequest, number: str) -> Room:
        """Find the room, for staff who may change it. Conversations have no bans."""
        if not has_site_permission(request, PERMISSION):
            raise PermissionDenied
        known = number.isascii() and number.isdigit() and len(number) < 19
        return get_object_or_404(Room.objects.existing().rooms(), pk=int(number) if known else 0)

    def _ask(
        self,
        request: HttpRequest,
        form: KickForm | BanForm,
        do: Callable[[dict[str, Any]], None],
        done: str,
        *,
        back: str,
        words: Mapping[str, str],
    ) -> HttpResponse:
        """Show the page that asks, or do what it asked about."""
        if not has_site_permission(request, PERMISSION):
            raise PermissionDenied
        if request.method == "POST" and form.is_valid():
            try:
                do(form.read_fields())
            except ChatError as error:
                form.add_error(None, explain_refusal(error))
            else:
                self.message_user(request, done % {"name": form.cleaned_data["name"]}, messages.SUCCESS)
                return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "form": form,
            "back": back,
            "media": self.media,
            **words,
        }
        return TemplateResponse(request, "admin/chat/ban/ask.html", context)


def _is_verified(request: HttpRequest) -> bool:
    """Whether the page was opened for a user, and not for a member whose name may be someone else's."""
    return "unverified" not in request.GET


def _page_of(room: Room) -> str:
    return reverse("admin:chat_room_change", args=[room.pk])
