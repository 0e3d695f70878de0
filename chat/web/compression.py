"""Which answers are sent compressed."""

from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

_KINDS: Final = ("text/html", "text/javascript")


class PageCompressionMiddleware(GZipMiddleware):
    """Pages and their texts: a quarter of the bytes. Django hides how long they were (BREACH).

    REST stays as it is: its answers are short, and its clients are other people's.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith(_KINDS):
            return response
        return super().process_response(request, response)
