"""Who is in a room, as the REST API shows it."""

import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from chat.models import Lease, Presence
from tests.support.marks import whole_db
from tests.support.rest import InProcess

pytestmark = whole_db
NOW = datetime.now(UTC)


@pytest.fixture
def lease() -> Lease:
    return Lease.objects.create(id=uuid.uuid4(), renewed_at=datetime.now(UTC))


def arrive(lease: Lease, name: str, *, joined: int, active: int, color: str = "") -> None:
    """A connection, with the minutes at which it came and was heard of last."""
    Presence.objects.create(
        id=uuid.uuid4(),
        lease=lease,
        room_id=1,
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
