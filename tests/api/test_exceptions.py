"""Exceptions in views."""

import pytest
from rest_framework import exceptions, status

from chat.api.exceptions import handle


class Teapot(exceptions.APIException):
    status_code = status.HTTP_418_IM_A_TEAPOT
    default_detail = "short and stout"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (exceptions.UnsupportedMediaType("text/x"), 415, 303),
        (exceptions.NotAcceptable(), 406, 303),
        (exceptions.ParseError("odd"), 400, 303),
        (exceptions.ValidationError({"a": ["b"]}), 400, 303),
        (Teapot(), 418, 303),
        (exceptions.APIException("no luck"), 500, 903),
        (ValueError("no luck"), 500, 903),
    ],
)
def test_framework_exceptions_have_the_error_form(error: Exception, status: int, code: int):
    answer = handle(error, {})
    assert (answer.status_code, answer.data["error"]["code"]) == (status, code)
