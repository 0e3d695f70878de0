"""The pages about `wschat.v1`: the AsyncAPI document, and the same for people to read."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.api.asyncapi import COMMANDS, EVENTS, document
from chat.events import tag_of


@require_safe
def asyncapi(request: HttpRequest) -> HttpResponse:
    """The AsyncAPI document."""
    return JsonResponse(document())


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Every message with its fields."""
    schemas: dict[str, Any] = document()["components"]["schemas"]
    commands = [
        {"message": _described(schemas, command.__name__), "ok": _fields(schemas[answer.__name__])}
        for command, answer in COMMANDS.items()
    ]
    shared = [name for name in schemas if not name.endswith(("In", "Ok")) and name not in _tagged()]
    shown = {
        "commands": commands,
        "error": _described(schemas, "ErrorOut"),
        "events": [_described(schemas, event.__name__) for event in EVENTS],
        "parts": [_described(schemas, name) for name in shared if name not in ("OkOut", "ErrorOut")],
    }
    return render(request, "api/protocol.html", shown)


def _tagged() -> set[str]:
    return {event.__name__ for event in EVENTS}


def _described(schemas: dict[str, Any], name: str) -> dict[str, Any]:
    schema = schemas[name]
    tag = next((tag_of(one) for one in (*COMMANDS, *EVENTS) if one.__name__ == name), name)
    return {"tag": tag, "anchor": name, "text": _plain(schema), "fields": _fields(schema)}


def _fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "kind": _kind(field),
            "needed": name in required,
            "text": _plain(field),
        }
        for name, field in schema["properties"].items()
        if name not in ("type", "id")
    ]


def _plain(schema: dict[str, Any]) -> str:
    """A description without its marks."""
    return str(schema.get("description", "")).replace("`", "")


def _kind(field: dict[str, Any]) -> str:
    """The type of a field in a few words."""
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    if "anyOf" in field:
        return " or ".join(_kind(one) for one in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {_kind(field['items'])}"
    return str(field.get("format") or field.get("type", "any"))
