"""The light or dark theme, as chosen; without a choice, that of the system."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from chat.web import addresses

COOKIE: Final = "theme"
THEMES: Final = ("light", "dark")
_LASTS: Final = 365 * 24 * 3600  # seconds


def read_theme(request: HttpRequest) -> str:
    """The theme that was chosen; "" without a choice."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in THEMES else ""


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the choice, for a browser that runs no scripts (`static/chat/pages/base.js` does the same)."""
    response = redirect(addresses.next_of(request))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        # Scripts read it, too: it is no secret.
        response.set_cookie(COOKIE, chosen, max_age=_LASTS, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
