"""Headers that every answer over HTTP but a 304 has, whichever part of the server gives it.

Pages set a policy of their own.
"""

from collections.abc import Iterable
from typing import Final

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-content-type-options": "nosniff",
}

RawHeaders = Iterable[tuple[bytes, bytes]]
_RAW: Final = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
# For the server's own answers, which are written as they go out.
HEAD_LINES: Final = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())


def add_headers(given: RawHeaders) -> list[tuple[bytes, bytes]]:
    """The headers of an ASGI answer, with those that it lacks."""
    headers = list(given)
    present = {name.lower() for name, _ in headers}
    return headers + [header for header in _RAW if header[0] not in present]
