"""Health checks and metrics: `/livez`, `/healthz`, `/readyz` and `/metrics`."""

import os
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from chat import tokens
from chat.engine import process
from chat.errors import PAGE_NOT_FOUND, ChatError


class HealthMiddleware:
    """Answers before the host name is looked at: a container's health check or Prometheus asks by address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer these paths, pass on all others."""
        answer = _ANSWERS.get(request.path_info)
        return self._get_response(request) if answer is None else answer(request)


def livez(request: HttpRequest) -> HttpResponse:
    """200 while this process answers at all. Asks no database: one that is away is no reason to restart."""
    return JsonResponse({"status": True})


def healthz(request: HttpRequest) -> HttpResponse:
    """200, or 503 while the database does not answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        return JsonResponse({"status": False, "database": "does not answer"}, status=503)
    return JsonResponse({"status": True})


def readyz(request: HttpRequest) -> HttpResponse:
    """As `/healthz`, but 503 from the moment that the process is told to stop."""
    if process.is_stopping():
        return JsonResponse({"status": False, "server": "is about to stop"}, status=503)
    return healthz(request)


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus's text form, for clients that show WSCHAT_METRICS_TOKEN; 404 where none is set."""
    wanted = settings.ENV.wschat_metrics_token
    shown = tokens.read_bearer(request.headers.get("Authorization", ""))
    if not wanted or not constant_time_compare(shown, wanted):
        error = ChatError(PAGE_NOT_FOUND)
        return JsonResponse(error.body(), status=error.kind.status)
    return HttpResponse(generate_latest(_build_registry()), content_type=CONTENT_TYPE_LATEST)


def _build_registry() -> CollectorRegistry:
    """The numbers of this process; of all workers together, if it is one of several."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry


_ANSWERS: Final = {"/livez": livez, "/healthz": healthz, "/readyz": readyz, "/metrics": metrics}
