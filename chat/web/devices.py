"""The cookie by which a browser is known in which an account has signed in: see `chat.services.devices`."""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse

from chat.services import devices

_USER: Final = "_wschat_signed_in"  # on a request in which an account has shown its password


class DeviceCookieMiddleware:
    """Gives a browser the cookie when an account has signed in, on our pages or in the admin site, or has
    changed its password on our page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        user_logged_in.connect(note_sign_in, dispatch_uid="devices")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the cookie."""
        response = self._get_response(request)
        user = request.__dict__.get(_USER)
        if user is not None and not devices.read_device_of(request.COOKIES.get(devices.COOKIE, ""), user):
            response.set_cookie(
                devices.COOKIE,
                devices.make_cookie(user),
                max_age=devices.DAYS * 24 * 3600,
                secure=settings.ENV.wschat_https,
                httponly=True,
                samesite="Lax",
            )
        return response


def note_sign_in(request: HttpRequest, user: User, **signal: Any) -> None:
    """The account has shown its password in this browser."""
    request.__dict__[_USER] = user
