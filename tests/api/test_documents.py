"""The OpenAPI document and its pages."""

import re

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from openapi_spec_validator import validate

from tests.support.marks import whole_db

pytestmark = whole_db

OPERATIONS = {
    "list_rooms",
    "create_room",
    "get_room",
    "change_room",
    "delete_room",
    "issue_token",
    "renew_token",
    "search_messages",
}


@pytest.fixture
def document() -> dict[str, object]:
    answer = Client().get("/api/schema/")
    assert answer.status_code == 200
    parsed: dict[str, object] = yaml.safe_load(answer.content)
    return parsed


def test_generator_has_no_warning(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))


def test_document_is_valid_openapi_3(document):
    validate(document)
    assert str(document["openapi"]).startswith("3.")


def test_document_has_the_whole_rooms_protocol(document):
    found = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    assert found >= OPERATIONS
    assert {"/chats", "/chats/{ref}", "/chats/{ref}/token", "/chats/{ref}/token/renew"} <= set(
        document["paths"]
    )


def test_every_refusal_is_documented_in_the_one_form(document):
    for path in document["paths"].values():
        for operation in path.values():
            if operation["operationId"] in OPERATIONS - {"list_rooms"}:
                assert "4XX" in operation["responses"], operation["operationId"]


def test_pages_load_nothing_from_elsewhere():
    page = Client().get("/api/docs/").content.decode()
    assert "swagger-ui" in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)


@pytest.mark.parametrize(
    ("accept", "begin"),
    [
        ("application/json", "{"),
        ("application/yaml", "openapi:"),
        ("text/html", "openapi:"),
        ("text/plain", "openapi:"),
        ("*/*", "openapi:"),
    ],
)
def test_document_is_public(accept: str, begin: str):
    answer = Client().get("/api/schema/", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.content.decode().startswith(begin)


@pytest.mark.parametrize("accept", ["application/json", "text/plain", "*/*"])
def test_page_is_public(accept: str):
    answer = Client().get("/api/docs/", headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("method", ["post", "options"])
def test_page_takes_no_other_method(method: str):
    assert getattr(Client(), method)("/api/docs/").status_code == 405


@pytest.mark.parametrize(
    "query", ["version=%0d%0aX-A:b", "version=%22", "lang=%00", "lang=xx", "format=none"]
)
def test_document_ignores_an_odd_query(query: str):
    assert Client().get(f"/api/schema/?{query}").status_code == 200
