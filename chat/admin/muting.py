"""Muting: the panel on a room's page with the muted names, and its two buttons."""

from functools import partial
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from chat.admin.base import ServiceAdmin, actor_for_request, has_site_permission
from chat.models import Mute, Presence, Room
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


class MutingAdmin(ServiceAdmin[Room]):
    """What the page of a room needs for it."""

    def muting_panel(self, request: HttpRequest, room: Room) -> dict[str, Any]:
        """The muted names, and the names of members, to choose from."""
        if not has_site_permission(request, PERMISSION) or room.deleted_at:
            return {}
        return {
            "muted": Mute.objects.filter(room=room).lasting(timezone.now()).order_by("name"),
            "names": sorted(set(Presence.objects.current().filter(room=room).values_list("name", flat=True))),
            "durations": list(DURATIONS),
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
            self.message_user(request, "Enter a name and choose a duration.", messages.WARNING)
            return redirect("admin:chat_room_change", room_id)
        do = partial(moderation.mute_name, seconds=DURATIONS[duration])
        return self._change_mute(request, room_id, do, name, f"muted ({duration})")

    def unmute_view(self, request: HttpRequest, room_id: int) -> HttpResponse:
        """End a mute."""
        return self._change_mute(
            request, room_id, moderation.unmute_name, request.POST.get("name", ""), "unmuted"
        )

    def _change_mute(self, request: HttpRequest, room_id: int, do: Any, name: str, done: str) -> HttpResponse:
        if not has_site_permission(request, PERMISSION):
            raise PermissionDenied
        room = get_object_or_404(Room.objects.existing(), pk=room_id)
        verb = partial(do, room=room, name=name, actor=actor_for_request(request, PERMISSION))
        if self.attempt_change(request, room, verb, f"{name} was {done}."):
            self.message_user(request, f"“{name}” was {done}.", messages.SUCCESS)
        return redirect("admin:chat_room_change", room_id)
