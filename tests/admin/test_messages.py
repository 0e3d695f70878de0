"""The messages' pages."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from chat.models import Event, Room
from tests.admin.conftest import MakeRoom, SayIn
from tests.support.marks import whole_db

pytestmark = whole_db

LIST = "/admin/chat/event/"


@pytest.fixture
def public(db) -> Room:
    return Room.objects.get(pk=1)


def texts(response) -> list[str]:
    return [event.text for event in response.context["cl"].result_list]


def event_of(message) -> Event:
    return Event.objects.get(room=message.room, seq=message.seq)


def test_list_has_messages_only_latest_first(admin: Client, public: Room, say_in: SayIn):
    say_in(public, "one")
    admin.post("/admin/chat/room/1/lock/")
    admin.post("/admin/chat/room/1/unlock/")
    say_in(public, "two")
    assert texts(admin.get(LIST)) == ["two", "one"]


def test_list_finds_by_text_name_and_room(admin: Client, public: Room, make_room: MakeRoom, say_in: SayIn):
    garden = make_room("Gardeners")
    say_in(public, "about slugs", name="ann")
    say_in(garden, "about roses", name="ben")
    say_in(garden, "ВЕСНА пришла", name="cem")
    assert texts(admin.get(LIST, {"q": "весна"})) == ["ВЕСНА пришла"]
    assert texts(admin.get(LIST, {"q": "slugs"})) == ["about slugs"]
    assert texts(admin.get(LIST, {"q": "ben"})) == ["about roses"]
    assert texts(admin.get(LIST, {"room": garden.pk})) == ["ВЕСНА пришла", "about roses"]
    assert texts(admin.get(LIST, {"room": "x' OR 1=1"})) == ["ВЕСНА пришла", "about roses", "about slugs"]


def test_selected_messages_are_deleted_and_shown_as_removed(admin: Client, public: Room, say_in: SayIn):
    keep, remove = event_of(say_in(public, "keep")), event_of(say_in(public, "unspeakable"))
    response = admin.post(LIST, {"action": "delete_selected", "_selected_action": [remove.pk], "post": "yes"})
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["1 message deleted."]
    remove.refresh_from_db()
    assert (remove.text, remove.erased_at is None) == ("", False)
    assert Event.objects.filter(room=public, kind="erased", target=remove.seq).exists()
    html = admin.get(LIST).content.decode()
    assert "(removed)" in html
    assert "unspeakable" not in html
    assert texts(admin.get(LIST, {"removed": "no"})) == [keep.text]
    assert texts(admin.get(LIST, {"removed": "yes"})) == [""]


def test_message_is_deleted_from_its_page(admin: Client, public: Room, say_in: SayIn):
    event = event_of(say_in(public, "unspeakable"))
    assert "for 7 days" in admin.get(f"{LIST}{event.pk}/delete/").content.decode()
    admin.post(f"{LIST}{event.pk}/delete/")
    event.refresh_from_db()
    assert event.erased_at
    assert "(removed)" in admin.get(f"{LIST}{event.pk}/change/").content.decode()
    assert admin.post(f"{LIST}{event.pk}/delete/").status_code == 403


def test_messages_are_neither_made_nor_changed(admin: Client, public: Room, say_in: SayIn):
    event = event_of(say_in(public, "what was said"))
    assert admin.get(f"{LIST}add/").status_code == 403
    assert admin.post(f"{LIST}{event.pk}/change/", {"text": "what was not"}).status_code == 403
    event.refresh_from_db()
    assert event.text == "what was said"
