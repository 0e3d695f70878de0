"""What those who operate the server ask it."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chat import tokens
from chat.errors import PAGE_NOT_FOUND, ChatError


def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process serves and its database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": False, "database": "does not answer"}, status=503)
    return JsonResponse({"status": True})


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus's text form, for whoever shows the token of WSCHAT_METRICS_TOKEN; hidden without one set."""
    wanted = settings.ENV.wschat_metrics_token
    shown = tokens.bearer(request.headers.get("Authorization", ""))
    if not wanted or not constant_time_compare(shown, wanted):
        error = ChatError(PAGE_NOT_FOUND)
        return JsonResponse(error.body(), status=error.kind.status)
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
