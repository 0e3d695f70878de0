"""The `rooms` dialect: join, leave and send in the one room that the address names."""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from chat import validation
from chat.commands import Command, Join, Leave, Send
from chat.conf import SizeLimits
from chat.dialects.base import Dialect, parse_frame, to_json
from chat.errors import CLIENT_INVALID_JSON, INVALID_FIELD, INVALID_TOKEN, ROOM_NOT_FOUND, ChatError
from chat.events import Event, Expiring, Joined, Left, Message, RoomDeleted


class _Input(Struct):
    event_type: str | None = None
    name: str | None = None
    color: str | None = None
    msg: str | None = None


class _Output(Struct):
    event_type: Literal["join", "leave", "send"]
    name: str
    color: str
    msg: str
    room_id: int
    time: datetime


class _Refusal(Struct):
    """Pages that show each event show its `name` and `msg`."""

    event_type: str
    code: int
    error: str
    field: str
    name: str
    msg: str


class Rooms(Dialect):
    """REST room clients' WebSocket."""

    name: ClassVar[str] = "rooms"

    def decode(self, frame: str | bytes, limits: SizeLimits) -> Command:
        given = parse_frame(frame, _Input, CLIENT_INVALID_JSON, INVALID_FIELD)
        if given.event_type not in ("join", "leave", "send"):
            raise ChatError(
                INVALID_FIELD, field="event_type", detail="event_type must be join, leave or send"
            )
        name = validation.clean_name(given.name)
        if given.event_type == "leave":
            return Leave(name=name)
        color = validation.clean_color(given.color)
        if given.event_type == "join":
            return Join(name=name, color=color)
        return Send(text=validation.clean_text(given.msg, limits.text), name=name, color=color)

    def encode(self, event: Event) -> bytes | None:
        if isinstance(event, Message):
            if event.erased:
                return None
            who = event.sender
            return to_json(_Output("send", who.name, who.color, event.text, event.room, event.at))
        if isinstance(event, Joined):
            who = event.who
            return to_json(
                _Output("join", who.name, who.color, f"{who.name} entered the room.", event.room, event.at)
            )
        if isinstance(event, Left):
            who = event.who
            msg = f"{who.name} has left the room."
            return to_json(_Output("leave", who.name, who.color, msg, event.room, event.at))
        if isinstance(event, RoomDeleted):
            return self.refuse(ChatError(ROOM_NOT_FOUND, detail="the room was deleted"), None)
        if isinstance(event, Expiring):
            notice = f"Your token expires in {event.seconds:.0f} s. Renew it and connect again."
            return to_json(_Refusal("error", INVALID_TOKEN.code, INVALID_TOKEN.text, "token", "", notice))
        return None

    def refuse(self, error: ChatError, command: Command | None) -> bytes | None:
        text = error.kind.text
        return to_json(_Refusal("error", error.kind.code, text, error.field, name="", msg=text))
