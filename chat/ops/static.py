"""Static files, as they are collected."""

from contextlib import closing
from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise, with whole files in place of streams.

    Django cannot stream a file to an ASGI server: it reads all of it anyway, and warns.
    """

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
