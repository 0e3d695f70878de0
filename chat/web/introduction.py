"""The form for a visitor's name and colour."""

import random
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from chat import validation
from chat.errors import ChatError
from chat.services import identity
from chat.web import addresses, me, visits
from chat.web.visits import Visit
from chat.web.words import FormError, explain_error, status_of, with_wait

COLORS: Final = ("#1d6fb8", "#0f7b6c", "#5b7d12", "#a85b00", "#b8392f", "#b0337e", "#7a4fc2", "#4a5bd0")


def read_introduction(request: HttpRequest) -> tuple[str, str]:
    """Name and colour, as a form has them; an account's name is its own. Raises 303."""
    who = me.find_me(request)
    name = who.name if who.account and who.name else validation.clean_name(request.POST.get("name"))
    return name, validation.clean_color(request.POST.get("color"))


def initial_introduction(request: HttpRequest) -> dict[str, Any]:
    """What such a form begins with: `name`, `fixed` (it is an account's), `color`."""
    who = me.find_me(request)
    kept = visits.latest_visit(request.session) or Visit(who.name, who.color)
    fixed = who.account and bool(who.name)
    return {
        "name": who.name if fixed else request.POST.get("name", kept.name),
        "fixed": fixed,
        "color": request.POST.get("color", kept.color or random.choice(COLORS)),
    }


@require_POST
@never_cache
def take_introduction(request: HttpRequest) -> HttpResponse:
    """Take the visitor's name and colour, and go on where they were asked for."""
    try:
        name, color = read_introduction(request)
        identity.claim_name(request.session, name, request.META.get("REMOTE_ADDR", ""))
    except ChatError as error:
        wrong = explain_error(error, {"name": "name", "color": "color"})
        return with_wait(ask_for_name(request, status_of(error), error=wrong), error)
    visits.remember_visitor(request.session, name, color)
    return redirect(addresses.next_of(request))


def ask_for_name(request: HttpRequest, status: int = 200, *, error: FormError | None = None) -> HttpResponse:
    """The form that asks for name and colour, and comes back to the page that wanted them."""
    shown = {"error": error, "focus": error.field if error else "name", "limits": validation}
    return render(request, "chat/introduce.html", shown | initial_introduction(request), status=status)
