"""The form for a visitor's name and colour."""

import random
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from chat import validation
from chat.errors import ChatError
from chat.services import identity
from chat.web import addresses, visitor
from chat.web.form_errors import FormError, explain_error, status_of, with_wait

COLORS: Final = ("#1d6fb8", "#0f7b6c", "#5b7d12", "#a85b00", "#b8392f", "#b0337e", "#7a4fc2", "#4a5bd0")


def read_introduction(request: HttpRequest) -> tuple[str, str]:
    """Name and colour, as a form has them; an account's name is its own. Raises 303."""
    who = visitor.find_visitor(request)
    name = who.name if who.account and who.name else validation.clean_name(request.POST.get("name"))
    return name, validation.clean_color(request.POST.get("color"))


def initial_introduction(request: HttpRequest) -> dict[str, Any]:
    """Initial values of such a form: `name`, `fixed` (it is an account's), `color`."""
    who = visitor.find_visitor(request)
    fixed = who.account and bool(who.name)
    return {
        "name": who.name if fixed else request.POST.get("name", who.name),
        "fixed": fixed,
        "color": request.POST.get("color", who.color or random.choice(COLORS)),
    }


@addresses.posted_from("web:home")
@never_cache
def take_introduction(request: HttpRequest) -> HttpResponse:
    """Take the visitor's name and colour, and go on where they were asked for."""
    try:
        name, color = read_introduction(request)
        identity.claim_name(request.session, name, color, request.META.get("REMOTE_ADDR", ""))
    except ChatError as error:
        wrong = explain_error(error, {"name": "name", "color": "color"})
        return with_wait(ask_for_name(request, status_of(error), error=wrong), error)
    return redirect(addresses.next_of(request))


def ask_for_name(request: HttpRequest, status: int = 200, *, error: FormError | None = None) -> HttpResponse:
    """The form that asks for name and colour, and comes back to the page that wanted them."""
    shown = {"error": error, "focus": error.field if error else "name", "limits": validation}
    return render(request, "chat/introduce.html", shown | initial_introduction(request), status=status)
