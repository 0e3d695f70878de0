"""The one handler that turns exceptions into answers of the one form."""

import logging
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DatabaseError, InterfaceError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from chat.errors import (
    BODY_TOO_LARGE,
    CLIENT_UNAUTHORIZED,
    FORBIDDEN,
    INTERNAL,
    INVALID_FIELD,
    METHOD_NOT_ALLOWED,
    PAGE_NOT_FOUND,
    ChatError,
    ErrorKind,
)
from chat.log.writer import refuse_unavailable

logger = logging.getLogger(__name__)

_KINDS: dict[type[Exception], ErrorKind] = {
    exceptions.MethodNotAllowed: METHOD_NOT_ALLOWED,
    exceptions.AuthenticationFailed: CLIENT_UNAUTHORIZED,
    exceptions.NotAuthenticated: CLIENT_UNAUTHORIZED,
    exceptions.PermissionDenied: FORBIDDEN,
    PermissionDenied: FORBIDDEN,
    exceptions.NotFound: PAGE_NOT_FOUND,
    Http404: PAGE_NOT_FOUND,
}


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """The answer to an exception in a view. An unexpected one is logged and answered with 903."""
    known = _to_chat_error(error)
    if known is None:
        logger.error("a request failed", exc_info=error)
        known = ChatError(INTERNAL)
    return Response(known.body(), status=known.kind.status, headers=known.headers())


def _to_chat_error(error: Exception) -> ChatError | None:
    if isinstance(error, ChatError):
        return error
    if isinstance(error, DatabaseError | InterfaceError):
        logger.error("the database fails: %s", error)
        return refuse_unavailable()
    for kind, answer in _KINDS.items():
        if isinstance(error, kind):
            detail = str(error.detail) if isinstance(error, exceptions.APIException) else ""
            return ChatError(answer, detail=detail)
    if isinstance(error, RequestDataTooBig):
        return ChatError(BODY_TOO_LARGE)
    if isinstance(error, exceptions.APIException) and error.status_code < 500:
        return ChatError(replace(INVALID_FIELD, status=error.status_code), detail=str(error.detail))
    return None
