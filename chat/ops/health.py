"""Whether this process serves and its database answers (`/healthz`), and whether it goes on (`/readyz`)."""

from collections.abc import Callable
from typing import Final

from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from chat import process

ALIVE: Final = "/healthz"
READY: Final = "/readyz"


class HealthMiddleware:
    """Answers before the host name is looked at: a container's health check asks 127.0.0.1."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer these two paths, pass on all others."""
        if request.path == READY and process.stopping():
            return JsonResponse({"status": False, "server": "is about to stop"}, status=503)
        return healthz() if request.path in (ALIVE, READY) else self._get_response(request)


def healthz() -> HttpResponse:
    """200, or 503 while the database does not answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return JsonResponse({"status": False, "database": "does not answer"}, status=503)
    return JsonResponse({"status": True})
