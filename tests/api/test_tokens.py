"""Room tokens over REST, in process and against a real server."""

import jwt
import pytest

from tests.support.rest import SECRET, Rest, bearer, refusal


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
def test_token_request_that_is_no_json_object(rest: Rest, title: str, body: bytes):
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
