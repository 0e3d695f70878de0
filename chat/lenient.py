"""What can be read of JSON that the strict parser refuses: slower, so only after that one has failed.

msgspec takes a string with half a character in it (`"\\ud83d"`, a lone surrogate) for broken JSON. It is
JSON, and what is wrong is one field.
"""

import json
import re
from itertools import islice
from typing import Any, Final, NoReturn

MOST_DIGITS: Final = 4300  # of a whole number; Python raises ValueError from there on
EXACT: Final = 2**53  # up to here, each whole number is a float of its own
MOST_TOKENS: Final = 5_000  # looked at in a frame that is no JSON, until its id is given up

# Strings, closed or not, and runs of brackets. Possessive: each character is looked at once.
_TOKEN: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]++|[\]}]++', re.DOTALL)
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*+)(?:\.\d++)?(?:[eE][+-]?\d++)?", re.ASCII)
_ID: Final = re.compile(rf"\s*+:\s*+({_NUMBER.pattern})(?=\s*+(?:[,}}]|\Z))", re.ASCII)
BYTE_ORDER_MARK: Final = "\ufeff"
_BEFORE: Final = f"{BYTE_ORDER_MARK} \t\r\n"


def read_json(text: str) -> Any:
    """The value, with its lone surrogates. Raises ValueError, or RecursionError for what is nested deeply."""
    return json.loads(text, parse_constant=_refuse_number, parse_int=_read_int)


def find_id(text: str) -> str:
    """The number that is the `id` of an object that is broken elsewhere; empty without one."""
    try:
        value = read_json(text)
    except (ValueError, RecursionError):
        return _seek_id(text)
    found = value.get("id") if isinstance(value, dict) else None
    return repr(found) if type(found) in (int, float) else ""


def _seek_id(text: str) -> str:
    """The same in what is no JSON."""
    if not text.lstrip(_BEFORE).startswith("{"):
        return ""
    depth, found = 0, ""
    for token in islice(_TOKEN.finditer(text), MOST_TOKENS):
        word = token[0]
        if word[0] in "[{":
            depth += len(word)
        elif word[0] in "]}":
            depth -= len(word)
        elif depth == 1 and word == '"id"' and (value := _ID.match(text, token.end())):
            found = value[1]
    return found


def read_whole_number(token: str) -> int | None:
    """The whole number that a JSON value is, also if it is spelled 7.0 or 1e3; None for all else."""
    if len(token) > MOST_DIGITS or not _NUMBER.fullmatch(token):
        return None
    if token.removeprefix("-").isdigit():
        return int(token)
    number = float(token)
    return int(number) if abs(number) <= EXACT and number.is_integer() else None


def well_formed(text: str) -> str:
    """The text with U+FFFD for each half of a character."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if _is_halved(text) else text


def _is_halved(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)


def _refuse_number(constant: str) -> NoReturn:
    """NaN and Infinity are not JSON."""
    raise ValueError(constant)


def _read_int(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)
