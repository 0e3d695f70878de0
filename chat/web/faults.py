"""The pages that say that something is wrong, where Django's own would not know whose page it is."""

import sys
from collections.abc import Callable
from typing import Any, Final

from django.core.exceptions import BadRequest
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from chat.errors import BANNED, INTERNAL, ChatError
from chat.log.writer import refuse_unavailable
from chat.services import bans
from chat.web import brand, look, visitor
from chat.web.form_errors import status_of, text_of, with_wait

_FORMS: Final = ["text/html", "application/json"]
_OPEN_TO_ALL: Final = {"sign-in", "sign-out", "theme", "leave"}  # their forms change nothing for others


class RefusalMiddleware:
    """Refuse forms of clients that are banned from the server, and answer refusals that a page's own view
    does not, such as too many passwords being hashed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the view does."""
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """Refuse the forms of banned clients; as over REST, they may read. And what the database could not
        be asked, where Django's own views would: PostgreSQL takes no null character.
        """
        match = request.resolver_match
        if match is not None and match.app_name == "admin" and "\x00" in "".join(_list_parameters(request)):
            raise BadRequest("a null character")
        if request.method != "POST" or match is None or match.namespace != "web":
            return None
        if match.url_name in _OPEN_TO_ALL:
            return None
        actor = visitor.find_visitor(request).actor
        try:
            bans.check_caller(actor)
        except ChatError as error:
            return self.process_exception(request, error)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say in words what was refused; None for what is none of our errors."""
        if not isinstance(exception, ChatError):
            return None
        shown = {"why": text_of(exception), "banned": exception.kind == BANNED}
        page = render(request, "refused.html", shown, status=status_of(exception))
        return with_wait(page, exception)


def _list_parameters(request: HttpRequest) -> list[str]:
    return [text for name, values in request.GET.lists() for text in (name, *values)]


def show_forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the token that says that it is ours."""
    return render(request, "403_csrf.html", status=403)


def show_broken(request: HttpRequest) -> HttpResponse:
    """Answer a request that failed: 503 while the database is away, else 500.

    Called by Django in its `except` block. The page asks nothing that may be what failed.
    """
    away = isinstance(sys.exception(), InterfaceError | OperationalError)
    error = refuse_unavailable() if away else ChatError(INTERNAL)
    if request.get_preferred_type(_FORMS) != "text/html":
        return JsonResponse(error.body(), status=error.kind.status, headers=error.headers())
    page = render_to_string(
        f"{error.kind.status}.html", {"brand": brand.describe_brand(), "look": look.read_look(request)}
    )
    return HttpResponse(page, status=error.kind.status, headers=error.headers())
