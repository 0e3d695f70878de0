"""Pages of other sites, for answers that do not come from Django: there, django-cors-headers adds these."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings

_VARY: Final = (b"vary", b"origin")


def allow_origin(scope: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    """Headers that let the page that asks read the answer, if the settings allow its site. Else the page sees
    a network error, and not what was refused.
    """
    if not settings.CORS_ALLOWED_ORIGINS or not re.match(settings.CORS_URLS_REGEX, _path_below_prefix(scope)):
        return []
    origin = dict(scope["headers"]).get(b"origin", b"")
    if origin.decode("latin-1") not in settings.CORS_ALLOWED_ORIGINS:
        return [_VARY]
    exposed = ", ".join(settings.CORS_EXPOSE_HEADERS).encode()
    return [
        _VARY,
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", exposed),
    ]


def _path_below_prefix(scope: Mapping[str, Any]) -> str:
    path: str = scope["path"]
    prefix = scope.get("root_path") or settings.ENV.wschat_path_prefix
    return path.removeprefix(prefix)
