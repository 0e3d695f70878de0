"""Bodies are JSON, whatever `Content-Type` says: clients in the wild post JSON as form data."""

from codecs import BOM_UTF8
from typing import Any

import msgspec

from chat import lenient
from chat.errors import ROOM_INVALID_JSON, ChatError, ErrorKind


def json_object(body: bytes, kind: ErrorKind = ROOM_INVALID_JSON) -> dict[str, Any]:
    """The JSON object in a body, decoded strictly: no NaN, no bottomless nesting.

    Raises `kind` (103, or 303 for a token request) for anything else. A byte order mark is ignored. Half a
    character in a string is JSON: `validation` refuses the field that holds it.
    """
    try:
        value = _decode(body.removeprefix(BOM_UTF8))
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        raise ChatError(kind, detail="the body is not valid JSON") from None
    if not isinstance(value, dict):
        raise ChatError(kind, detail="the body must be a JSON object")
    return value


def _decode(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except ValueError:
        return lenient.read_json(body.decode())
