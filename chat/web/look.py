"""How pages look: the theme and the density that the visitor chose, if any."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from chat.web import addresses

# The values that differ from the default, by the name of the cookie and of the form's field.
CHOICES: Final = {"theme": ("light", "dark"), "density": ("compact",)}
_LASTS: Final = 365 * 24 * 3600  # seconds


def read_look(request: HttpRequest) -> dict[str, str]:
    """What was chosen, by its name; "" without a choice."""
    chosen = {name: request.COOKIES.get(name, "") for name in CHOICES}
    return {name: value if value in CHOICES[name] else "" for name, value in chosen.items()}


@addresses.posted_from("web:home")
def choose_look(request: HttpRequest) -> HttpResponse:
    """Keep the choice, for a browser that runs no scripts (`static/chat/pages/base.js` does the same)."""
    response = redirect(addresses.next_of(request))
    for name, values in CHOICES.items():
        if (chosen := request.POST.get(name)) is None:
            continue
        if chosen in values:
            # Scripts read it, too: it is no secret.
            response.set_cookie(name, chosen, max_age=_LASTS, samesite="Lax", secure=request.is_secure())
        else:
            response.delete_cookie(name, samesite="Lax")
    return response
