"""Muting: the panel on a room's page with the muted names, and its two buttons."""

from functools import partial
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chat import validation
from chat.admin.base import ServiceAdmin, actor_for_request, has_site_permission
from chat.models import Mute, Participant, Presence, Room
from chat.services import moderation

PERMISSION: Final = "change_room"
HOUR: Final = 3600
DURATIONS: Final = {
    "10 minutes": HOUR // 6,
    "1 hour": HOUR,
    "1 day": 24 * HOUR,
    "1 week": 7 * 24 * HOUR,
    "until further notice": None,
}
DURATION_LABELS: Final = {
    "10 minutes": _("10 minutes"),
    "1 hour": _("1 hour"),
    "1 day": _("1 day"),
    "1 week": _("1 week"),
    "until further notice": _("until further notice"),
}


class MutingAdmin(ServiceAdmin[Room]):
    """The context for the page of a room."""

    def muting_panel(self, request: HttpRequest, room: Room) -> dict[str, Any]:
        """The muted names, and the names of members, to choose from."""
        if not has_site_permission(request, PERMISSION) or room.deleted_at:
            return {}
        return {
            "muted": Mute.objects.filter(room=room).lasting(timezone.now()).order_by("name"),
            "names": _find_names(room),
            "durations": DURATION_LABELS.items(),
            "limits": validation,
        }

    def muting_urls(self) -> list[URLPattern]:
        """The buttons' addresses."""
        return [
            path(
                f"<int:room_id>/{verb}/",
                self.admin_site.admin_view(require_POST(view)),
                name=f"chat_room_{verb}",
            )
            for verb, view in {"mute": self.mute_view, "unmute": self.unmute_view}.items()
        ]

    def mute_view(self, request: HttpRequest, room_id: int) -> HttpResponse:
        """Mute the name that was typed."""
        name, duration = request.POST.get("name", "").strip(), request.POST.get("duration", "")
        if not name or duration not in DURATIONS:
            self.message_user(request, gettext("Enter a name and choose a duration."), messages.WARNING)
            return redirect("admin:chat_room_change", room_id)
        do = partial(moderation.mute_name, seconds=DURATIONS[duration])
        told = gettext("“%(name)s” was muted (%(duration)s).")
        shown = told % {"name": name, "duration": DURATION_LABELS[duration]}
        return self._change_mute(request, room_id, do, name, shown)

    def unmute_view(self, request: HttpRequest, room_id: int) -> HttpResponse:
        """End a mute."""
        name = request.POST.get("name", "")
        shown = gettext("“%(name)s” was unmuted.") % {"name": name}
        return self._change_mute(request, room_id, moderation.unmute_name, name, shown)

    def _change_mute(self, request: HttpRequest, room_id: int, do: Any, name: str, done: str) -> HttpResponse:
        if not has_site_permission(request, PERMISSION):
            raise PermissionDenied
        room = get_object_or_404(Room.objects.existing(), pk=room_id)
        verb = partial(do, room=room, name=name, actor=actor_for_request(request, PERMISSION))
        if self.attempt_change(request, room, verb, done):
            self.message_user(request, done, messages.SUCCESS)
        return redirect("admin:chat_room_change", room_id)


def _find_names(room: Room) -> list[str]:
    """The names of members to choose from: none that a member uses and that belongs to someone else."""
    here = Presence.objects.current().filter(room=room)
    unverified = here.filter(participant=None).values("name_key")
    foreign = Participant.objects.filter(name_key__in=unverified).values("name_key")
    of_others = Q(participant=None, name_key__in=foreign)
    return sorted(set(here.exclude(of_others).values_list("name", flat=True)))
