"""Deleting a selection asks first, and messages of deleted rooms can be deleted as well."""

import re

import pytest
from django.test import Client

from chat.models import Event, Room
from chat.permissions import Actor
from chat.services import rooms
from tests.admin.conftest import MakeRoom, SayIn
from tests.support.marks import whole_db

pytestmark = whole_db

STAFF = Actor(None, staff=True)
ROOMS, MESSAGES = "/admin/chat/room/", "/admin/chat/event/"


def confirmed(client: Client, address: str, asked: str):
    """Press the button of the page that asks."""
    form = asked[asked.index('class="chosen"') :]
    given: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*hidden[^>]*>", form):
        name, value = (re.search(rf'{key}="([^"]*)"', tag) for key in ("name", "value"))
        assert name
        assert value
        given.setdefault(name[1], []).append(value[1])
    return client.post(address, given)


def readable() -> list[str]:
    return list(Event.objects.filter(kind="message", erased_at=None).values_list("text", flat=True))


def test_hundred_ticked_messages_are_deleted_after_a_question(moderator: Client, say_in: SayIn):
    room = Room.objects.get(pk=1)
    for number in range(100):
        say_in(room, f"number <{number}>")
    ticked = {
        "action": "delete_selected",
        "_selected_action": list(Event.objects.values_list("pk", flat=True)),
    }
    asked = moderator.post(MESSAGES, ticked)
    page = asked.content.decode()
    assert len(readable()) == 100
    assert "Delete 100 messages?" in " ".join(page.split())
    assert "ann: number &lt;42&gt;" in page
    assert "for 7 days" in page
    assert confirmed(moderator, MESSAGES, page).status_code == 302
    assert readable() == []


def test_all_messages_of_a_search_are_deleted_after_a_question(moderator: Client, say_in: SayIn):
    room = Room.objects.get(pk=1)
    for text in ("spam one", "spam two", "ham"):
        say_in(room, text)
    first = Event.objects.first()
    assert first
    ticked = {"action": "delete_selected", "_selected_action": [first.pk], "select_across": "1"}
    page = moderator.post(f"{MESSAGES}?q=spam", ticked).content.decode()
    say_in(room, "spam that came meanwhile")
    confirmed(moderator, f"{MESSAGES}?q=spam", page)
    assert readable() == ["ham", "spam that came meanwhile"]


def test_selection_too_large_to_confirm_is_refused(
    moderator: Client, say_in: SayIn, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("chat.admin.base.MOST_AT_ONCE", 2)
    room = Room.objects.get(pk=1)
    for number in range(3):
        say_in(room, str(number))
    ticked = {
        "action": "delete_selected",
        "_selected_action": list(Event.objects.values_list("pk", flat=True)),
    }
    answer = moderator.post(MESSAGES, ticked | {"post": "yes"}, follow=True)
    assert "Select at most 2" in answer.content.decode()
    assert len(readable()) == 3


def test_ticked_rooms_are_deleted_after_a_question(moderator: Client, make_room: MakeRoom):
    made = [make_room("Gardeners"), make_room("Hidden <garden>", "hidden")]
    ticked = {"action": "delete_selected", "_selected_action": [room.pk for room in made]}
    page = moderator.post(ROOMS, ticked).content.decode()
    assert Room.objects.existing().count() == 3
    assert "Hidden &lt;garden&gt;" in page
    confirmed(moderator, ROOMS, page)
    assert Room.objects.existing().count() == 1


def test_messages_ticked_on_the_page_of_a_room_are_deleted_after_a_question(
    moderator: Client, make_room: MakeRoom, say_in: SayIn
):
    room = make_room("Gardeners")
    said = [say_in(room, text) for text in ("one", "two", "three")]
    address = f"{ROOMS}{room.pk}/erase/"
    page = moderator.post(address, {"seq": [said[0].seq, said[2].seq]}).content.decode()
    assert readable() == ["one", "two", "three"]
    assert "ann: three" in page
    assert "ann: two" not in page
    assert confirmed(moderator, address, page).status_code == 302
    assert readable() == ["two"]


@pytest.mark.parametrize("way", ["list", "page", "room"])
def test_message_of_a_deleted_room_is_deleted_and_the_room_stays_deleted(
    moderator: Client, make_room: MakeRoom, say_in: SayIn, way: str
):
    room = make_room("Gardeners")
    said = say_in(room, "unspeakable")
    rooms.delete_room(room=room, actor=STAFF)
    event = Event.objects.get(room=room, seq=said.seq)
    if way == "list":
        ticked = {"action": "delete_selected", "_selected_action": [event.pk], "post": "yes"}
        moderator.post(MESSAGES, ticked)
    elif way == "page":
        moderator.post(f"{MESSAGES}{event.pk}/delete/", {"post": "yes"})
    else:
        page = moderator.get(f"{ROOMS}{room.pk}/change/").content.decode()
        assert f'value="{said.seq}"' in page[page.index('id="latest"') :]
        moderator.post(f"{ROOMS}{room.pk}/erase/", {"seq": said.seq, "post": "yes"})
    event.refresh_from_db()
    assert (event.text, event.erased_at is None) == ("", False)
    room.refresh_from_db()
    assert room.deleted_at is not None
    assert room.last_seq == said.seq + 2
    restored = rooms.restore_room(room=room, actor=STAFF)
    assert restored.last_seq == said.seq + 3
    assert readable() == []


def test_messages_of_a_deleted_room_are_found_from_its_page(
    moderator: Client, make_room: MakeRoom, say_in: SayIn
):
    room = make_room("Gardeners")
    say_in(room, "in the deleted room")
    say_in(Room.objects.get(pk=1), "elsewhere")
    rooms.delete_room(room=room, actor=STAFF)
    for number in range(25):
        Room.objects.create(title=f"Room {number}", title_key=f"room {number}", last_seq=100)
    found = moderator.get(MESSAGES, {"room": room.pk}).context["cl"].result_list
    assert [event.text for event in found] == ["in the deleted room"]


def test_questions_and_what_was_done_are_in_the_language_of_the_browser(
    admin: Client, make_room: MakeRoom
) -> None:
    room = make_room("Gardeners")
    german = {"accept-language": "de"}
    page = admin.get(f"/admin/chat/room/{room.pk}/delete/", headers=german).content.decode()
    assert "Löschen: Raum „Gardeners“?" in page
    assert "Abbrechen" in page
    chosen = {"action": "delete_selected", "_selected_action": [str(room.pk)]}
    page = admin.post("/admin/chat/room/", chosen, headers=german).content.decode()
    assert "Löschen: 1 Raum?" in page
    assert "Cancel" not in page
