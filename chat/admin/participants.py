"""Participants, to look up. Accounts have Django's own pages."""

from django.contrib import admin
from django.http import HttpRequest

from chat.admin.base import ReadOnlyAdmin
from chat.models import Participant, Presence


@admin.register(Participant)
class ParticipantAdmin(ReadOnlyAdmin[Participant]):
    """Accounts, and guests with a session."""

    list_display = ["__str__", "name", "user", "created_at"]
    list_filter = [("user", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["name", "user__username", "presences__name"]
    search_help_text = "Name, account name, or current name in a room"
    ordering = ["-pk"]
    fields = ["name", "user", "created_at", "now_in", "owns"]

    def has_delete_permission(self, request: HttpRequest, obj: Participant | None = None) -> bool:
        """Not here: a participant goes with its account, whose page asks for this permission."""
        here = request.resolver_match and (request.resolver_match.url_name or "").startswith("chat_")
        return not here and super().has_delete_permission(request, obj)

    @admin.display(description="now in")
    def now_in(self, participant: Participant) -> str:
        """The rooms, and the name in each."""
        here = Presence.objects.current().in_rooms()
        rows = here.filter(participant=participant).select_related("room")
        return ", ".join(f"{row.room} (as {row.name})" for row in rows) or "no room"

    @admin.display(description="owns")
    def owns(self, participant: Participant) -> str:
        """The rooms that belong to the participant."""
        return ", ".join(map(str, participant.owned_rooms.existing())) or "no room"
