"""REST clients that sign in with an account."""

import json

import httpx
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission, User
from django.test import Client
from jwt.api_jws import PyJWS
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from tests.api.test_rooms import HOSTILE_BODIES
from tests.support.marks import whole_db
from tests.support.rest import SECRET, InProcess, Rest, bearer, refusal

pytestmark = whole_db


@pytest.fixture
def rest():
    with httpx.Client(transport=InProcess(), base_url="http://127.0.0.1") as client:
        yield Rest(client)


@pytest.fixture
def ann() -> User:
    return get_user_model().objects.create_user("ann", password=SECRET)


def sign_in(rest: Rest, username: object = "ann", password: object = SECRET):
    return rest.client.post("/api/auth/token", json={"username": username, "password": password})


def test_room_of_an_account_is_changed_by_its_owner_alone(rest: Rest, ann: User, title: str):
    mine = bearer(sign_in(rest).json()["access"])
    room = rest.client.post("/chats", json={"title": title, "visibility": "public"}, headers=mine).json()
    url = f"/chats/{room['id']}"
    assert refusal(rest.client.put(url, json={"description": "x"})) == (401, 104, "")
    assert refusal(rest.client.delete(url)) == (401, 104, "")
    get_user_model().objects.create_user("bob", password=SECRET)
    others = bearer(sign_in(rest, "bob").json()["access"])
    assert refusal(rest.client.put(url, json={"description": "x"}, headers=others)) == (401, 104, "")
    assert rest.client.put(url, json={"description": "x"}, headers=mine).json()["description"] == "x"
    secret = {"visibility": "private", "password": SECRET}
    assert rest.client.put(url, json=secret, headers=mine).status_code == 200
    token = bearer(rest.token(room["id"]))
    assert refusal(rest.client.put(url, json={"description": "y"}, headers=token)) == (401, 104, "")
    assert rest.client.delete(url, headers=mine).json() == {"status": True}


def test_staff_with_the_permission_may_change_any_room_and_without_it_none(rest: Rest, ann: User):
    ann.is_staff = True
    ann.save()
    headers = bearer(sign_in(rest).json()["access"])
    assert refusal(rest.client.put("/chats/1", json={"description": "x"}, headers=headers)) == (401, 104, "")
    ann.user_permissions.add(Permission.objects.get(codename="change_room"))
    assert rest.client.put("/chats/1", json={"description": "x"}, headers=headers).status_code == 200
    assert refusal(rest.client.delete("/chats/1", headers=headers)) == (403, 907, "")


def test_refresh_token_gives_an_access_token(rest: Rest, ann: User, title: str):
    answer = rest.client.post("/api/auth/refresh", json={"refresh": sign_in(rest).json()["refresh"]})
    assert answer.status_code == 200
    assert rest.room(title)["id"]
    created = rest.client.post(
        "/chats",
        json={"title": f"{title} 2", "visibility": "public"},
        headers=bearer(answer.json()["access"]),
    )
    assert created.status_code == 201


@pytest.mark.parametrize(
    ("username", "password", "expected"),
    [
        ("ann", "wrong", (401, 908, "")),
        ("nobody", SECRET, (401, 908, "")),
        (None, SECRET, (400, 303, "username")),
        ("ann", "", (400, 303, "password")),
        (["ann"], SECRET, (400, 303, "username")),
        ("ann", 5, (400, 303, "password")),
        ("a\x00", SECRET, (400, 303, "username")),
        ("ann", "x" * 5000, (400, 303, "password")),
    ],
)
def test_sign_in_that_is_refused(rest: Rest, ann: User, username, password, expected):
    assert refusal(sign_in(rest, username, password)) == expected


@pytest.mark.parametrize("body", HOSTILE_BODIES, ids=lambda body: repr(body[:16]))
@pytest.mark.parametrize("path", ["/api/auth/token", "/api/auth/refresh/"])
def test_invalid_bodies_get_the_typed_error(rest: Rest, path: str, body: bytes):
    status, code, _ = refusal(rest.client.post(path, content=body))
    assert (status, code) == (400, 303)


def test_token_is_void_with_a_new_password_or_a_closed_account(rest: Rest, ann: User):
    first = sign_in(rest).json()
    ann.set_password("another secret")
    ann.save()
    room = {"title": "t" * 5, "visibility": "public"}
    assert refusal(rest.client.post("/chats", json=room, headers=bearer(first["access"]))) == (403, 403, "")
    assert refusal(rest.client.post("/api/auth/refresh", json={"refresh": first["refresh"]}))[1] == 403
    second = sign_in(rest, password="another secret").json()
    ann.is_active = False
    ann.save()
    assert refusal(rest.client.post("/chats", json=room, headers=bearer(second["access"]))) == (403, 403, "")
    assert refusal(rest.client.post("/api/auth/refresh", json={"refresh": second["refresh"]}))[1] == 403


