"""The AsyncAPI 3 document of `wschat.v1`, with a JSON Schema for each message, made from what parses them."""

import inspect
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from chat import commands
from chat.dialects import v1_in, v1_out
from chat.dialects.v1 import SUBPROTOCOL, TOKEN_PREFIX
from chat.events import tag_of

# What the `ok` of a command has to say, if more than that it is done or stored.
_OKS: Final[Mapping[type[Struct], type[Struct]]] = {
    commands.Hello: v1_out.HelloOk,
    commands.Join: v1_out.JoinOk,
    commands.Renew: v1_out.RenewOk,
    commands.GetHistory: v1_out.HistoryOk,
    commands.GetReplies: v1_out.HistoryOk,
    commands.Search: v1_out.SearchOk,
    commands.GetPins: v1_out.PinsOk,
    commands.GetModerators: v1_out.ModeratorsOk,
    commands.GetMutes: v1_out.MutesOk,
    commands.GetBans: v1_out.BansOk,
    commands.BanFromServer: v1_out.BansOk,
    commands.UnbanFromServer: v1_out.BansOk,
    commands.GetServerBans: v1_out.BansOk,
    commands.GetMentions: v1_out.MentionsOk,
    commands.GetSaved: v1_out.SavedOk,
    commands.GetUnfinished: v1_out.UnfinishedOk,
    commands.GetBlocked: v1_out.BlockedOk,
    commands.GetJoinedRooms: v1_out.JoinedRoomsOk,
    commands.Report: v1_out.ReportedOk,
    commands.GetReports: v1_out.ReportsOk,
    commands.DeleteAll: v1_out.DeletionOk,
    commands.StopDeletion: v1_out.DeletionOk,
    commands.GetDeletions: v1_out.DeletionsOk,
    commands.GetMembers: v1_out.MembersOk,
    commands.Direct: v1_out.DirectOk,
}


def _ok_of(command: type[Struct]) -> type[Struct]:
    is_stored = command in commands.Posting.__args__
    return _OKS.get(command, v1_out.StoredOk if is_stored else v1_out.OkOut)


COMMANDS: Final[Mapping[type[Struct], type[Struct]]] = {  # and what their `ok` is
    given: _ok_of(command) for given, command in v1_in.MEANINGS.items()
}
EVENTS: Final[tuple[type[Struct], ...]] = v1_out.EventOut.__args__
_ANSWERS: Final[tuple[type[Struct], ...]] = (*dict.fromkeys(COMMANDS.values()), v1_out.ErrorOut)
_DESCRIPTION: Final = (
    "One WebSocket, many rooms, with history and recovery. A command carries an `id` and gets one answer, "
    "`ok` or `error`, with that id; an event carries `room` and, if it is in the room's log, `seq`."
)


def build_document() -> dict[str, Any]:
    """The whole document, as JSON values."""
    messages: tuple[type[Struct], ...] = (*COMMANDS, *_ANSWERS, *EVENTS)
    _, schemas = msgspec.json.schema_components(messages, ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {"title": SUBPROTOCOL, "version": "1", "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {"socket": _build_channel(messages)},
        "operations": _build_operations(),
        "components": {
            "messages": {_schema_name(one): _build_message(one) for one in messages},
            "schemas": schemas,
        },
    }


def _build_channel(messages: tuple[type[Struct], ...]) -> dict[str, Any]:
    protocol = {"type": "string", "description": f"{SUBPROTOCOL}, and {TOKEN_PREFIX}<token> to sign in with."}
    headers = {"type": "object", "properties": {"Sec-WebSocket-Protocol": protocol}}
    return {
        "address": "/ws",
        "messages": {
            _schema_name(one): {"$ref": f"#/components/messages/{_schema_name(one)}"} for one in messages
        },
        "bindings": {"ws": {"method": "GET", "headers": headers, "bindingVersion": "0.1.0"}},
    }


def _build_operations() -> dict[str, Any]:
    channel = {"$ref": "#/channels/socket"}
    operations: dict[str, Any] = {
        tag_of(command): {
            "action": "receive",
            "channel": channel,
            "summary": _read_summary(command),
            "messages": [_in_channel(command)],
            "reply": {"channel": channel, "messages": [_in_channel(answer), _in_channel(v1_out.ErrorOut)]},
        }
        for command, answer in COMMANDS.items()
    }
    events = {"action": "send", "channel": channel, "summary": "Events in the rooms that you joined."}
    return operations | {"events": events | {"messages": [_in_channel(event) for event in EVENTS]}}


def _build_message(struct: type[Struct]) -> dict[str, Any]:
    return {
        "name": tag_of(struct),
        "summary": _read_summary(struct),
        "payload": {"$ref": f"#/components/schemas/{_schema_name(struct)}"},
    }


def _in_channel(struct: type[Struct]) -> dict[str, str]:
    return {"$ref": f"#/channels/socket/messages/{_schema_name(struct)}"}


def _schema_name(struct: type[Struct]) -> str:
    return struct.__name__


def _read_summary(struct: type[Struct]) -> str:
    return inspect.cleandoc(struct.__doc__ or "")
