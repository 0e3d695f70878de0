"""What can be done to rooms, whatever somebody else does to them meanwhile."""

import uuid

import pytest

from chat.errors import ChatError
from chat.models import Room
from chat.rules import Actor
from chat.services import rooms
from tests.support.marks import whole_db

pytestmark = whole_db
STAFF = Actor(None, staff=True)
SECRET = "correct horse"
PRIVATE = {"visibility": "private", "password": SECRET}


def create(visibility: str = "public", title: str = "") -> Room:
    secret = {} if visibility == "public" else {"password": SECRET}
    fields = {"title": title or f"Room {uuid.uuid4()}", "visibility": visibility} | secret
    return rooms.create(actor=STAFF, fields=fields, anonymous_allowed=True)


def edit(room: Room, **fields: object) -> Room:
    return rooms.edit(room=room, actor=STAFF, fields=fields)


def refused(room: Room, **fields: object) -> tuple[int, str]:
    """The code and the field of the refusal."""
    with pytest.raises(ChatError) as refusal:
        edit(room, **fields)
    return refusal.value.kind.code, refusal.value.field


def meanwhile(room: Room, **fields: object) -> Room:
    """Somebody else changes the room, after it was read for us; what we have read."""
    stale = Room.objects.get(pk=room.pk)
    edit(room, **fields)
    return stale


@pytest.mark.parametrize("fields", [{"title": "A new title"}, {"description": "new"}, {}])
def test_other_fields_do_not_undo_a_concurrent_make_private(fields):
    room = create()
    stale = meanwhile(room, **PRIVATE)
    edited = edit(stale, **fields)
    assert (edited.visibility, edited.password) == ("private", room.password)
    assert edited.password


@pytest.mark.parametrize("fields", [{"title": "A new title"}, {"description": "new"}])
def test_other_fields_do_not_undo_a_concurrent_make_public(fields):
    edited = edit(meanwhile(create("private"), visibility="public"), **fields)
    assert (edited.visibility, edited.password) == ("public", "")


@pytest.mark.parametrize("fields", [{"password": "another secret"}, {"visibility": "hidden"}])
def test_protection_that_fits_no_longer_is_refused(fields):
    room = create("private")
    stale = meanwhile(room, visibility="public")
    assert refused(stale, **fields) == (105, "visibility")
    room.refresh_from_db()
    assert (room.visibility, room.password) == ("public", "")


def test_explicit_public_takes_the_password_of_a_concurrent_make_private():
    edited = edit(meanwhile(create(), **PRIVATE), visibility="public")
    assert (edited.visibility, edited.password) == ("public", "")


def test_visibility_alone_keeps_the_password():
    room = create("private")
    before = room.password
    edited = edit(room, visibility="hidden")
    assert (edited.visibility, edited.password, edited.generation) == ("hidden", before, 1)


NOT_ADDRESSABLE = [
    "a/ws",
    "a/WS",
    "a/token",
    "a/token/renew",
    "a/renew",
    "a/enter",
    "a/",
    "a//",
    "a/／",
    "a／ws",
    "..",
]


@pytest.mark.parametrize("title", NOT_ADDRESSABLE)
def test_title_that_no_address_can_hold_is_refused(title: str):
    with pytest.raises(ChatError) as refusal:
        create(title=title)
    assert (refusal.value.kind.code, refusal.value.field) == (105, "title")
    assert refusal.value.detail
    assert refused(create(), title=title) == (105, "title")


ADDRESSABLE = [
    "ws",
    "token",
    "enter",
    "a/b",
    "/a",
    "a/wsx",
    "a/ws/b",
    "news",
    "token/ring",
    "a ws",
    "...",
    "a/.b",
]


@pytest.mark.parametrize("title", ADDRESSABLE)
def test_other_titles_are_fine(title: str):
    assert create(title=title).title == title
