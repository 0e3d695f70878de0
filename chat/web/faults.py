"""The pages that say that something is wrong, where Django's own would not know whose page it is."""

import sys
from typing import Final

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from chat.errors import INTERNAL, ChatError
from chat.log.writer import unavailable
from chat.web import theme

_FORMS: Final = ["application/json", "text/html"]


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the token that says that it is ours."""
    return render(request, "403_csrf.html", status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer a request that failed: 503 while the database is away, else 500.

    Called by Django in its `except` block. The page asks nothing that may be what failed.
    """
    away = isinstance(sys.exception(), InterfaceError | OperationalError)
    error = unavailable() if away else ChatError(INTERNAL)
    if request.get_preferred_type(_FORMS) != "text/html":
        return JsonResponse(error.body(), status=error.kind.status, headers=error.headers())
    page = render_to_string(f"{error.kind.status}.html", {"theme": theme.of(request)})
    return HttpResponse(page, status=error.kind.status, headers=error.headers())
