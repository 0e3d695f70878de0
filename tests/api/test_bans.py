"""Kicks and bans over REST."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from rest_framework_simplejwt.tokens import AccessToken

from chat.models import AuditEntry, Ban, Mute, Participant, Room
from chat.services.revocations import SESSION_KEY
from tests.support.marks import whole_db
from tests.support.rest import SECRET, InProcess, Rest, bearer, refusal

pytestmark = whole_db


@pytest.fixture
def rest() -> Iterator[Rest]:
    with httpx.Client(transport=InProcess(), base_url="http://127.0.0.1") as client:
        yield Rest(client)


def account(name: str, **fields: Any) -> tuple[User, dict[str, str]]:
    """An account, and the headers with which it asks."""
    user = get_user_model().objects.create_user(name, password=SECRET, **fields)
    return user, bearer(str(AccessToken.for_user(user)))


@pytest.fixture
def club() -> tuple[Room, dict[str, str]]:
    """A room, and its owner's headers."""
    user, headers = account("olga")
    owner = Participant.objects.get(user=user)
    return Room.objects.create(title="club", title_key="club", owner=owner), headers


def test_bans_are_made_listed_and_lifted(rest: Rest, club: tuple[Room, dict[str, str]]):
    room, headers = club
    url = f"/chats/{room.pk}/bans"
    assert rest.client.get(url, headers=headers).json() == []
    given = {"name": "eve", "seconds": 60, "reason": "spam", "note": "again"}
    made = rest.client.post(url, json=given, headers=headers)
    assert made.status_code == 201
    (ban,) = made.json()
    assert [ban[name] for name in ("kind", "name", "reason", "note", "by")] == [
        "name",
        "eve",
        "spam",
        "again",
        "olga",
    ]
    for subject in ({"pattern": "spam*"}, {"network": "192.0.2.7"}):
        assert rest.client.post(url, json=subject, headers=headers).status_code == 201
    assert [one["name"] for one in rest.client.get(url, headers=headers).json()] == [
        "192.0.2.7/32",
        "spam*",
        "eve",
    ]
    for one in rest.client.get(url, headers=headers).json():
        assert rest.client.delete(f"{url}/{one['id']}", headers=headers).status_code == 200
    assert not Ban.objects.exists()
    assert refusal(rest.client.delete(f"{url}/{ban['id']}", headers=headers)) == (404, 906, "")
    assert set(AuditEntry.objects.values_list("address", flat=True)) == {"127.0.0.1"}


def test_others_neither_see_nor_make_bans(rest: Rest, club: tuple[Room, dict[str, str]]):
    room, _ = club
    for headers in ({}, account("eve")[1]):
        for method, path, body in (
            ("GET", "bans", None),
            ("POST", "bans", {"name": "olga"}),
            ("DELETE", "bans/1", None),
            ("POST", "kicks", {"name": "olga"}),
        ):
            answer = rest.client.request(method, f"/chats/{room.pk}/{path}", json=body, headers=headers)
            assert refusal(answer) == (401, 104, ""), (method, path)
    assert not Ban.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "eve", "network": "192.0.2.1"}, "name"),
        ({"name": 5}, "name"),
        ({"pattern": ["*"]}, "pattern"),
        ({"network": "x"}, "network"),
        ({"network": 5}, "network"),
        ({"name": "eve", "seconds": "60"}, "seconds"),
        ({"name": "eve", "seconds": True}, "seconds"),
        ({"name": "eve", "seconds": -1}, "seconds"),
        ({"name": "eve", "address": 1}, "address"),
        ({"pattern": "ev*", "address": True}, "address"),
        ({"name": "eve", "reason": 5}, "reason"),
        ({"name": "eve", "note": "x" * 501}, "note"),
    ],
)
def test_odd_fields_are_refused(
    rest: Rest, club: tuple[Room, dict[str, str]], body: dict[str, Any], field: str
):
    room, headers = club
    answer = rest.client.post(f"/chats/{room.pk}/bans", json=body, headers=headers)
    assert refusal(answer) == (400, 303, field)


