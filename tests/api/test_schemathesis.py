"""The OpenAPI document and the server say the same: Schemathesis asks what the document allows, and more."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.support.accounts import PASSWORD, account
from tests.support.rest import Rest
from tests.support.server import ServerProcess

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
DUPLICATE = 102
EXAMPLES = 25  # of each operation, of each kind, for each caller


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    postgres = os.environ.get("TEST_DATABASE_URL")  # tests/integration/test_on_postgres.py
    changes = {"DATABASE_URL": postgres} if postgres else {}
    with ServerProcess(tmp_path_factory.mktemp("schemathesis"), changes) as server:
        account(server, "owner")
        account(server, "staff", staff=True)
        yield server


@dataclass
class Caller:
    """What a caller shows, and the rooms and names that it may ask for: some of each kind, some of none."""

    headers: dict[str, str]
    rooms: list[str]
    names: list[str]


@pytest.fixture(params=["anonymous", "room token", "account", "staff"])
def caller(request: pytest.FixtureRequest, server: ServerProcess) -> Caller:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        rest = Rest(client)
        staff = {"Authorization": f"Bearer {rest.sign_in('staff', PASSWORD)['access']}"}
        for ban in client.get("/api/bans", headers=staff).json():  # staff may have closed the site before
            client.delete(f"/api/bans/{ban['id']}", headers=staff)
        kinds = ("public", "private", "hidden")
        rooms = [rest.room(f"{kind} {uuid.uuid4().hex[:6]}", kind) for kind in kinds]
        owner = {"Authorization": f"Bearer {rest.sign_in('owner', PASSWORD)['access']}"}
        fields = {"title": f"Mine {uuid.uuid4().hex[:6]}", "visibility": "hidden", "password": PASSWORD}
        rooms.append(client.post("/chats", json=fields, headers=owner).json())
        shown = {
            "anonymous": {},
            "room token": {"Authorization": f"Bearer {rest.token(rooms[1]['id'])}"},
            "account": owner,
            "staff": staff,
        }
    refs = [str(room["id"]) for room in rooms] + [rooms[2]["title"], "1", "nowhere", "a/b", "%"]
    return Caller(shown[request.param], refs, ["owner", "staff", "nobody", "é"])


def operations(server: ServerProcess) -> list[APIOperation]:
    """All that the document has; what deletes comes last."""
    schema = schemathesis.openapi.from_url(f"{server.url}/api/schema/")
    found = [result.ok() for result in schema.get_all_operations()]
    return sorted(found, key=lambda operation: operation.method == "delete")


def is_more_than_a_schema_can_say(case: Case, error: dict[str, Any]) -> bool:
    """Whether a documented request was refused for what is in the rooms, or for the characters of a text."""
    field = error["field"]
    if case.operation.path.startswith("/api/filters") and field in ("pattern", "amount"):
        return True  # which of them there must be, and which values they have, depends on the kind
    if error["code"] == DUPLICATE or (case.method == "PUT" and field in ("visibility", "password")):
        return True
    body = case.body if isinstance(case.body, dict) else {}
    value = (body | dict(case.query or {}) | dict(case.path_parameters or {})).get(field)
    if not isinstance(value, str) or not value:
        return False
    if field == "title" and "/" in value:  # it may be what addresses use
        return True
    plain = value.isascii() and value.isprintable() and value == value.strip()
    return not (plain and any(character.isalpha() for character in value))


def try_operation(operation: APIOperation, mode: GenerationMode, caller: Caller) -> None:
    rooms, names = st.sampled_from(caller.rooms), st.sampled_from(caller.names)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), ref=rooms, name=names, known=st.booleans())
    def ask(case: Case, ref: str, name: str, known: bool) -> None:
        if known and "ref" in (case.path_parameters or {}):
            case.path_parameters["ref"] = quote(ref, safe="")
        if known and "name" in (case.path_parameters or {}):
            case.path_parameters["name"] = quote(name, safe="")
        if mode == GenerationMode.POSITIVE:
            answer = case.call_and_validate(headers=caller.headers, checks=CHECKS)
            assert answer.status_code != 400 or is_more_than_a_schema_can_say(case, answer.json()["error"])
        else:
            open_to_all = case.operation.label == "POST /chats/{ref}/token"  # if the room is public
            strict = [] if open_to_all else [negative_data_rejection]
            case.call_and_validate(headers=caller.headers, checks=[*CHECKS, *strict])

    ask()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=["as documented", "not as documented"])
def test_server_does_nothing_that_the_document_does_not_tell(
    server: ServerProcess, caller: Caller, mode: GenerationMode
):
    wrong = []
    for operation in operations(server):
        if mode == GenerationMode.NEGATIVE and not (operation.body or operation.query):
            continue  # nothing of it can be wrong
        try:
            try_operation(operation, mode, caller)
        except (FailureGroup, Exception) as error:
            wrong.append(f"{operation.label}: {error}")
    assert not wrong, "\n\n".join(wrong)
