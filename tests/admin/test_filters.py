"""Filters in the admin site: the page that adds and tries them, the list, and removal."""

import pytest
from django.test import Client

from chat.models import AuditEntry, Filter, Room
from tests.admin.conftest import MakeRoom, MakeStaff, SayIn
from tests.admin.test_rooms import told
from tests.support.marks import whole_db

pytestmark = whole_db
LIST = "/admin/chat/filter/"
ADD = f"{LIST}add/"
WORDS = {"room": "", "kind": "words", "pattern": "spam", "amount": "", "action": "refuse", "note": "why"}


@pytest.fixture
def room(make_room: MakeRoom) -> Room:
    return make_room("Gardeners")


def test_moderator_of_the_site_tries_and_adds_a_filter(moderator: Client, room: Room, say_in: SayIn):
    say_in(room, "buy spam")
    say_in(room, "hello")
    page = moderator.post(ADD, WORDS | {"try": "yes"}).content.decode()
    assert "Of the latest 2 messages, this filter would have caught 1." in page
    assert "buy spam" in page
    assert not Filter.objects.exists()
    answer = moderator.post(ADD, WORDS)
    assert (answer["Location"], told(answer)) == (LIST, "The filter was added.")
    added = Filter.objects.get()
    assert (added.room, added.pattern, added.note, added.by) == (None, "spam", "why", "mona")
    page = moderator.get(LIST).content.decode()
    assert "spam" in page
    assert "The server" in page
    assert AuditEntry.objects.get(act="add_filter").actor_name == "mona"


def test_filter_of_one_room_is_added_and_removed(moderator: Client, room: Room):
    moderator.post(ADD, WORDS | {"room": str(room.pk)})
    added = Filter.objects.get()
    assert added.room == room
    assert moderator.post(f"{LIST}{added.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Filter.objects.exists()
    room.refresh_from_db()
    assert room.filters == ""


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "regex", "pattern": "("}, "this is no regular expression of RE2: missing )"),
        ({"pattern": ""}, "pattern must not be empty"),
        ({"room": "999"}, "Select a valid choice"),
    ],
)
def test_wrong_filter_is_explained(moderator: Client, fields: dict[str, str], words: str):
    for how in ({}, {"try": "yes"}):
        assert words in moderator.post(ADD, WORDS | fields | how).content.decode()
    assert not Filter.objects.exists()


def test_staff_without_the_permission_see_no_filters(make_staff: MakeStaff):
    staff = make_staff("change_room")
    assert [staff.get(url).status_code for url in (LIST, ADD)] == [403, 403]
    assert staff.post(ADD, WORDS).status_code == 403