@pytest.mark.parametrize("token", ["x", "a.b.c", "\u00e4"])
def test_invalid_refresh_token_is_refused(rest: Rest, token: str):
    assert refusal(rest.client.post("/api/auth/refresh", json={"refresh": token})) == (403, 403, "")


@pytest.mark.parametrize("odd", [10**30, 1.5, None, True, [], {}, "x"])
@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "jti"])
def test_unknown_claims_are_not_copied_to_the_access_token(rest: Rest, ann: User, claim: str, odd):
    payload = json.dumps({**RefreshToken.for_user(ann).payload, claim: odd}).encode()
    token = PyJWS().encode(payload, settings.SECRET_KEY)
    answer = rest.client.post("/api/auth/refresh", json={"refresh": token})
    if answer.status_code != 200:  # simplejwt reads some of them after all
        assert refusal(answer) == (403, 403, "")
        return
    assert AccessToken(answer.json()["access"]).payload.get(claim, ...) != odd


def test_room_token_does_not_sign_in(rest: Rest, title: str):
    room = rest.room(title, "private")
    token = rest.token(room["id"])
    assert refusal(rest.client.post("/api/auth/refresh", json={"refresh": token})) == (403, 403, "")
    created = rest.client.post(
        "/chats", json={"title": f"{title} 2", "visibility": "public"}, headers=bearer(token)
    )
    assert created.status_code == 201  # as an anonymous client may: the room is a commons
    assert rest.client.delete(f"/chats/{created.json()['id']}").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"X-CSRFToken": "wrong"}])
def test_cookie_without_csrf_token_changes_nothing(rest: Rest, ann: User, title: str, headers):
    client = Client()
    client.force_login(ann)
    cookie = {"Cookie": f"wschat_session={client.cookies['wschat_session'].value}"}
    answer = rest.client.post(
        "/chats", json={"title": title, "visibility": "public"}, headers=cookie | headers
    )
    assert refusal(answer) == (403, 907, "")


def test_owner_names_moderators_who_then_change_the_room(rest: Rest, ann: User, title: str):
    get_user_model().objects.create_user("bob", password=SECRET)
    mine = bearer(sign_in(rest).json()["access"])
    others = bearer(sign_in(rest, "bob").json()["access"])
    fields = {"title": title, "visibility": "private", "password": SECRET}
    url = f"/chats/{rest.client.post('/chats', json=fields, headers=mine).json()['id']}"
    none = {"owner": {"username": "ann", "color": ""}, "moderators": []}
    assert rest.client.get(f"{url}/moderators", headers=mine).json() == none
    assert rest.client.get(f"{url}/moderators").status_code in (401, 403)
    assert refusal(rest.client.put(f"{url}/moderators/bob", headers=others)) == (401, 104, "")
    assert refusal(rest.client.put(f"{url}/moderators/bob")) == (401, 104, "")
    assert refusal(rest.client.put(f"{url}/moderators/nosuch", headers=mine)) == (404, 201, "name")
    named = rest.client.put(f"{url}/moderators/BOB/", headers=mine)
    assert (named.status_code, named.json()["moderators"]) == (200, [{"username": "bob", "color": ""}])
    assert rest.client.get(f"{url}/moderators", headers=others).json() == named.json()
    assert rest.client.put(url, json={"description": "x"}, headers=others).status_code == 200
    assert refusal(rest.client.put(f"{url}/moderators/ann", headers=others)) == (401, 104, "")
    assert refusal(rest.client.delete(f"{url}/moderators/bob", headers=others)) == (401, 104, "")
    assert rest.client.delete(f"{url}/moderators/bob", headers=mine).json() == none
    assert rest.client.delete(f"{url}/moderators/bob", headers=mine).json() == none
    assert rest.client.put(url, json={"description": "y"}, headers=others).status_code == 403
    for method in ("POST", "PATCH"):
        assert rest.client.request(method, f"{url}/moderators/bob", headers=mine).status_code == 405


def test_titles_that_would_be_addresses_of_moderators_are_refused(rest: Rest, ann: User):
    mine = bearer(sign_in(rest).json()["access"])
    for title in ("ab/moderators", "ab/Moderators/x", "ab\\moderators"):
        answer = rest.client.post("/chats", json={"title": title, "visibility": "public"}, headers=mine)
        assert refusal(answer) == (400, 105, "title"), title
