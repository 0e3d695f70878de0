"""Static files, as they are collected."""

from contextlib import closing
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware

# A picture may be opened as a page, and a script be a worker: both may use what is of this site.
_POLICY: Final = "default-src 'self'; frame-ancestors 'none'"
_FOR_OTHER_SITES: Final = "sdk/"


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise, with whole files in place of streams.

    Django cannot stream a file to an ASGI server: it reads all of it anyway, and warns.
    """

    def add_cache_headers(self, headers: Any, path: str, url: str) -> None:
        """All that is said of a file: a page needs several at once, and each byte counts."""
        super().add_cache_headers(headers, path, url)
        headers["Content-Security-Policy"] = _POLICY
        if url.startswith(f"{self.static_prefix}{_FOR_OTHER_SITES}"):
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"

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
