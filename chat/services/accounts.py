"""Tokens of accounts, for REST clients that have one. Blocking."""

from dataclasses import dataclass

from django.contrib.auth import authenticate
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.serializers import TokenRefreshSerializer
from rest_framework_simplejwt.tokens import RefreshToken

from chat import rules, tokens
from chat.errors import INVALID_TOKEN, SIGN_IN_FAILED, ChatError


@dataclass(frozen=True, slots=True)
class AccountTokens:
    """A token to show with requests, and one to get the next from."""

    access: str
    refresh: str


def sign_in(*, username: object, password: object) -> AccountTokens:
    """Tokens for the owner of an account. Raises 303 for fields of a wrong form, 908 for wrong ones."""
    name = rules.plain_text(username, "username")
    secret = rules.plain_text(password, "password")
    user = authenticate(username=name, password=secret)
    if user is None:
        raise ChatError(SIGN_IN_FAILED, detail="no account has this name and password")
    refresh = RefreshToken.for_user(user)
    return AccountTokens(str(refresh.access_token), str(refresh))


def refresh(*, token: object) -> str:
    """A new access token for a refresh token. Raises 303, 401, 402, 403."""
    text = rules.plain_text(token, "refresh")
    if not text.isascii():
        raise ChatError(INVALID_TOKEN, detail="the token is malformed")
    try:
        return str(TokenRefreshSerializer().validate({"refresh": text})["access"])
    except TokenError as error:
        raise tokens.explained(error) from None
    except AuthenticationFailed:
        detail = "the account is gone or closed, or its password has changed"
        raise ChatError(INVALID_TOKEN, detail=detail) from None
