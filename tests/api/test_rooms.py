"""REST of the `rooms` protocol: every row of its table, in process and against a real server."""

import json
from datetime import datetime
from urllib.parse import quote

import httpx
import jwt
import pytest

from tests.support.rest import SECRET, Rest, bearer, refusal


def test_created_room_has_the_fields_of_the_protocol(rest: Rest, title: str):
    answer = rest.create(title, "Public", description="a place")
    assert answer.status_code == 201
    room = answer.json()
    assert set(room) == {"title", "description", "visibility", "createdAt", "updatedAt", "id", "users"}
    assert (room["title"], room["description"], room["visibility"], room["users"]) == (
        title,
        "a place",
        "public",
        [],
    )
    for time in (room["createdAt"], room["updatedAt"]):
        assert datetime.fromisoformat(time).tzinfo is not None


@pytest.mark.parametrize("visibility", ["private", "HIDDEN", "Private"])
def test_protected_room_shows_no_password_in_any_answer(rest: Rest, title: str, visibility: str):
    answer = rest.create(title, visibility, password=SECRET)
    assert answer.json()["visibility"] == visibility.lower()
    for text in (answer.text, rest.client.get(f"/chats/{title}").text, rest.client.get("/chats").text):
        assert SECRET not in text
        assert "argon2" not in text
        assert "password" not in text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"visibility": "public"}, "title"),
        ({"title": "x", "visibility": "public"}, "title"),
        ({"title": "x" * 71, "visibility": "public"}, "title"),
        ({"title": 5, "visibility": "public"}, "title"),
        ({"title": None, "visibility": "public"}, "title"),
        ({"title": ["a", "b"], "visibility": "public"}, "title"),
        ({"title": "a\u0000b", "visibility": "public"}, "title"),
        ({"title": "no visibility"}, "visibility"),
        ({"title": "odd", "visibility": "secret"}, "visibility"),
        ({"title": "odd", "visibility": 1}, "visibility"),
        ({"title": "odd", "visibility": {}}, "visibility"),
        ({"title": "long", "visibility": "public", "description": "x" * 71}, "description"),
        ({"title": "odd", "visibility": "public", "description": []}, "description"),
        ({"title": "open", "visibility": "public", "password": SECRET}, "visibility"),
        ({"title": "closed", "visibility": "private"}, "password"),
        ({"title": "closed", "visibility": "private", "password": "short"}, "password"),
        ({"title": "closed", "visibility": "hidden", "password": 12345678}, "password"),
        ({"title": "closed", "visibility": "hidden", "password": "\u0000" * 8}, "password"),
        ({"title": "closed", "visibility": "hidden", "password": "x" * 129}, "password"),
    ],
)
def test_105_names_the_field_that_breaks_a_rule(rest: Rest, fields: dict[str, object], field: str):
    answer = rest.client.post("/chats", json=fields)
    assert refusal(answer) == (400, 105, field)
    assert answer.json()["error"]["error"] == "Room error: Invalid content"
    assert answer.headers["X-Error-Detail"]


def test_102_for_a_title_in_use_in_any_case(rest: Rest, title: str):
    rest.room(title)
    assert refusal(rest.create(title.upper())) == (400, 102, "title")
    assert rest.create(title.upper()).json()["error"]["error"] == "Room error: Duplicate room"
    other = rest.room(f"{title} 2")
    assert refusal(rest.client.put(f"/chats/{other['id']}", json={"title": title.lower()})) == (
        400,
        102,
        "title",
    )


HOSTILE_BODIES = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"12",
    b"{",
    b"{}{}",
    b"title=x&visibility=public",
    b"\xff\xfe",
    b"[" * 60_000,
    b'{"title":' * 6_000,
    b'{"title": ' + b"9" * 5000 + b"}",
    b'{"title": NaN}',
    b'{"title": Infinity}',
    b'{"title": "\xed\xa0\x80", "visibility": "public"}',
    '{"title": "utf16", "visibility": "public"}'.encode("utf-16"),
]


