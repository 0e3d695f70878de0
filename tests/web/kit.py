"""Rooms, members, and the text of a page."""

import re
import uuid

from django.utils import timezone

from chat import permissions, validation
from chat.models import Lease, Participant, Presence, Room
from chat.services import rooms

PASSWORD = "correct horse"


def make_room(title: str, visibility: str = "public", **fields: str) -> Room:
    """A room of another owner; protected ones have the password PASSWORD."""
    secret = {} if visibility == "public" else {"password": PASSWORD}
    owner = permissions.Actor(Participant.objects.create().pk)
    given = {"title": title, "visibility": visibility, **secret, **fields}
    return rooms.create_room(actor=owner, fields=given, anonymous_allowed=False)


def put_into(room: Room, *names: str, participant: int | None = None) -> None:
    """Have these names in the room, each over a connection of its own."""
    now = timezone.now()
    lease = Lease.objects.create(id=uuid.uuid4(), renewed_at=now)
    for name in names:
        Presence.objects.create(
            id=uuid.uuid4(),
            lease=lease,
            room=room,
            participant_id=participant,
            name=name,
            name_key=validation.name_key(name),
            dialect="wschat.v1",
            joined_at=now,
            last_activity=now,
        )


def text_of(page: bytes) -> str:
    """The page without its tags, white space run together."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.decode()).split())
