"""The pages about `wschat.v1`: the AsyncAPI document, and the same for people to read."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.api.asyncapi import COMMANDS, EVENTS, build_document
from chat.events import tag_of


@require_safe
def asyncapi(request: HttpRequest) -> HttpResponse:
    """The AsyncAPI document."""
    return JsonResponse(build_document())


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Every message with its fields."""
    schemas: dict[str, Any] = build_document()["components"]["schemas"]
    commands = [
        {
            "message": _describe_message(schemas, command.__name__),
            "ok": _describe_fields(schemas[answer.__name__]),
        }
        for command, answer in COMMANDS.items()
    ]
    shared = [name for name in schemas if not name.endswith(("In", "Ok")) and name not in _event_names()]
    shown = {
        "commands": commands,
        "error": _describe_message(schemas, "ErrorOut"),
        "events": [_describe_message(schemas, event.__name__) for event in EVENTS],
        "parts": [_describe_message(schemas, name) for name in shared if name not in ("OkOut", "ErrorOut")],
    }
    return render(request, "api/protocol.html", shown)


def _event_names() -> set[str]:
    return {event.__name__ for event in EVENTS}


def _describe_message(schemas: dict[str, Any], name: str) -> dict[str, Any]:
    schema = schemas[name]
    tag = next((tag_of(one) for one in (*COMMANDS, *EVENTS) if one.__name__ == name), name)
    return {"tag": tag, "anchor": name, "text": _strip_marks(schema), "fields": _describe_fields(schema)}


def _describe_fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "kind": _describe_type(field),
            "needed": name in required,
            "text": _strip_marks(field),
        }
        for name, field in schema["properties"].items()
        if name not in ("type", "id")
    ]


def _strip_marks(schema: dict[str, Any]) -> str:
    """A description without its marks."""
    return str(schema.get("description", "")).replace("`", "")


def _describe_type(field: dict[str, Any]) -> str:
    """The type of a field in a few words."""
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    if "anyOf" in field:
        return " or ".join(_describe_type(one) for one in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {_describe_type(field['items'])}"
    return str(field.get("format") or field.get("type", "any"))
