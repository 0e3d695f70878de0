"""Who calls: a browser's session, an account's token, or anonymous. Room tokens are for the views."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request
from rest_framework_simplejwt.tokens import AccessToken

from chat import tokens
from chat.errors import FORBIDDEN, ChatError
from chat.permissions import Actor
from chat.services import identity

_SAFE = ("GET", "HEAD", "OPTIONS")


class CallerAuthentication(BaseAuthentication):
    """Sets `request.auth` to the caller's `Actor`; nothing for a caller who shows nothing."""

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        """By an account's access token, or by the session cookie (then with CSRF check)."""
        token = tokens.read_bearer(request.headers.get("Authorization", ""))
        if tokens.kind_of(token) == AccessToken.token_type:  # whether that is so is checked next
            return None, identity.of_account(token)
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        actor = identity.of_session(request._request.session)
        if actor.participant is None:
            return None
        if request.method not in _SAFE:
            _check_csrf(request._request)
        return None, actor


def _no_response(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _check_csrf(request: HttpRequest) -> None:
    _ = request.body  # the check may read the body as a form; read it first, so that it is still there for us
    check = CSRFCheck(_no_response)
    check.process_request(request)
    reason = check.process_view(request, _no_response, (), {})
    if reason:
        raise ChatError(
            FORBIDDEN, detail="the CSRF token is missing or wrong: send the cookie's in X-CSRFToken"
        )
