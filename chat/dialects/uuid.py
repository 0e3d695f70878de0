"""The `uuid` dialect: the server names each connection, and tells all who come, speak and go."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from msgspec import UNSET, Struct, UnsetType

from chat import validation
from chat.characters import shows_something
from chat.commands import Command, Send
from chat.conf import SizeLimits
from chat.dialects.base import Dialect, parse_frame, to_json
from chat.errors import CLIENT_INVALID_JSON, INVALID_FIELD, ROOM_NOT_FOUND, ChatError, Malformed
from chat.events import Event, Joined, Left, Message, RoomDeleted, Sender

SYSTEM: Final = "system"
_REFUSED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class _Input(Struct):
    contents: str
    action: Any = "chat"


class _Output(Struct):
    sender: str
    action: str
    contents: str
    timestamp: int | UnsetType = UNSET


class _Empty(ChatError):
    """What is dropped without a word: the page of this protocol sends it, and ends at any error."""

    def __init__(self) -> None:
        super().__init__(INVALID_FIELD, field="contents", detail="contents must not be empty")


class Uuid(Dialect):
    """connect/chat/disconnect clients. `nanoseconds`: send times in nanoseconds, as the originals do."""

    name: ClassVar[str] = "uuid"
    named: ClassVar[bool] = True
    anonymous: ClassVar[bool] = True
    strict: ClassVar[bool] = True

    def __init__(self, *, nanoseconds: bool = False) -> None:
        self._nanoseconds = nanoseconds

    def decode(self, frame: str | bytes, limits: SizeLimits) -> Command:
        given = parse_frame(frame, _Input, CLIENT_INVALID_JSON, INVALID_FIELD)
        if given.action != "chat":
            raise Malformed(INVALID_FIELD, field="action", detail="action must be chat or left out")
        if _shows_nothing(given.contents):
            raise _Empty
        return Send(validation.clean_text(given.contents, limits.text, "contents"))

    def encode(self, event: Event) -> bytes | None:
        if isinstance(event, Message):
            return None if event.erased else self._say(_name_of(event.sender), "chat", event.text, event)
        if isinstance(event, Joined):
            return self._say(SYSTEM, "connect", event.who.name, event)
        if isinstance(event, Left):
            return self._say(SYSTEM, "disconnect", event.who.name, event)
        if isinstance(event, RoomDeleted):
            return self.refuse(ChatError(ROOM_NOT_FOUND, detail="the room was deleted"), None)
        return None

    def refuse(self, error: ChatError, command: Command | None) -> bytes | None:
        if isinstance(error, _Empty):
            return None
        return to_json(_Output(SYSTEM, "error", error.detail or error.kind.text))

    def _say(self, sender: str, action: str, contents: str, event: Event) -> bytes:
        time = _count_nanoseconds(event.at) if self._nanoseconds else int(event.at.timestamp())
        return to_json(_Output(sender, action, contents, time))


def _shows_nothing(contents: str) -> bool:
    """Whether there are only spaces and invisible characters. Control characters are refused instead."""
    return not contents.strip() or not (shows_something(contents) or _REFUSED.search(contents))


def _name_of(sender: Sender) -> str:
    """The name of a member, as the server alone is called SYSTEM here."""
    name = sender.name
    return f"{name} (member)" if validation.name_key(name) == validation.name_key(SYSTEM) else name


def _count_nanoseconds(at: datetime) -> int:
    """Since 1970; a float has not enough digits for them."""
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000
