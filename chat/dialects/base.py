"""What a dialect is: text frames to commands, events to text frames. Pure, and without state.

One instance serves all connections, so that the hub can encode an event once for all who speak it.
"""

import re
from abc import ABC, abstractmethod
from functools import cache
from typing import Any, ClassVar, Final, TypeVar

import msgspec

from chat import lenient
from chat.answers import Answer
from chat.commands import Command
from chat.conf import SizeLimits
from chat.errors import ChatError, ErrorKind, Malformed
from chat.events import Event, Sender

T = TypeVar("T")

_PATH: Final = re.compile(r" - at `\$\.?([^`]*)`$")
_MISSING: Final = re.compile(r"missing required field `([^`]+)`")


class Dialect(ABC):
    """One wire protocol."""

    name: ClassVar[str]
    greets: ClassVar[bool] = False  # a connection has to say hello before anything else
    named: ClassVar[bool] = False  # the server gives each connection its name, with which it is in the room
    strict: ClassVar[bool] = False  # a malformed frame ends the connection
    tells: ClassVar[bool] = True  # it has a word for errors
    anonymous: ClassVar[bool] = False  # a client that comes back looks like a new one
    pinged: ClassVar[bool] = True  # its clients know what a ping is
    has_forms: ClassVar[bool] = False  # what a client sends tells in which form it is answered: `spoken`
    entrusts: ClassVar[bool] = False  # what waits for an account is handed over when it signs in

    @abstractmethod
    def decode(self, frame: str | bytes, limits: SizeLimits) -> Command:
        """The command in a frame (bytes: a binary one). Raises ChatError alone, on any input; Malformed for
        what has not the form of the protocol.
        """

    def spoken(self, frame: str | bytes) -> "Dialect":
        """Return the form of the dialect in which the sender of this frame is answered from now on."""
        return self

    def private(self, listener: Sender) -> "Dialect":
        """The form in which a conversation of two reaches this one of the two."""
        return self

    @abstractmethod
    def encode(self, event: Event) -> bytes | None:
        """The event as UTF-8 JSON; None if the dialect has no way to say it."""

    @abstractmethod
    def refuse(self, error: ChatError, command: Command | None) -> bytes | None:
        """The error as told to the connection that caused it; None if the dialect has no word for errors."""

    def farewell(self, seconds: float) -> bytes | None:
        """Tell when to come back, as the server is about to stop. None if the dialect has no word for it."""
        return None

    def accept(self, command: Command, answer: Answer) -> bytes | None:
        """The answer to a command that was done; None where the dialect has none."""
        return None


def parse_frame(frame: str | bytes, kind: type[T], broken: ErrorKind, wrong: ErrorKind) -> T:
    """A frame as a msgspec struct. Raises `broken` for what is no JSON object, `wrong` for a wrong type."""
    if isinstance(frame, bytes):
        raise Malformed(broken, detail="text frames only")
    try:
        given: T = _make_decoder(kind).decode(frame)  # type: ignore[arg-type]
        return given
    except msgspec.ValidationError as error:
        raise _wrong_field(str(error), broken, wrong) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        # A byte order mark may be ignored: RFC 8259, 8.1.
        return _parse_leniently(frame.removeprefix(lenient.BYTE_ORDER_MARK), kind, broken, wrong)


def _parse_leniently(frame: str, kind: type[T], broken: ErrorKind, wrong: ErrorKind) -> T:
    """Read JSON with half a character in it; `validation` refuses the field that holds it."""
    try:
        value = lenient.read_json(frame)
    except (ValueError, RecursionError):
        raise Malformed(broken, detail="not valid JSON", json=False) from None
    if isinstance(value, dict):  # a name with half a character is none of ours, and msgspec fails at it
        value = {lenient.well_formed(name): given for name, given in value.items()}
    try:
        return msgspec.convert(value, type=kind)
    except msgspec.ValidationError as error:
        raise _wrong_field(str(error), broken, wrong) from None
    except UnicodeEncodeError as error:  # in the word that says which kind of command it is
        field = next((name for name, text in value.items() if text == error.object), "")
        raise Malformed(wrong, field=field, detail=f"{field} contains a lone surrogate") from None


@cache
def _make_decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """Made once: for a union of structs that takes ten times as long as to read a frame."""
    return msgspec.json.Decoder(kind)


def check_fields(value: Any, kind: type[T], wrong: ErrorKind) -> T:
    """A value that was in a frame as a msgspec struct. Raises `wrong` for a field that is."""
    try:
        return msgspec.convert(value, type=kind)
    except msgspec.ValidationError as error:
        raise _wrong_field(str(error), wrong, wrong) from None
    except UnicodeEncodeError:
        raise ChatError(wrong, detail="the name of a field contains a lone surrogate") from None


def _wrong_field(message: str, broken: ErrorKind, wrong: ErrorKind) -> Malformed:
    """msgspec's "Expected `str`, got `int` - at `$.name`", as an error that names the field."""
    if (missing := _MISSING.search(message)) is not None:
        return Malformed(wrong, field=missing[1], detail=f"{missing[1]} is missing")
    path = _PATH.search(message)
    if path is None or not path[1]:
        return Malformed(broken, detail="expected a JSON object")
    field = path[1].split(".")[0].split("[")[0]
    detail = f"{field}: {message[: path.start()].replace('`', '')}"
    return Malformed(wrong, field=field, detail=detail)


to_json: Final = msgspec.json.encode  # compact, in UTF-8
