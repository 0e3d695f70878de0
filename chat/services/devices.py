"""Browsers in which an account has signed in before: each has tries of its own at that account's password.

So wrong passwords from the same address, or for the same name, do not lock the owner's browsers out.
"""

import secrets
from typing import Final

from django.core import signing

from chat import validation

COOKIE: Final = "wschat_device"  # in browsers with what `chat.web.cookies` puts before it
DAYS: Final = 365
_SALT: Final = "chat.device"
_LONGEST: Final = 1024  # characters of a cookie


def make_cookie(name: str) -> str:
    """The value of the cookie for a browser in which the account of this name has signed in."""
    return signing.dumps([validation.name_key(name), secrets.token_urlsafe(12)], salt=_SALT)


def read_device(cookie: str, name: str) -> str:
    """The device that the cookie tells of; "" if it is none, or of another account."""
    if not cookie or len(cookie) > _LONGEST:
        return ""
    try:
        key, device = signing.loads(cookie, salt=_SALT, max_age=DAYS * 24 * 3600)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(device) if key == validation.name_key(name) else ""
