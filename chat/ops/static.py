"""Static files, as they are collected."""

from contextlib import closing
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware

_FOR_OTHER_SITES: Final = "sdk/"


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise, with whole files in place of streams.

    Django cannot stream a file to an ASGI server: it reads all of it anyway, and warns.
    """

    def add_cache_headers(self, headers: Any, path: str, url: str) -> None:
        """All that is said of a file: of ninety that a page needs, each byte counts."""
        super().add_cache_headers(headers, path, url)
        headers["X-Content-Type-Options"] = "nosniff"
        if url.startswith(f"{settings.STATIC_URL}{_FOR_OTHER_SITES}"):
            headers["Access-Control-Allow-Origin"] = "*"

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:  # type: ignore[override]
        """The answer, in the words of WhiteNoise."""
        answer = static_file.get_response(request.method, request.META)
        content = b""
        if answer.file is not None:
            with closing(answer.file) as file:
                content = file.read()
        response = HttpResponse(content, status=int(answer.status))
        del response["Content-Type"]
        for name, value in answer.headers:
            response[name] = value
        return response
