"""The AsyncAPI 3 document of `wschat.v1`, with a JSON Schema for each message, made from what parses them."""

import inspect
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from chat.dialects import v1_in, v1_out
from chat.dialects.v1 import SUBPROTOCOL, TOKEN_PREFIX

COMMANDS: Final[Mapping[type[Struct], type[Struct]]] = {  # and what their `ok` is
    v1_in.HelloIn: v1_out.HelloOk,
    v1_in.JoinIn: v1_out.JoinOk,
    v1_in.LeaveIn: v1_out.OkOut,
    v1_in.SendIn: v1_out.StoredOk,
    v1_in.EditIn: v1_out.StoredOk,
    v1_in.DeleteIn: v1_out.StoredOk,
    v1_in.ReactIn: v1_out.StoredOk,
    v1_in.PinIn: v1_out.StoredOk,
    v1_in.MuteIn: v1_out.StoredOk,
    v1_in.TypingIn: v1_out.OkOut,
    v1_in.ReadIn: v1_out.OkOut,
    v1_in.HistoryIn: v1_out.HistoryOk,
    v1_in.SearchIn: v1_out.HistoryOk,
    v1_in.PinsIn: v1_out.PinsOk,
    v1_in.MembersIn: v1_out.MembersOk,
    v1_in.DirectIn: v1_out.DirectOk,
    v1_in.PingIn: v1_out.OkOut,
}
EVENTS: Final[tuple[type[Struct], ...]] = v1_out.EventOut.__args__
_ANSWERS: Final[tuple[type[Struct], ...]] = (*dict.fromkeys(COMMANDS.values()), v1_out.ErrorOut)
_DESCRIPTION: Final = (
    "One WebSocket, many rooms, with history and recovery. A command carries an `id` and gets one answer, "
    "`ok` or `error`, with that id; an event carries `room` and, if it is in the room's log, `seq`."
)


def document() -> dict[str, Any]:
    """The whole document, as JSON values."""
    messages: tuple[type[Struct], ...] = (*COMMANDS, *_ANSWERS, *EVENTS)
    _, schemas = msgspec.json.schema_components(messages, ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {"title": SUBPROTOCOL, "version": "1", "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {"socket": _channel(messages)},
        "operations": _operations(),
        "components": {"messages": {_name(one): _message(one) for one in messages}, "schemas": schemas},
    }


def _channel(messages: tuple[type[Struct], ...]) -> dict[str, Any]:
    protocol = {"type": "string", "description": f"{SUBPROTOCOL}, and {TOKEN_PREFIX}<token> to sign in by."}
    headers = {"type": "object", "properties": {"Sec-WebSocket-Protocol": protocol}}
    return {
        "address": "/ws",
        "messages": {_name(one): {"$ref": f"#/components/messages/{_name(one)}"} for one in messages},
        "bindings": {"ws": {"method": "GET", "headers": headers, "bindingVersion": "0.1.0"}},
    }


def _operations() -> dict[str, Any]:
    channel = {"$ref": "#/channels/socket"}
    operations: dict[str, Any] = {
        tag_of(command): {
            "action": "receive",
            "channel": channel,
            "summary": _summary(command),
            "messages": [_in_channel(command)],
            "reply": {"channel": channel, "messages": [_in_channel(answer), _in_channel(v1_out.ErrorOut)]},
        }
        for command, answer in COMMANDS.items()
    }
    events = {"action": "send", "channel": channel, "summary": "What happens in the rooms that one is in."}
    return operations | {"events": events | {"messages": [_in_channel(event) for event in EVENTS]}}


def _message(struct: type[Struct]) -> dict[str, Any]:
    return {
        "name": tag_of(struct),
        "summary": _summary(struct),
        "payload": {"$ref": f"#/components/schemas/{_name(struct)}"},
    }


def _in_channel(struct: type[Struct]) -> dict[str, str]:
    return {"$ref": f"#/channels/socket/messages/{_name(struct)}"}


def _name(struct: type[Struct]) -> str:
    return struct.__name__


def tag_of(struct: type[Struct]) -> str:
    """The `type` of a message."""
    return str(struct.__struct_config__.tag)


def _summary(struct: type[Struct]) -> str:
    return inspect.cleandoc(struct.__doc__ or "")