@pytest.mark.parametrize("body", HOSTILE_BODIES, ids=lambda body: repr(body[:16]))
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_103_for_a_body_that_is_no_json_object(rest: Rest, method: str, body: bytes, title: str):
    path = "/chats" if method == "POST" else f"/chats/{rest.room(title)['id']}"
    answer = rest.client.request(method, path, content=body)
    if body.startswith(b'{"title": 9'):  # a number of 5,000 digits is JSON: what is wrong is the title
        assert answer.status_code == 400
        assert refusal(answer)[1] in (103, 105)
    else:
        assert refusal(answer) == (400, 103, "")
        assert answer.json()["error"]["error"] == "Room error: Invalid JSON"


HALF = "half \ud83d"  # of a picture, as texts have it that were cut by their length in UTF-16


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": HALF}, "title"),
        ({"description": HALF}, "description"),
        ({"visibility": HALF}, "visibility"),
        ({"visibility": "private", "password": f"long enough {HALF}"}, "password"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_105_names_the_field_with_half_a_character(
    rest: Rest, method: str, fields: dict[str, str], field: str, title: str
):
    path = "/chats" if method == "POST" else f"/chats/{rest.room(title)['id']}"
    body = json.dumps({"title": f"{title} {method}", "visibility": "public", **fields})
    answer = rest.client.request(method, path, content=body)
    assert refusal(answer) == (400, 105, field)
    assert answer.headers["X-Error-Detail"] == f"{field} contains a lone surrogate"


def test_unknown_field_with_half_a_character_is_ignored(rest: Rest, title: str):
    body = json.dumps({"title": title, "visibility": "public", HALF: HALF, "other": [HALF]})
    assert rest.client.post("/chats", content=body).status_code == 201


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; charset=utf-16",
        "application/json; charset=hex",
        "application/json; charset=idna",
        "text/html; charset=nonsense",
        "nonsense",
        "",
    ],
)
def test_bodies_are_json_whatever_the_content_type_says(rest: Rest, title: str, content_type: str):
    body = f'{{"title": "{title} ☃", "visibility": "public"}}'.encode()
    answer = rest.client.post("/chats?q=1", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 201, answer.text
    assert answer.json()["title"] == f"{title} ☃"


def test_unknown_fields_are_ignored(rest: Rest, title: str):
    room = rest.room(title, id=1, users=[{"username": "x"}], createdAt="never", owner=1, last_seq=5)
    assert room["id"] != 1
    assert room["users"] == []


def test_room_is_found_by_number_and_by_title_in_any_case_with_and_without_slash(rest: Rest, title: str):
    room = rest.room(f"{title} ä/b ?")
    for ref in (room["id"], quote(f"{title} ä/b ?", safe=""), quote(f"{title} Ä/B ?".lower(), safe="")):
        for slash in ("", "/"):
            assert rest.client.get(f"/chats/{ref}{slash}").json()["id"] == room["id"]


@pytest.mark.parametrize(
    "ref", ["0", "-1", "999999", "9" * 30, "no such room", "%00", "%ff%fe", "1%2E0", "١", "²"]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_101_for_a_missing_room(rest: Rest, ref: str, method: str):
    answer = rest.client.request(method, f"/chats/{ref}", json={} if method == "PUT" else None)
    assert refusal(answer) == (404, 101, "")
    assert answer.json()["error"]["error"] == "Room error: Room not found"


@pytest.mark.parametrize(
    "digits",
    ["000001", "75", "0", "1984", "٧٥", "７５", "७५", "①②", "²³", "+75", "-75", "−75", "7_5", "7 5", "00 01",
     " 75", "7\u200c5", "75\ufe0f", "7️⃣5️⃣", "9" * 40],
)  # fmt: skip
def test_title_that_reads_as_a_number_is_refused(rest: Rest, title: str, digits: str):
    assert refusal(rest.create(digits)) == (400, 105, "title")
    room = rest.room(title)
    assert refusal(rest.client.put(f"/chats/{room['id']}", json={"title": digits})) == (400, 105, "title")


@pytest.mark.parametrize("words", ["2024-25", "24/7", "7th", "Room 101", "1.5", "#75", "x1"])
def test_title_with_digits_in_it_is_an_address(rest: Rest, title: str, words: str):
    room = rest.room(f"{words} {title}")
    assert rest.client.get(f"/chats/{quote(room['title'], safe='')}").json()["id"] == room["id"]


def test_list_has_public_and_private_rooms_and_no_hidden_ones(rest: Rest, title: str):
    rest.room(f"{title} open")
    rest.room(f"{title} closed", "private")
    rest.room(f"{title} unseen", "hidden")
    for path in ("/chats", "/chats/"):
        titles = {room["title"] for room in rest.client.get(path).json()}
        assert {f"{title} open", f"{title} closed", "Public Chat"} <= titles
        assert f"{title} unseen" not in titles


def test_room_that_became_hidden_is_found_by_exact_title_and_not_by_number(rest: Rest, title: str):
    room = rest.room(title)
    rest.client.put(f"/chats/{room['id']}", json={"visibility": "hidden", "password": SECRET})
    assert rest.client.get(f"/chats/{title}").status_code == 200
    for method, path in (
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/token"),
        ("GET", "/token/renew"),
    ):
        answer = rest.client.request(method, f"/chats/{room['id']}{path}", content=b"{}")
        assert refusal(answer) == (404, 101, ""), (method, path)
    token = rest.token(title)
    assert rest.client.get(f"/chats/{room['id']}", headers=bearer(token)).status_code == 200


def test_put_changes_only_named_fields(rest: Rest, title: str):
    room = rest.room(title, description="before")
    answer = rest.client.put(f"/chats/{room['id']}", json={"title": f"{title} new"})
    assert answer.status_code == 200
    changed = answer.json()
    assert (changed["title"], changed["description"], changed["id"]) == (f"{title} new", "before", room["id"])
    assert changed["createdAt"] == room["createdAt"]
    assert changed["updatedAt"] > room["updatedAt"]
    assert rest.client.get(f"/chats/{title}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "x"}, "title"),
        ({"title": None}, "title"),
        ({"description": "x" * 71}, "description"),
        ({"visibility": "odd"}, "visibility"),
        ({"visibility": "private"}, "password"),
        ({"visibility": "private", "password": "short"}, "password"),
        ({"password": SECRET}, "visibility"),
    ],
)
def test_put_follows_the_rules_of_creation(rest: Rest, title: str, fields: dict[str, object], field: str):
    room = rest.room(title)
    assert refusal(rest.client.put(f"/chats/{room['id']}", json=fields)) == (400, 105, field)
    assert rest.client.get(f"/chats/{room['id']}").json() == room


def test_public_room_can_become_private_and_public_again(rest: Rest, title: str):
    room = rest.room(title)
    url = f"/chats/{room['id']}"
    assert rest.client.put(url, json={"visibility": "private", "password": SECRET}).status_code == 200
    assert refusal(rest.client.put(url, json={"visibility": "public"})) == (403, 403, "")
    token = rest.token(room["id"])
    assert (
        rest.client.put(url, json={"visibility": "public"}, headers=bearer(token)).json()["visibility"]
        == "public"
    )
    assert rest.client.post(f"{url}/token", json={}).json() == {"status": True}


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_protected_room_is_changed_by_holders_of_its_token_alone(rest: Rest, title: str, method: str):
    room, other = rest.room(title, "private"), rest.room(f"{title} 2", "private")
    url = f"/chats/{room['id']}"
    body = b'{"description": "new"}'

    def change(headers: dict[str, str]) -> httpx.Response:
        return rest.client.request(method, url, headers=headers, content=body)

    for headers in ({}, bearer(rest.token(other["id"])), bearer("nonsense"), {"Authorization": "Basic eDp5"}):
        assert refusal(change(headers)) == (403, 403, "")
    token = rest.token(room["id"])
    forged = jwt.encode(jwt.decode(token, options={"verify_signature": False}), "x" * 32, algorithm="HS256")
    assert refusal(change(bearer(forged)))[:2] == (401, 401)
    unsigned = jwt.encode({"room_id": room["id"], "username": "x"}, "", algorithm="none")
    assert refusal(change(bearer(unsigned)))[:2] == (401, 402)
    assert change(bearer(token, "Token")).status_code == 200


def test_changed_password_voids_earlier_tokens_at_once(rest: Rest, title: str):
    room = rest.room(title, "private")
    url = f"/chats/{room['id']}"
    old = rest.token(room["id"])
    assert rest.client.put(url, json={"password": "a new secret"}, headers=bearer(old)).status_code == 200
    assert refusal(rest.client.put(url, json={"description": "x"}, headers=bearer(old))) == (403, 403, "")
    assert refusal(rest.client.get(f"{url}/token/renew", headers=bearer(old))) == (403, 403, "")
    assert refusal(rest.client.post(f"{url}/token", json={"secret": SECRET, "name": "ann"}))[:2] == (401, 304)
    new = rest.token(room["id"], secret="a new secret")
    assert rest.client.put(url, json={"description": "x"}, headers=bearer(new)).status_code == 200


def test_token_of_an_earlier_password_tells_nothing_of_a_hidden_room(rest: Rest, title: str):
    room = rest.room(title, "private")
    url, old = f"/chats/{room['id']}", bearer(rest.token(room["id"]))
    hidden = {"title": f"{title} anew", "visibility": "hidden", "password": "a new secret"}
    assert rest.client.put(url, json=hidden, headers=old).status_code == 200
    for method in ("GET", "HEAD"):
        assert rest.client.request(method, url, headers=old).status_code == 403
    assert refusal(rest.client.get(url, headers=old)) == (403, 403, "")
    new = bearer(rest.token(room["id"], secret="a new secret"))
    assert rest.client.get(url, headers=new).json()["title"] == hidden["title"]
    assert rest.client.get(f"/chats/{quote(hidden['title'])}", headers=old).status_code == 200  # they know it


def test_deleted_room_is_gone_and_its_title_free(rest: Rest, title: str):
    room = rest.room(title)
    answer = rest.client.delete(f"/chats/{title}")
    assert (answer.status_code, answer.json()) == (200, {"status": True})
    assert refusal(rest.client.delete(f"/chats/{room['id']}")) == (404, 101, "")
    assert title not in rest.client.get("/chats").text
    assert rest.room(title)["id"] != room["id"]


def test_only_staff_change_the_default_room(rest: Rest):
    assert rest.client.get("/chats/1").json()["title"] == "Public Chat"
    assert refusal(rest.client.put("/chats/1", json={"title": "mine"})) == (401, 104, "")
    assert refusal(rest.client.delete("/chats/public%20chat")) == (401, 104, "")
    text = rest.client.delete("/chats/1").json()["error"]["error"]
    assert text == "Room error: Unauthorized operation"


def test_301_for_a_request_without_upgrade_at_the_socket_address(rest: Rest):
    answer = rest.client.get("/chats/1/ws")
    assert refusal(answer) == (400, 301, "")
    assert answer.json()["error"]["error"] == "Could not establish session"


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "/chats/1"), ("DELETE", "/chats"), ("GET", "/chats/1/token"), ("POST", "/chats/1/ws")],
)
def test_wrong_method_has_the_error_form(rest: Rest, method: str, path: str):
    assert refusal(rest.client.request(method, path)) == (405, 904, "")
