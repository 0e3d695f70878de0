"""Response headers of what Django answers."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

_OWN: Final = (
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)

# With Trusted Types no text becomes markup or a script, but what DOMPurify has cleaned.
POLICY: Final = "; ".join((*_OWN, "require-trusted-types-for 'script'", "trusted-types dompurify"))

# The admin site and Swagger UI are libraries that know nothing of Trusted Types.
POLICY_OF_LIBRARIES: Final = "; ".join(_OWN)
_LIBRARIES: Final = ("admin", "api-docs")


class AnswerHeadersMiddleware:
    """Scripts and styles from this site alone, and no copies in caches: most answers are of one visitor, or
    hold a token. A view may have set headers of its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the headers."""
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", _policy_for(request))
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _policy_for(request: HttpRequest) -> str:
    match = request.resolver_match  # None where the address leads nowhere: that page is ours
    foreign = match is not None and (match.app_name in _LIBRARIES or match.url_name in _LIBRARIES)
    return POLICY_OF_LIBRARIES if foreign else POLICY
