"""The `uuid` dialect: the server names each connection, and tells all who come, speak and go."""

from typing import Any, ClassVar, Final

from msgspec import UNSET, Struct, UnsetType

from chat import validation
from chat.commands import Command, Send
from chat.conf import Limits
from chat.dialects.base import Dialect, parse_frame, to_json
from chat.errors import CLIENT_INVALID_JSON, INVALID_FIELD, ROOM_NOT_FOUND, ChatError, Malformed
from chat.events import Event, Joined, Left, Message, RoomDeleted, Sender

SYSTEM: Final = "system"


class _Input(Struct):
    contents: str
    action: Any = "chat"


class _Output(Struct):
    sender: str
    action: str
    contents: str
    timestamp: int | UnsetType = UNSET


class Uuid(Dialect):
    """connect/chat/disconnect clients."""

    name: ClassVar[str] = "uuid"
    named: ClassVar[bool] = True
    strict: ClassVar[bool] = True

    def decode(self, frame: str | bytes, limits: Limits) -> Command:
        given = parse_frame(frame, _Input, CLIENT_INVALID_JSON, INVALID_FIELD)
        if given.action != "chat":
            raise Malformed(INVALID_FIELD, field="action", detail="action must be chat or left out")
        return Send(validation.clean_text(given.contents, limits.text, "contents"))

    def encode(self, event: Event) -> bytes | None:
        if isinstance(event, Message):
            return None if event.erased else _word_of(_name_of(event.sender), "chat", event.text, event)
        if isinstance(event, Joined):
            return _word_of(SYSTEM, "connect", event.who.name, event)
        if isinstance(event, Left):
            return _word_of(SYSTEM, "disconnect", event.who.name, event)
        if isinstance(event, RoomDeleted):
            return self.refuse(ChatError(ROOM_NOT_FOUND, detail="the room was deleted"), None)
        return None

    def refuse(self, error: ChatError, command: Command | None) -> bytes | None:
        return to_json(_Output(SYSTEM, "error", error.detail or error.kind.text))


def _name_of(sender: Sender) -> str:
    """The name of a member, as the server alone is called SYSTEM here."""
    name = sender.name
    return f"{name} (member)" if validation.name_key(name) == validation.name_key(SYSTEM) else name


def _word_of(sender: str, action: str, contents: str, event: Event) -> bytes:
    """Its time is in whole seconds."""
    return to_json(_Output(sender, action, contents, int(event.at.timestamp())))
