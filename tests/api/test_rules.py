"""Rules of a room over REST."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import User
from rest_framework_simplejwt.tokens import AccessToken

from chat.models import Participant, Room
from tests.support.marks import whole_db
from tests.support.rest import SECRET, InProcess, Rest, bearer, refusal

pytestmark = whole_db


@pytest.fixture
def rest() -> Iterator[Rest]:
    with httpx.Client(transport=InProcess(), base_url="http://127.0.0.1") as client:
        yield Rest(client)


def account(name: str) -> tuple[int, dict[str, str]]:
    user = User.objects.create_user(name, password=SECRET)
    return Participant.objects.get(user=user).pk, bearer(str(AccessToken.for_user(user)))


@pytest.fixture
def club() -> tuple[int, dict[str, str]]:
    """The number of a room of olga's, and her headers."""
    owner, headers = account("olga")
    return Room.objects.create(title="club", title_key="club", owner_id=owner).pk, headers


def test_owner_sets_rules_that_others_read_and_accept(rest: Rest, club: tuple[int, dict[str, str]]):
    room, olga = club
    _, ann = account("ann")
    asked = {"room": room}
    none = {"rules": "", "version": 0, "accepted": False}
    assert rest.client.get("/api/rules", params=asked).json() == none
    changed = {"title": "club", "visibility": "public", "rules": "Be kind."}
    assert refusal(rest.client.put(f"/chats/{room}", json=changed, headers=ann)) == (401, 104, "")
    assert rest.client.put(f"/chats/{room}", json=changed, headers=olga).is_success
    found = rest.client.get("/api/rules", params=asked, headers=ann).json()
    assert (found["rules"], found["accepted"], found["version"] > 0) == ("Be kind.", False, True)
    given: dict[str, Any] = asked | {"version": found["version"]}
    accepted = rest.client.post("/api/rules", json=given, headers=ann)
    assert (accepted.status_code, accepted.json()) == (200, found | {"accepted": True})
    assert rest.client.get("/api/rules", params=asked, headers=olga).json() == found
    given["version"] += 1
    assert refusal(rest.client.post("/api/rules", json=given, headers=ann)) == (409, 914, "version")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, 303, "room"),
        ({"room": "1", "version": 1}, 303, "room"),
        ({"room": 1}, 303, "version"),
        ({"room": 1, "version": True}, 303, "version"),
        ({"room": 4711, "version": 1}, 101, ""),
    ],
)
def test_wrong_input_gets_an_error_that_names_it(rest: Rest, body: dict[str, Any], code: int, field: str):
    _, ann = account("ann")
    answer = rest.client.post("/api/rules", json=body, headers=ann)
    assert refusal(answer)[1:] == (code, field)


def test_client_without_identity_cannot_accept(rest: Rest, club: tuple[int, dict[str, str]]):
    answer = rest.client.post("/api/rules", json={"room": club[0], "version": 1})
    assert refusal(answer) == (401, 204, "")


def test_rules_of_a_closed_room_are_for_those_who_may_enter(rest: Rest, club: tuple[int, dict[str, str]]):
    room, olga = club
    closed = {"title": "club", "visibility": "hidden", "password": SECRET, "rules": "Be kind."}
    assert rest.client.put(f"/chats/{room}", json=closed, headers=olga).is_success
    _, ann = account("ann")
    for headers in ({}, ann):
        asked = rest.client.get("/api/rules", params={"room": room}, headers=headers)
        assert refusal(asked)[0] in (401, 403, 404)


def test_rules_hold_from_the_creation_of_a_room(rest: Rest):
    _, olga = account("olga")
    _, headers = account("ann")
    fields = {"title": "strict", "visibility": "public", "rules": "Be kind."}
    room = rest.client.post("/chats", json=fields, headers=olga).json()["id"]
    versions = []
    for rules in ("Be kind.", "Be brief."):
        assert rest.client.put(f"/chats/{room}", json=fields | {"rules": rules}, headers=olga).is_success
        found = rest.client.get("/api/rules", params={"room": room}, headers=headers).json()
        assert (found["rules"], found["accepted"]) == (rules, False)
        versions.append(found["version"])
        given = {"room": room, "version": found["version"]}
        assert rest.client.post("/api/rules", json=given, headers=headers).json()["accepted"]
    assert 0 < versions[0] < versions[1]
