"""The members of a room in the REST API."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import Group, User

from chat.models import Lease, Participant, Presence, Room
from chat.services import accounts
from tests.support.marks import whole_db
from tests.support.rest import SECRET, InProcess, Rest, bearer

pytestmark = whole_db
NOW = datetime.now(UTC)


@pytest.fixture
def lease() -> Lease:
    return Lease.objects.create(id=uuid.uuid4(), renewed_at=datetime.now(UTC))


def arrive(lease: Lease, name: str, *, joined: int, active: int, color: str = "", room: int = 1) -> None:
    """A connection, with the minutes at which it came and was heard of last."""
    Presence.objects.create(
        id=uuid.uuid4(),
        lease=lease,
        room_id=room,
        name=name,
        name_key=name.lower(),
        color=color,
        dialect="wschat.v1",
        joined_at=NOW + timedelta(minutes=joined),
        last_activity=NOW + timedelta(minutes=active),
    )


def test_users_have_each_name_once_as_it_was_active_last_in_the_order_of_coming(lease: Lease):
    arrive(lease, "tabby", joined=1, active=5, color="red")
    arrive(lease, "bob", joined=2, active=9)
    arrive(lease, "Tabby", joined=3, active=7, color="blue")
    arrive(lease, "tabby", joined=4, active=6, color="green")
    with httpx.Client(transport=InProcess(), base_url="http://127.0.0.1") as client:
        for room in (client.get("/chats/1").json(), client.get("/chats").json()[0]):
            assert [(user["username"], user["color"]) for user in room["users"]] == [
                ("Tabby", "blue"),
                ("bob", ""),
            ]
            latest = datetime.fromisoformat(room["users"][0]["last_activity"])
            assert latest == NOW + timedelta(minutes=7)


PASSWORD = "correct horse battery"


@pytest.fixture
def rest() -> Iterator[Rest]:
    with httpx.Client(transport=InProcess(), base_url="http://127.0.0.1") as client:
        yield Rest(client)


@pytest.fixture(params=["private", "hidden"])
def room(request: pytest.FixtureRequest, rest: Rest, lease: Lease) -> dict[str, Any]:
    """A protected room of the account "olga", in which tabby is."""
    accounts.sign_up(name="olga", password=PASSWORD, guest=None)
    made = rest.room("Secret garden", request.param)
    owner = Participant.objects.get(name="olga")
    Room.objects.filter(pk=made["id"]).update(owner=owner, commons=False)
    arrive(lease, "tabby", joined=1, active=5, room=made["id"])
    return made


def told(rest: Rest, room: dict[str, Any], headers: dict[str, str]) -> list[list[str]]:
    """The names in the room's own answer, and in the list if the room is in it."""
    answers = [rest.client.get(f"/chats/{room['title']}", headers=headers).json()]
    answers += [
        each for each in rest.client.get("/chats", headers=headers).json() if each["id"] == room["id"]
    ]
    return [[user["username"] for user in answer["users"]] for answer in answers]


def signed_in(rest: Rest, name: str) -> dict[str, str]:
    return bearer(rest.sign_in(name, PASSWORD)["access"])


def test_members_of_a_protected_room_are_hidden_from_others(rest: Rest, room: dict[str, Any]):
    other = rest.room("Another garden", room["visibility"])
    accounts.sign_up(name="eve", password=PASSWORD, guest=None)
    old = rest.token(room["title"])
    Room.objects.filter(pk=room["id"]).update(generation=2)  # a new password since
    for headers in (
        {},
        bearer("a.b.c"),
        bearer(old),
        bearer(rest.token(other["title"])),
        signed_in(rest, "eve"),
    ):
        for names in told(rest, room, headers):
            assert names == []


def test_members_are_shown_to_token_holders_and_moderators(rest: Rest, room: dict[str, Any]):
    for name in ("mona", "stan"):
        accounts.sign_up(name=name, password=PASSWORD, guest=None)
    Room.objects.get(pk=room["id"]).moderators.add(Participant.objects.get(name="mona"))
    stan = User.objects.get(username="stan")
    stan.is_staff = True
    stan.save()
    stan.groups.add(Group.objects.get(name="Moderators"))
    for headers in (
        bearer(rest.token(room["title"])),
        bearer(rest.token(room["title"]), prefix="Token"),
        *(signed_in(rest, name) for name in ("olga", "mona", "stan")),
    ):
        for names in told(rest, room, headers):
            assert names == ["tabby"]


def test_room_token_shows_the_members_of_its_room_only(rest: Rest, room: dict[str, Any], lease: Lease):
    private, public = rest.room("Another garden", "private"), rest.room("Market")
    for each in (private, public):
        arrive(lease, "bob", joined=1, active=5, room=each["id"])
    listed = rest.client.get("/chats", headers=bearer(rest.token(room["title"]))).json()
    names = {each["title"]: [user["username"] for user in each["users"]] for each in listed}
    assert names["Another garden"] == []
    assert names["Market"] == ["bob"]


def test_answer_to_a_change_shows_members_only_to_authorized_callers(rest: Rest, lease: Lease):
    market = rest.room("Market")
    arrive(lease, "bob", joined=1, active=5, room=market["id"])
    protected = {"visibility": "private", "password": SECRET}
    assert rest.client.put(f"/chats/{market['id']}", json=protected).json()["users"] == []
    token = bearer(rest.token(market["id"]))
    renamed = rest.client.put(f"/chats/{market['id']}", json={"title": "Old market"}, headers=token).json()
    assert [user["username"] for user in renamed["users"]] == ["bob"]
