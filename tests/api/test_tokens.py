"""Room tokens over REST, in process and against a real server."""

from collections.abc import Callable

import httpx
import jwt
import pytest

from chat.passwords import Argon2idHasher
from tests.support.marks import whole_db
from tests.support.rest import SECRET, InProcess, Rest, bearer, refusal


def test_token_answers_with_the_fields_of_the_protocol(rest: Rest, title: str):
    room = rest.room(title, "private")
    answer = rest.client.post(f"/chats/{title}/token", json={"secret": SECRET, "name": "ann"})
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"status", "name", "room_id", "token"}
    assert (body["status"], body["name"], body["room_id"]) == (True, "ann", room["id"])
    claims = jwt.decode(body["token"], options={"verify_signature": False})
    assert (claims["username"], claims["room_id"]) == ("ann", room["id"])
    assert claims["exp"] - claims["iat"] == 3600
    assert jwt.get_unverified_header(body["token"])["alg"] == "HS256"


def test_public_room_issues_no_token(rest: Rest, title: str):
    room = rest.room(title)
    for answer in (
        rest.client.post(f"/chats/{room['id']}/token", json={"secret": "x", "name": "ann"}),
        rest.client.get(f"/chats/{room['id']}/token/renew"),
    ):
        assert (answer.status_code, answer.json()) == (200, {"status": True})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"secret": SECRET}, (400, 303, "name")),
        ({"secret": SECRET, "name": ""}, (400, 303, "name")),
        ({"secret": SECRET, "name": 5}, (400, 303, "name")),
        ({"secret": SECRET, "name": "x" * 51}, (400, 303, "name")),
        ({"secret": SECRET, "name": "a\u202eb"}, (400, 303, "name")),
        ({"secret": 5, "name": "ann"}, (400, 303, "secret")),
        ({"name": "ann"}, (401, 304, "secret")),
        ({"secret": "", "name": "ann"}, (401, 304, "secret")),
        ({"secret": "wrong secret", "name": "ann"}, (401, 304, "secret")),
        ({"secret": "x" * 10_000, "name": "ann"}, (401, 304, "secret")),
        ({"secret": "\u0000", "name": "ann"}, (401, 304, "secret")),
    ],
)
def test_token_requests_that_are_refused(
    rest: Rest, title: str, fields: dict[str, object], expected: tuple[int, int, str]
):
    room = rest.room(title, "private")
    assert refusal(rest.client.post(f"/chats/{room['id']}/token", json=fields)) == expected


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 60_000], ids=lambda body: repr(body[:8]))
def test_token_request_must_be_a_json_object(rest: Rest, title: str, body: bytes):
    room = rest.room(title, "private")
    assert refusal(rest.client.post(f"/chats/{room['id']}/token", content=body)) == (400, 303, "")


def test_renewed_token_is_later_and_the_old_one_stays_valid(rest: Rest, title: str):
    room = rest.room(title, "hidden")
    old = rest.token(title, "bob")
    answer = rest.client.get(f"/chats/{room['id']}/token/renew", headers=bearer(old))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["status"], body["name"], body["room_id"]) == (True, "bob", room["id"])
    claims = [jwt.decode(token, options={"verify_signature": False}) for token in (old, body["token"])]
    assert claims[1]["exp"] >= claims[0]["exp"]
    assert body["token"] != old
    for token in (old, body["token"]):
        assert rest.client.get(f"/chats/{room['id']}", headers=bearer(token)).status_code == 200


@pytest.mark.parametrize(("token", "expected"), [("", 403), ("a.b.c", 403)])
def test_renewal_needs_a_valid_token(rest: Rest, title: str, token: str, expected: int):
    room = rest.room(title, "private")
    answer = rest.client.get(f"/chats/{room['id']}/token/renew", headers=bearer(token) if token else {})
    assert refusal(answer)[1] == expected


WRONG = [
    {"secret": "wrong secret", "name": "ann"},
    {"secret": "", "name": "ann"},
    {"name": "ann"},
    {"secret": 5, "name": "ann"},
    {"secret": "x" * 10_000, "name": "ann"},
    {"secret": SECRET, "name": ""},
    {},
    [],
]


def test_hidden_room_is_found_by_the_number_that_its_creation_told(rest: Rest, title: str):
    room = rest.room(title, "hidden")
    assert 2**32 < room["id"] < 2**53
    assert rest.client.get(f"/chats/{room['id']}").json()["title"] == title
    fields = {"secret": SECRET, "name": "ann"}
    answer = rest.client.post(f"/chats/{room['id']}/token", json=fields)
    assert (answer.status_code, answer.json()["room_id"]) == (201, room["id"])
    by_title = rest.client.post(f"/chats/{title}/token", json=fields | {"secret": "wrong secret"})
    assert refusal(by_title) == (401, 304, "secret")
    assert refusal(rest.client.get(f"/chats/{room['id'] + 1}")) == (404, 101, "")


def turned_hidden(rest: Rest, title: str) -> int:
    room = rest.room(title)["id"]
    rest.client.put(f"/chats/{room}", json={"visibility": "hidden", "password": SECRET}).raise_for_status()
    return int(room)


def test_room_that_became_hidden_gives_a_token_for_the_right_secret_by_its_number(rest: Rest, title: str):
    room = turned_hidden(rest, title)
    for slash in ("", "/"):
        fields = {"secret": SECRET, "name": "ann"}
        answer = rest.client.post(f"/chats/{room}/token{slash}", json=fields)
        assert (answer.status_code, answer.json()["room_id"]) == (201, room)
    assert refusal(rest.client.get(f"/chats/{room}")) == (404, 101, "")
    named = rest.client.get(f"/chats/{room}", headers=bearer(answer.json()["token"]))
    assert named.json()["title"] == title


@pytest.mark.parametrize("became", [True, False])
def test_wrong_secret_for_a_hidden_room_is_answered_as_for_a_missing_room(
    rest: Rest, title: str, became: bool
):
    room = turned_hidden(rest, title) if became else rest.room(title, "hidden")["id"]
    for fields in WRONG:
        hidden, missing = (
            rest.client.post(f"/chats/{ref}/token", json=fields) for ref in (room, room + 100_000)
        )
        assert refusal(hidden) == (404, 101, "")
        assert hidden.content == missing.content
        told = [{k: v for k, v in each.headers.items() if k != "date"} for each in (hidden, missing)]
        assert told[0] == told[1]


@whole_db
def test_wrong_secret_costs_one_hash_whether_the_room_is_there_or_not(
    title: str, monkeypatch: pytest.MonkeyPatch
):
    hashed: list[str] = []
    for way in ("encode", "verify"):
        original = getattr(Argon2idHasher, way)

        def counted(
            self: Argon2idHasher, secret: str, other: str, do: Callable[..., object] = original
        ) -> object:
            hashed.append(secret)
            return do(self, secret, other)

        monkeypatch.setattr(Argon2idHasher, way, counted)
    with httpx.Client(transport=InProcess(), base_url="http://127.0.0.1") as client:
        rest = Rest(client)
        room = turned_hidden(rest, title)
        for ref in (room, 4711, 2**40, 2**62, "no such title"):
            for fields in WRONG:
                hashed.clear()
                rest.client.post(f"/chats/{ref}/token", json=fields)
                assert len(hashed) == (1 if fields == WRONG[0] else 0), (ref, fields)
