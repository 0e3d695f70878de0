"""Browsers in which an account has signed in before: each has tries of its own at that account's password.

So wrong passwords from the same address, or for the same name, do not lock the owner's browsers out. A cookie
ends with the password that it was given for.
"""

import secrets
from typing import Final

from django.contrib.auth.models import User
from django.core import signing

COOKIE: Final = "wschat_device"  # in browsers with what `chat.web.cookies` puts before it
DAYS: Final = 365
_SALT: Final = "chat.device"
_LONGEST: Final = 1024  # characters of a cookie


def make_cookie(user: User) -> str:
    """The value of the cookie for a browser in which this account has signed in with its present password."""
    return signing.dumps(secrets.token_urlsafe(12), salt=_salt_of(user))


def read_device(cookie: str, name: str) -> str:
    """The device that the cookie tells of; "" if it is none, or of another account or password."""
    if not cookie or len(cookie) > _LONGEST or "\x00" in name:
        return ""
    user = User.objects.filter(username=name).first()
    return "" if user is None else read_device_of(cookie, user)


def read_device_of(cookie: str, user: User) -> str:
    """The same for an account that is known."""
    try:
        return str(signing.loads(cookie, salt=_salt_of(user), max_age=DAYS * 24 * 3600))
    except (signing.BadSignature, ValueError, TypeError):
        return ""


def _salt_of(user: User) -> str:
    """With a new password it is another, as the sessions' own hash is."""
    return f"{_SALT}.{user.get_session_auth_hash()}"
