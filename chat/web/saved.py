"""The list of messages that the visitor has saved for later."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chat.events import Message
from chat.models.room import is_number
from chat.permissions import Actor
from chat.services import saved
from chat.web import introduction, visitor
from chat.web.found import Texts, show_list


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_saved(request: HttpRequest) -> HttpResponse:
    """Show the messages that the visitor has saved, the latest first; a POST removes one of them."""
    if request.method == "POST":
        return _remove(request)
    words = Texts(
        heading=gettext("Saved messages"),
        nothing=gettext(
            "Nothing saved yet. Choose “Save for later” in the menu of a message to find it here."
        ),
        no_earlier=gettext("No earlier saved messages."),
        earlier=gettext("Earlier saved messages"),
    )
    return show_list(request, words, _find, removable=True)


def _find(actor: Actor, before: int | None, limit: int) -> tuple[Sequence[tuple[int, Message]], bool]:
    page = saved.find_saved(actor, before=before, limit=limit)
    return [(one.id, one.message) for one in page.saved], page.more


def _remove(request: HttpRequest) -> HttpResponse:
    who = visitor.find_visitor(request)
    if who.participant is None:
        return introduction.ask_for_name(request)
    room, seq = request.POST.get("room", ""), request.POST.get("seq", "")
    if is_number(room) and is_number(seq):
        saved.forget_message(int(room), int(seq), who.actor)
    return HttpResponseRedirect(reverse("web:saved"))