def test_kick_needs_someone_to_kick(rest: Rest, club: tuple[Room, dict[str, str]]):
    room, headers = club
    answer = rest.client.post(f"/chats/{room.pk}/kicks", json={"name": "eve"}, headers=headers)
    assert refusal(answer) == (404, 201, "name")
    answer = rest.client.post(f"/chats/{room.pk}/kicks", json={}, headers=headers)
    assert refusal(answer) == (400, 303, "name")


def test_banned_name_gets_no_room_token(rest: Rest, club: tuple[Room, dict[str, str]]):
    room, headers = club
    url = f"/chats/{room.pk}"
    rest.client.put(url, json={"visibility": "private", "password": SECRET}, headers=headers)
    shown = bearer(rest.token(room.pk, name="eve"))
    rest.client.post(f"{url}/bans", json={"name": "eve"}, headers=headers)
    asked = {"secret": SECRET, "name": "EVE"}
    assert refusal(rest.client.post(f"{url}/token", json=asked)) == (403, 921, "")
    assert refusal(rest.client.get(f"{url}/token/renew", headers=shown)) == (403, 921, "")
    assert rest.client.post(f"{url}/token", json=asked | {"name": "adam"}).status_code == 201


@pytest.mark.parametrize("subject", [{"network": "127.0.0.1"}, {"name": "gus"}])
def test_banned_address_or_participant_renews_no_token(
    rest: Rest, club: tuple[Room, dict[str, str]], subject: dict[str, str]
):
    """Under whatever name the token is."""
    room, headers = club
    url, store = f"/chats/{room.pk}", SessionStore()
    rest.client.put(url, json={"visibility": "private", "password": SECRET}, headers=headers)
    shown = bearer(rest.token(room.pk, name="another"))
    store[SESSION_KEY] = Participant.objects.create(name="gus", name_key="gus").pk
    store.save()
    shown["Cookie"] = f"wschat_session={store.session_key}"
    assert rest.client.get(f"{url}/token/renew", headers=shown).status_code == 201
    assert rest.client.post(f"{url}/bans", json=subject, headers=headers).status_code == 201
    assert refusal(rest.client.get(f"{url}/token/renew", headers=shown)) == (403, 921, "")


def test_staff_ban_from_the_server_and_others_do_not(rest: Rest, club: tuple[Room, dict[str, str]]):
    _, headers = club
    assert refusal(rest.client.get("/api/bans", headers=headers)) == (401, 104, "")
    assert refusal(rest.client.post("/api/bans", json={"name": "x"}, headers=headers)) == (401, 104, "")
    assert refusal(rest.client.post("/api/bans", json={"name": "x"})) == (401, 104, "")
    _, staff = account("mona", is_staff=True, is_superuser=True)
    _, eve = account("eve")
    made = rest.client.post("/api/bans", json={"name": "eve", "reason": "spam"}, headers=staff)
    assert [one["name"] for one in made.json()] == ["eve"]
    fields = {"title": "den", "visibility": "public"}
    assert refusal(rest.client.post("/chats", json=fields, headers=eve)) == (403, 921, "")
    assert rest.client.get("/chats", headers=eve).status_code == 200
    lifted = rest.client.delete(f"/api/bans/{made.json()[0]['id']}", headers=staff)
    assert lifted.json() == []
    assert rest.client.post("/chats", json=fields, headers=eve).status_code == 201


def test_banned_network_changes_nothing_but_staff_do(rest: Rest):
    _, staff = account("mona", is_staff=True, is_superuser=True)
    made = rest.client.post("/api/bans", json={"network": "127.0.0.0/8"}, headers=staff)
    assert made.status_code == 201
    fields = {"title": "den", "visibility": "public"}
    assert refusal(rest.client.post("/chats", json=fields)) == (403, 921, "")
    assert rest.client.post("/chats", json=fields, headers=staff).status_code == 201
    signed_in = rest.client.post("/api/auth/token", json={"username": "mona", "password": SECRET})
    assert signed_in.status_code == 200


