"""The `plain` dialect: a label and a message, in one room. No identity, no errors, no history."""

from typing import ClassVar

from msgspec import Struct

from chat import validation
from chat.commands import Command, Label
from chat.conf import SizeLimits
from chat.dialects.base import Dialect, parse_frame, to_json
from chat.errors import CLIENT_INVALID_JSON, INVALID_FIELD, ChatError
from chat.events import Event, Message


class _Input(Struct):
    usr: str
    msg: str
    jwt: str | None = None


class _Output(Struct):
    usr: str
    msg: str
    tim: str


class Plain(Dialect):
    """usr/msg clients."""

    name: ClassVar[str] = "plain"
    tells: ClassVar[bool] = False
    anonymous: ClassVar[bool] = True

    def decode(self, frame: str | bytes, limits: SizeLimits) -> Command:
        given = parse_frame(frame, _Input, CLIENT_INVALID_JSON, INVALID_FIELD)
        said, label = validation.clean_text(given.msg, limits.text), validation.clean_name(given.usr, "usr")
        return Label(said, label, validation.clean_token(given.jwt or "", "jwt"))

    def encode(self, event: Event) -> bytes | None:
        if not isinstance(event, Message) or event.erased:
            return None
        nanoseconds = (
            f"{event.at:%Y-%m-%dT%H:%M:%S.%f}000Z"  # as its clients expect; our clock has six digits
        )
        return to_json(_Output(event.sender.name, event.text, nanoseconds))

    def refuse(self, error: ChatError, command: Command | None) -> bytes | None:
        return None
