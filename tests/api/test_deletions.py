"""Bulk deletions over REST. What they do is in tests/services/test_bulk_deletions.py."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.contrib.auth import get_user_model
from rest_framework_simplejwt.tokens import AccessToken

from chat.models import AuditEntry, BulkDeletion, Event, KeptText, Participant, Room
from tests.support.marks import whole_db
from tests.support.rest import SECRET, InProcess, Rest, bearer, refusal

pytestmark = whole_db
Headers = dict[str, str]


@pytest.fixture
def rest() -> Iterator[Rest]:
    with httpx.Client(transport=InProcess(), base_url="http://127.0.0.1") as client:
        yield Rest(client)


def account(name: str, **fields: Any) -> Headers:
    """The headers with which an account asks."""
    user = get_user_model().objects.create_user(name, password=SECRET, **fields)
    return bearer(str(AccessToken.for_user(user)))


@pytest.fixture
def olga() -> Headers:
    return account("olga")


@pytest.fixture
def staff() -> Headers:
    return account("sue", is_staff=True, is_superuser=True)


@pytest.fixture
def club(olga: Headers) -> Room:
    """A room of olga's, in which eve said one thing."""
    account("eve")
    owner, eve = (Participant.objects.get(name=name) for name in ("olga", "eve"))
    room = Room.objects.create(title="club", title_key="club", owner=owner, last_seq=1)
    Event.objects.create(
        room=room, seq=1, kind="message", created_at="2026-01-01T00:00Z", sender=eve, name="eve", text="x"
    )
    return room


def test_owner_starts_sees_and_stops_a_bulk_deletion(rest: Rest, club: Room, olga: Headers):
    url = f"/chats/{club.pk}/deletions"
    begun = rest.client.post(url, json={"target": 1, "since": "all", "reason": "spam"}, headers=olga)
    assert begun.status_code == 202
    shown = begun.json()
    assert {
        name: shown[name] for name in ("room", "name", "since", "state", "total", "deleted", "by", "reason")
    } == {
        "room": club.pk,
        "name": "eve",
        "since": None,
        "state": "deleting",
        "total": 1,
        "deleted": 0,
        "by": "olga",
        "reason": "spam",
    }
    assert rest.client.get(url, headers=olga).json() == [shown]
    assert rest.client.get(f"{url}/{shown['id']}", headers=olga).json() == shown
    stopped = rest.client.delete(f"{url}/{shown['id']}", headers=olga)
    assert (stopped.status_code, stopped.json()["state"]) == (200, "stopped")
    assert refusal(rest.client.delete(f"{url}/{shown['id']}", headers=olga)) == (404, 906, "")
    assert AuditEntry.objects.get().address == "127.0.0.1"


def test_staff_delete_everywhere_restore_and_erase(rest: Rest, club: Room, staff: Headers):
    begun = rest.client.post("/api/deletions", json={"name": "eve", "since": "all"}, headers=staff)
    assert (begun.status_code, begun.json()["room"]) == (202, None)
    url = f"/api/deletions/{begun.json()['id']}"
    assert refusal(rest.client.post(f"{url}/restore", headers=staff)) == (404, 906, "")
    bulk = BulkDeletion.objects.get()
    BulkDeletion.objects.update(state="done")
    KeptText.objects.create(event=Event.objects.get(), text="x", at=bulk.at, bulk=bulk)
    restored = rest.client.post(f"{url}/restore", headers=staff)
    assert (restored.status_code, restored.json()["state"]) == (202, "restoring")
    assert rest.client.delete(url, headers=staff).json()["state"] == "stopped"
    assert rest.client.delete(f"{url}/kept", headers=staff).json() == {"status": True}
    assert refusal(rest.client.post(f"{url}/restore", headers=staff)) == (404, 205, "")
    assert [each["id"] for each in rest.client.get("/api/deletions", headers=staff).json()] == [bulk.pk]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"name": "eve"}, (400, 303, "since")),
        ({"name": "eve", "since": None}, (400, 303, "since")),
        ({"since": "all"}, (400, 303, "name")),
        ({"since": "all", "name": ["eve"]}, (400, 303, "name")),
        ({"since": "all", "target": True}, (400, 303, "target")),
        ({"since": "all", "target": 1, "reason": 5}, (400, 303, "reason")),
        ({"since": "all", "name": "olga"}, (401, 104, "name")),
        ({"since": "hour", "name": "eve"}, (404, 205, "")),
    ],
)
def test_wrong_requests_are_refused(
    rest: Rest, club: Room, olga: Headers, body: dict[str, Any], found: tuple[int, int, str]
):
    assert refusal(rest.client.post(f"/chats/{club.pk}/deletions", json=body, headers=olga)) == found
    assert not BulkDeletion.objects.exists()
