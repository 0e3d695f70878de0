"""The page of a conversation of two."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat import conf, validation
from chat.models import Participant
from chat.services import blocks, people
from chat.web import addresses, home, introduction, modules, sidebar, visitor
from chat.web.form_errors import FormError
from chat.web.visits import Visit

_PAGE: Final = "chat/no_talk.html"


@never_cache
@require_safe
def redirect_to_name(request: HttpRequest) -> HttpResponse:
    """The same, for whatever name (`?name=`): not every one can be a part of a path.

    Without a name, or with one that no one has: the form that asks for it.
    """
    name = request.GET.get(addresses.NAME, "").strip()
    if not name:
        return home.render_home(request, dialog="new-message")
    if _find_participant(name) is None:
        words = _("No one has this name. Check the spelling. Guests' names are released when they leave.")
        wrong = FormError("to", words)
        return home.render_home(request, 404, dialog="new-message", to=name, to_error=wrong)
    return show_conversation(request, name)


@never_cache
@require_safe
def show_conversation(request: HttpRequest, name: str) -> HttpResponse:
    """Show the conversation with the participant of this name. It begins with its first message, not here."""
    other = _find_participant(name)
    if other is None:
        return render(request, _PAGE, {"name": name}, status=404)
    who = visitor.find_visitor(request)
    if who.participant == other.pk:
        return render(request, _PAGE, {"name": other.name, "myself": True}, status=404)
    address = addresses.of_talk(other)
    in_query = request.path == reverse("web:talk")
    if name != other.name or in_query != ("?" in address):
        return redirect(address)
    if not who.name:
        return introduction.ask_for_name(request)
    entries = sidebar.find_entries(request, talk=other.pk)
    talk = next((each.room for each in entries.talks if each.current), None)
    shown = {
        "room": None,
        "visit": Visit(who.name, who.color),
        "staff": who.actor.staff,
        "most": conf.get_size_limits().text,
        "limits": validation,
        "address": address,
        "blocked": blocks.list_numbers(who.actor),
        "direct": other.name,
        "person": other.pk,
        "presence": people.find_presence(who.actor, other),
        "sidebar": entries,
        "modules": modules.list_room_modules(talk),
    }
    return render(request, "chat/room.html", shown)


def _find_participant(name: str) -> Participant | None:
    return None if "\x00" in name else Participant.objects.named(name).first()
