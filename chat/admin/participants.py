"""Participants: a list, and a page for each that tells moderators what is known of them.

Accounts have Django's own pages.
"""

from typing import Any, Final

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from chat.admin.base import ReadOnlyAdmin, actor_for_request, has_site_permission
from chat.admin.keyset import KeysetAdmin
from chat.admin.muting import PERMISSION
from chat.events import Sender
from chat.log.audit import write_act
from chat.log.drafts import Act
from chat.log.recovery import WALKED
from chat.models import Ban, Event, Mute, Participant, ParticipantAddress, Presence, Room, StaffNote
from chat.models.staff_note import LONGEST

LATEST: Final = 50  # messages on the page
MOST_ROOMS: Final = 1000  # of which the latest are chosen
ROOMS: Final = 20  # in which they are looked for: those with the latest activity


@admin.register(Participant)
class ParticipantAdmin(KeysetAdmin[Participant], ReadOnlyAdmin[Participant]):
    """Accounts, and guests with a session."""

    change_form_template = "admin/chat/participant/change_form.html"
    list_display = ["__str__", "name", "user", "created_at", "seen_at"]
    list_filter = [("user", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["name"]  # for Django to show the field; `get_search_results` looks
    search_help_text = _("Name, account name, or current name in a room")
    ordering = ["-pk"]
    fields = ["name", "user", "created_at", "seen_at"]

    class Media:
        css = {"all": ["admin/wschat.css"]}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Participant], search_term: str
    ) -> tuple[QuerySet[Participant], bool]:
        """By each word. No joins: with them the database reads all presences for each participant."""
        for word in search_term.split():
            here = Presence.objects.current().in_rooms().filter(name__icontains=word)
            queryset = queryset.filter(
                Q(name__icontains=word)
                | Q(user__username__icontains=word)
                | Q(pk__in=here.exclude(participant=None).values("participant"))
            )
        return queryset, False

    def has_delete_permission(self, request: HttpRequest, obj: Participant | None = None) -> bool:
        """Not here: a participant goes with its account, whose page asks for this permission."""
        here = request.resolver_match and (request.resolver_match.url_name or "").startswith("chat_")
        return not here and super().has_delete_permission(request, obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The fields, with the panels under them."""
        participant = self.get_object(request, unquote(object_id))
        panels = {} if participant is None else self._build_panels(request, participant)
        return super().change_view(request, object_id, form_url, {**panels, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        """The button's address, before Django's, whose last one takes everything."""
        note = self.admin_site.admin_view(require_POST(self.note_view))
        return [path("<int:participant_id>/note/", note, name="chat_participant_note"), *super().get_urls()]

    def note_view(self, request: HttpRequest, participant_id: int) -> HttpResponse:
        """Keep a note of staff about a participant."""
        if not (self.has_view_permission(request) and has_site_permission(request, PERMISSION)):
            raise PermissionDenied
        participant = get_object_or_404(Participant, pk=participant_id)
        text = request.POST.get("text", "").replace("\x00", "").strip()
        if not text or len(text) > LONGEST:
            told = gettext("A note has 1 to %(most)s characters.") % {"most": LONGEST}
            self.message_user(request, told, messages.WARNING)
        else:
            with transaction.atomic():
                StaffNote.objects.create(
                    participant=participant, author=request.user.get_username(), text=text, at=timezone.now()
                )
                # Without the text, which goes with the participant.
                act = Act(name="add_note", subject=Sender(participant.name, "", participant.pk))
                write_act(actor_for_request(request, PERMISSION), act)
            self.message_user(request, gettext("The note was added."), messages.SUCCESS)
        return redirect("admin:chat_participant_change", participant_id)

    def _build_panels(self, request: HttpRequest, participant: Participant) -> dict[str, Any]:
        rooms = find_rooms(participant)
        said = find_messages_of(participant, rooms) if has_site_permission(request, "view_event") else None
        here = Presence.objects.current().in_rooms().filter(participant=participant).select_related("room")
        measures = find_mutes(participant)
        names = {participant.name, *(row.name for row in here), *(mute.name for mute in measures)}
        return {
            "here": list(here),
            "owned": list(participant.owned_rooms.existing()[:ROOMS]),
            "moderated": list(participant.moderated_rooms.existing()[:ROOMS]),
            "rooms": rooms,
            "addresses": list(ParticipantAddress.objects.recent(participant.pk)),
            "address_days": settings.ENV.wschat_address_days,
            "names": sorted({*names, *(event.name for event in said or [])} - {""}),
            "said": said,
            "mutes": measures,
            "bans": find_bans(participant),
            "now": timezone.now(),
            "notes": list(StaffNote.objects.filter(participant=participant).order_by("-pk")[:LATEST]),
            "may_note": has_site_permission(request, PERMISSION),
            "may_ban": has_site_permission(request, PERMISSION),
            "longest": LONGEST,
        }


def find_rooms(participant: Participant) -> list[Room]:
    """The rooms in which the participant has a read mark or is now, those with the latest activity first."""
    here = Presence.objects.current().filter(participant=participant).values_list("room", flat=True)
    read = participant.marks.values_list("room", flat=True)
    # Their numbers first: with "in one or the other" the database goes through all rooms.
    rooms = Room.objects.rooms().filter(pk__in={*read[:MOST_ROOMS], *here[:MOST_ROOMS]}).with_activity()
    return list(rooms.order_by(F("active_at").desc(nulls_last=True), "-pk")[:ROOMS])


def find_messages_of(participant: Participant, rooms: list[Room]) -> list[Event]:
    """Their latest messages that are not deleted, among the latest of these rooms.

    The index of messages has the sender in it, but begins with the room: so the rooms have to be known.
    """
    places = Q()
    for room in rooms:
        places |= Q(room=room.pk, seq__gt=room.last_seq - WALKED)
    if not places:
        return []
    rows = Event.objects.in_rooms().all_messages().filter(places, sender=participant, erased_at=None)
    return list(rows.select_related("room").order_by("-created_at", "-pk")[:LATEST])


def find_mutes(participant: Participant) -> list[Mute]:
    """The mutes of the participant, and of their name."""
    theirs = Q(participant=participant)
    if participant.name_key:
        theirs |= Q(participant=None, name_key=participant.name_key)
    rows = Mute.objects.filter(theirs, room__low__isnull=True).select_related("room")
    return list(rows.order_by("-at")[:LATEST])


def find_bans(participant: Participant) -> list[Ban]:
    """The bans and kicks of the participant, without those that came with one of them."""
    rows = Ban.objects.filter(participant=participant, origin="", room__low__isnull=True)
    return list(rows.select_related("room").order_by("-pk")[:LATEST])
