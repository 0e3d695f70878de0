"""What those who operate the server ask it."""

import os

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from chat import tokens
from chat.errors import PAGE_NOT_FOUND, ChatError


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus's text form, for whoever shows the token of WSCHAT_METRICS_TOKEN; hidden without one set."""
    wanted = settings.ENV.wschat_metrics_token
    shown = tokens.bearer(request.headers.get("Authorization", ""))
    if not wanted or not constant_time_compare(shown, wanted):
        error = ChatError(PAGE_NOT_FOUND)
        return JsonResponse(error.body(), status=error.kind.status)
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    """The numbers of this process; of all workers together, if it is one of several."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
