"""The AsyncAPI document of `wschat.v1`: up to date, and valid for the frames of the server."""

import json
from typing import Any

import msgspec
import pytest
from django.core.management import call_command
from django.test import Client
from jsonschema.validators import Draft202012Validator

from chat.api.asyncapi import COMMANDS, EVENTS, build_document
from chat.dialects import v1_in
from chat.dialects.v1 import V1
from chat.events import tag_of
from tests.dialects.kit import EVENTS as EXAMPLES
from tests.support.marks import whole_db

pytestmark = whole_db


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    return build_document()


def references(value: Any) -> set[str]:
    """Every $ref in the document."""
    if isinstance(value, dict):
        inner = (references(one) for one in value.values())
        return set[str]().union(*inner) | ({value["$ref"]} if isinstance(value.get("$ref"), str) else set())
    return set[str]().union(*(references(one) for one in value)) if isinstance(value, list) else set()


def resolve(published: dict[str, Any], reference: str) -> Any:
    found: Any = published
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def validator(published: dict[str, Any], name: str) -> Any:
    schema = {"$ref": f"#/components/schemas/{name}", "components": published["components"]}
    return Draft202012Validator(schema)


def test_file_in_the_docs_is_what_the_code_says():
    call_command("asyncapi", "--check")


def test_stale_file_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path, capsys):
    other = tmp_path / "asyncapi.json"
    other.write_text("{}")
    monkeypatch.setattr("chat.management.commands.asyncapi.published_file", lambda: other)
    with pytest.raises(SystemExit):
        call_command("asyncapi", "--check")
    assert "asyncapi --write" in capsys.readouterr().err
    call_command("asyncapi", "--write")
    call_command("asyncapi", "--check")


def test_every_reference_leads_somewhere(published):
    for reference in references(published):
        assert resolve(published, reference)


def test_every_command_that_is_parsed_is_an_operation_with_a_reply(published):
    assert set(COMMANDS) == set(v1_in.CommandIn.__args__)
    for command in COMMANDS:
        operation = published["operations"][tag_of(command)]
        assert (operation["action"], len(operation["reply"]["messages"])) == ("receive", 2)
    assert len(published["operations"]["events"]["messages"]) == len(EVENTS)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_frames_are_as_their_schema_says(published, event):
    frame = json.loads(V1().encode(event) or b"")
    (name,) = (one.__name__ for one in EVENTS if tag_of(one) == frame["type"])
    validator(published, name).validate(frame)
    assert not validator(published, name).is_valid(frame | {"seq": "five", "room": None})


@pytest.mark.parametrize("command", COMMANDS, ids=tag_of)
def test_what_fits_the_schema_of_a_command_is_parsed(published, command):
    schema = published["components"]["schemas"][command.__name__]
    values = {"string": "x", "integer": 1, "boolean": True}
    fields = {
        name: values[schema["properties"][name]["type"]] for name in schema["required"] if name != "type"
    }
    frame = {"type": tag_of(command), **fields}
    validator(published, command.__name__).validate(frame)
    assert isinstance(msgspec.json.decode(json.dumps(frame), type=v1_in.CommandIn), command)


def test_document_and_page_are_served():
    answer = Client().get("/api/asyncapi.json")
    assert answer.json() == build_document()
    page = Client().get("/api/v1/").content.decode()
    for message in (*COMMANDS, *EVENTS):
        assert f'id="{message.__name__}"' in page