def test_name_of_an_unverified_message_does_not_hit_the_user_who_has_it(
    rest: Rest, club: tuple[Room, dict[str, str]]
):
    room, headers = club
    Participant.objects.create(name="eve", name_key="eve")
    for path in ("mutes", "kicks", "bans"):
        url = f"/chats/{room.pk}/{path}"
        body = {"name": "EVE", "verified": False}
        assert refusal(rest.client.post(url, json=body, headers=headers)) == (400, 303, "name"), path
        odd = {"name": "eve", "verified": "no"}
        assert refusal(rest.client.post(url, json=odd, headers=headers)) == (400, 303, "verified"), path
    assert not Ban.objects.exists()
    assert not Mute.objects.exists()
    for path, status in {"mutes": 200, "bans": 201}.items():
        body = {"name": "nobody", "verified": False}
        made = rest.client.post(f"/chats/{room.pk}/{path}", json=body, headers=headers)
        assert made.status_code == status
    _, staff = account("mona", is_staff=True, is_superuser=True)
    body = {"name": "eve", "verified": False}
    assert refusal(rest.client.post("/api/bans", json=body, headers=staff)) == (400, 303, "name")


def test_mute_over_rest_begins_and_ends(rest: Rest, club: tuple[Room, dict[str, str]]):
    room, headers = club
    url = f"/chats/{room.pk}/mutes"
    given = {"name": "eve", "seconds": 60, "reason": "loud"}
    assert rest.client.post(url, json=given, headers=headers).json() == {"status": True}
    until = Mute.objects.get().until
    assert until is not None
    (listed,) = rest.client.get(url, headers=headers).json()
    assert (listed["name"], listed["reason"]) == ("eve", "loud")
    assert datetime.fromisoformat(listed["until"]) == until
    assert AuditEntry.objects.get().reason == "loud"
    assert rest.client.post(url, json={"name": "eve", "on": False}, headers=headers).status_code == 200
    assert not Mute.objects.exists()
    for body, field in (
        ({}, "name"),
        ({"name": "eve", "on": 1}, "on"),
        ({"name": "eve", "seconds": "60"}, "seconds"),
        ({"name": 5, "on": False}, "name"),
    ):
        assert refusal(rest.client.post(url, json=body, headers=headers)) == (400, 303, field)
    for others in ({}, account("eve")[1]):
        assert refusal(rest.client.post(url, json=given, headers=others)) == (401, 104, "")
        assert refusal(rest.client.get(url, headers=others)) == (401, 104, "")


def test_owner_neither_lifts_nor_shortens_what_staff_decided(rest: Rest, club: tuple[Room, dict[str, str]]):
    room, owner = club
    _, staff = account("sam", is_staff=True, is_superuser=True)
    for path, status in {"mutes": 200, "bans": 201}.items():
        url, given = f"/chats/{room.pk}/{path}", {"name": "eve"}
        assert rest.client.post(url, json=given, headers=staff).status_code == status
        shorter = rest.client.post(url, json=given | {"seconds": 1}, headers=owner)
        assert refusal(shorter) == (401, 104, "")
        assert "only they can change it" in shorter.headers["X-Error-Detail"]
    mutes = f"/chats/{room.pk}/mutes"
    lifted = rest.client.post(mutes, json={"name": "eve", "on": False}, headers=owner)
    assert refusal(lifted) == (401, 104, "")
    assert [rest.client.get(mutes, headers=who).json()[0]["only"] for who in (owner, staff)] == [
        "staff",
        None,
    ]
    (ban,) = rest.client.get(f"/chats/{room.pk}/bans", headers=owner).json()
    url = f"/chats/{room.pk}/bans/{ban['id']}"
    assert refusal(rest.client.delete(url, headers=owner)) == (401, 104, "")
    assert (Ban.objects.get().until, Mute.objects.get().until) == (None, None)
    assert rest.client.delete(url, headers=staff).status_code == 200
