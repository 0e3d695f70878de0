"""Room services, also while another client changes the same room."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection

from chat.errors import ChatError
from chat.models import Participant, Room
from chat.permissions import Actor
from chat.services import access, direct, rooms
from tests.support.marks import whole_db

pytestmark = whole_db
STAFF = Actor(None, staff=True)
SECRET = "correct horse"
PRIVATE = {"visibility": "private", "password": SECRET}


def create(visibility: str = "public", title: str = "") -> Room:
    secret = {} if visibility == "public" else {"password": SECRET}
    fields = {"title": title or f"Room {uuid.uuid4()}", "visibility": visibility} | secret
    return rooms.create_room(actor=STAFF, fields=fields, anonymous_allowed=True)


def edit(room: Room, **fields: object) -> Room:
    return rooms.edit_room(room=room, actor=STAFF, fields=fields)


def refused(room: Room, **fields: object) -> tuple[int, str]:
    """The code and the field of the refusal."""
    with pytest.raises(ChatError) as refusal:
        edit(room, **fields)
    return refusal.value.kind.code, refusal.value.field


def meanwhile(room: Room, **fields: object) -> Room:
    """Let another client change the room after we read it. Returns what we read."""
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
    before = room.password, room.generation
    edited = edit(room, visibility="hidden")
    assert (edited.visibility, edited.password, edited.generation) == ("hidden", *before)


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
    "．．",
    "‥",
    "a/../b",
    "../1",
    "./1",
    "a/./b",
    "a/..",
    "a/.",
    "x\\..\\1",
    "000001",
    "٧٥",
    "፲፪",  # Ethiopic ten and two
    "𐄇𐄈",  # Aegean
    "〡〢",  # Suzhou
    "/75",
    "\\075",
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
    "a//b",
    "see http://127.0.0.1/a",
]


@pytest.mark.parametrize("title", ADDRESSABLE)
def test_other_titles_are_accepted(title: str):
    assert create(title=title).title == title


# Titles from before they were refused


def titled(title: str, **fields: object) -> Room:
    """A room as it stands in the database of an earlier version."""
    return Room.objects.create(title=title, title_key=title, **fields)


def found(ref: str) -> int:
    try:
        return access.find_visible(ref, "", STAFF).pk
    except ChatError:
        return 0


def test_title_is_never_taken_for_a_number_nor_a_number_for_a_title():
    ones, later, same = titled("000001"), titled("75"), titled("1")
    assert [found(ref) for ref in ("1", "01", "000001", "75", "075")] == [1, 0, ones.pk, 0, 0]
    number = Room.objects.create(pk=75, title="Number 75", title_key="number 75")
    assert [found(ref) for ref in ("75", "1", "７５")] == [number.pk, 1, later.pk]
    for room in (ones, later, same):
        assert found(str(room.pk)) == room.pk
        assert access.find_titled(room.title) == room


@pytest.mark.parametrize("title", ["000001", "75", "..", "a/../b", "a/ws"])
def test_room_of_such_a_title_can_still_be_changed_and_renamed(title: str):
    room = titled(title)
    assert edit(room, title=title, description="as it was").description == "as it was"
    assert edit(room, title="A better one").title == "A better one"
    assert refused(room, title=title) == (105, "title")


# Numbers


def test_hidden_rooms_have_numbers_that_cannot_be_guessed_and_others_are_counted():
    numbers = []
    for _ in range(5):
        numbers.append(create().pk)
        hidden = create("hidden").pk
        assert 2**32 < hidden < 2**53
        numbers.append(create("private").pk)
    assert numbers == list(range(numbers[0], numbers[0] + 10))


def test_conversations_have_numbers_that_cannot_be_guessed():
    ann, ben = (Participant.objects.create(name=name, name_key=name) for name in ("ann", "ben"))
    talk = direct.open_with(ann.pk, "ben").room
    assert 2**32 < talk < 2**53
    ben.delete()
    assert create().pk < 2**32


def test_rooms_created_at_the_same_moment_have_different_numbers():
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: closing_connection(create), range(24)))
    assert len({room.pk for room in made}) == 24
    assert all(room.pk < 2**32 for room in made)


def closing_connection(do: Callable[[], Room]) -> Room:
    try:
        return do()
    finally:
        connection.close()


def test_title_that_is_taken_is_still_refused_as_such():
    create(title="Gardeners")
    with pytest.raises(IntegrityError):
        Room.objects.create(title="Gardeners", title_key="gardeners")
    with pytest.raises(ChatError) as refusal:
        create(title="Gardeners")
    assert refusal.value.kind.code == 102


def test_owner_creates_a_room_with_limits_of_posting():
    owner = Participant.objects.create(name="olga", name_key="olga").pk
    fields = {"title": "club", "visibility": "public", "slow_seconds": 30, "accounts_only": True}
    room = rooms.create_room(actor=Actor(owner), fields=fields, anonymous_allowed=False)
    assert (room.slow_seconds, room.accounts_only, room.locked) == (30, True, False)


def test_limits_of_posting_change_with_the_room_in_one_event():
    owner = Participant.objects.create(name="olga", name_key="olga").pk
    fields = {"title": "club", "visibility": "public"}
    room = rooms.create_room(actor=Actor(owner), fields=fields, anonymous_allowed=False)
    changes = {"description": "new", "slow_seconds": 30, "locked": True}
    edited = rooms.edit_room(room=room, actor=Actor(owner), fields=changes)
    assert (edited.description, edited.slow_seconds, edited.locked, edited.last_seq) == ("new", 30, True, 1)
    assert rooms.edit_room(room=edited, actor=Actor(owner), fields=changes).last_seq == 1
