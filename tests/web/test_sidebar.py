"""The sidebar: recent rooms and conversations, with unread counts."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from chat import validation
from chat.models import Event, Participant, ReadMark, Room, UnfinishedText
from tests.web.kit import PASSWORD, make_room, text_of

pytestmark = pytest.mark.django_db

ANN = {"name": "Ann", "color": "#1d6fb8"}


@pytest.fixture
def bob() -> Participant:
    return Participant.objects.create(name="Bob", name_key=validation.name_key("Bob"))


def say(room: Room, sender: Participant | None, count: int = 1) -> None:
    now = timezone.now()
    Event.objects.bulk_create(
        Event(room=room, seq=room.last_seq + n, kind="message", sender=sender, text="x", created_at=now)
        for n in range(1, count + 1)
    )
    room.last_seq += count
    room.save()


def me() -> Participant:
    return Participant.objects.get(name="Ann")


def talk_with(other: Participant) -> Room:
    low, high = sorted([me(), other], key=lambda each: each.pk)
    return Room.objects.create(low=low, high=high, visibility="hidden")


def listed(visitor: Client, path: str = "/") -> str:
    """What the sidebar of the page says."""
    return text_of(visitor.get(path).content.partition(b'<nav id="sidebar"')[2].partition(b"</nav>")[0])


def test_visited_rooms_stand_first_the_latest_first_with_what_is_unread(
    visitor: Client, bob: Participant
) -> None:
    tea, milk = make_room("Tea"), make_room("Milk")
    for room in (tea, milk):
        visitor.post(f"/room/{room.pk}/enter", ANN)
    say(tea, bob, 3)
    say(tea, me())
    ReadMark.objects.create(participant=me(), room=tea, seq=1)
    assert "Your rooms Milk Tea 2 2 unread messages" in listed(visitor)
    say(milk, bob, 101)
    assert "Milk 99+ more than 99 unread messages Tea" in listed(visitor)


def test_every_joined_room_is_listed_with_its_counts(visitor: Client, bob: Participant) -> None:
    rooms = [make_room(f"Room {number}") for number in range(20)]
    for room in rooms:
        visitor.post(f"/room/{room.pk}/enter", ANN)
    say(rooms[0], bob, 2)
    assert listed(visitor).count("Room ") == 20
    assert "Room 0 2 2 unread messages" in listed(visitor)


def test_a_room_that_was_left_or_deleted_is_not_listed(visitor: Client) -> None:
    tea, milk = make_room("Tea"), make_room("Milk")
    for room in (tea, milk):
        visitor.post(f"/room/{room.pk}/enter", ANN)
    visitor.post("/rooms/leave", {"room": str(tea.pk)})
    Room.objects.filter(pk=milk.pk).update(deleted_at=timezone.now())
    assert "Your rooms" not in listed(visitor)


def test_a_new_password_takes_a_room_off_the_list(visitor: Client, bob: Participant) -> None:
    room = make_room("Secret garden", "hidden")
    visitor.post("/room/Secret garden/enter", ANN | {"password": PASSWORD})
    say(room, bob)
    assert "Secret garden 1 1 unread message" in listed(visitor)
    assert f'href="/room/{room.pk}"'.encode() in visitor.get("/").content
    Room.objects.filter(pk=room.pk).update(title="Renamed", generation=2)
    assert "Renamed" not in listed(visitor)


def test_expired_token_keeps_the_room_listed(visitor: Client, bob: Participant, monkeypatch) -> None:
    monkeypatch.setattr("chat.tokens.RoomToken.lifetime", timedelta(seconds=-1))
    room = make_room("Team", "private")
    visitor.post(f"/room/{room.pk}/enter", ANN | {"password": PASSWORD})
    say(room, bob)
    assert "Team 1 1 unread message" in listed(visitor)


def test_conversations_are_listed_by_the_other_name(visitor: Client, bob: Participant) -> None:
    visitor.post("/room/1/enter", ANN)
    say(talk_with(bob), bob, 2)
    assert "Direct messages Bob 2 2 unread messages" in listed(visitor)
    assert b'href="/direct/Bob"' in visitor.get("/").content


def test_former_owner_of_a_name_is_not_its_current_owner(visitor: Client, bob: Participant) -> None:
    visitor.post("/room/1/enter", ANN)
    say(talk_with(bob), bob)
    Participant.objects.filter(pk=bob.pk).update(name_key=None)
    Participant.objects.create(name="Bob", name_key=validation.name_key("Bob"))
    assert "Bob" not in listed(visitor)


def test_visitor_without_identity_has_no_entries(visitor: Client) -> None:
    assert "Your rooms" not in listed(visitor)


def test_query_count_does_not_depend_on_the_number_of_entries(
    visitor: Client, bob: Participant, django_assert_max_num_queries
) -> None:
    for number in range(4):
        room = make_room(f"Room {number}", "private")
        visitor.post(f"/room/{room.pk}/enter", ANN | {"password": PASSWORD})
        other = Participant.objects.create(name=f"Other {number}", name_key=f"other {number}")
        say(talk_with(other), other)
    with django_assert_max_num_queries(10):
        visitor.get("/")


def test_newcomers_have_nothing_unread_and_count_from_there_on(visitor: Client, bob: Participant) -> None:
    tea, milk = make_room("Tea"), make_room("Milk")
    say(tea, bob, 75)
    visitor.post(f"/room/{tea.pk}/enter", ANN)
    visitor.post(f"/room/{milk.pk}/enter", ANN)
    assert "Your rooms Milk Tea" in listed(visitor)
    say(tea, bob, 2)
    visitor.post("/rooms/leave", {"room": str(tea.pk)})
    visitor.post(f"/room/{tea.pk}/enter", ANN)  # no newcomer any more
    say(milk, bob, 3)
    assert "Your rooms Tea 2 2 unread messages Milk 3 3 unread messages" in listed(visitor)


def test_an_account_is_a_newcomer_where_its_guest_was_before(
    visitor: Client, bob: Participant, django_user_model: type[User]
) -> None:
    django_user_model.objects.create_user("Anna", password=PASSWORD)
    tea, milk = make_room("Tea"), make_room("Milk")
    say(tea, bob, 5)
    say(milk, bob, 5)
    ReadMark.objects.create(participant=Participant.objects.get(name="Anna"), room=milk, seq=4)
    for room in (tea, milk):
        visitor.post(f"/room/{room.pk}/enter", ANN)
    visitor.post("/sign-in", {"username": "Anna", "password": PASSWORD})
    assert "Your rooms Milk 1 1 unread message Tea" in listed(visitor)


def test_current_entry_has_nothing_unread(visitor: Client, bob: Participant) -> None:
    room = make_room("Tea")
    visitor.post(f"/room/{room.pk}/enter", ANN)
    say(room, bob, 3)
    say(talk_with(bob), bob, 2)
    beside = text_of(visitor.get(f"/room/{room.pk}").content.partition(b"<header")[0])
    assert "Your rooms Tea Direct messages Bob 2 2 unread messages" in beside
    beside = text_of(visitor.get("/direct/Bob").content.partition(b"<header")[0])
    assert "Your rooms Tea 3 3 unread messages Direct messages Bob" in beside
    assert "2 unread" not in beside


def test_rooms_and_conversations_in_which_the_visitor_writes_are_marked(
    visitor: Client, bob: Participant
) -> None:
    tea, milk = make_room("Tea"), make_room("Milk")
    for room in (tea, milk):
        visitor.post(f"/room/{room.pk}/enter", ANN)
    talk = talk_with(bob)
    say(talk, bob)
    for room, writer in ((tea, me()), (talk, me()), (milk, bob)):
        UnfinishedText.objects.create(room=room, participant=writer, text="half", at=timezone.now())
    words = listed(visitor)
    assert "Milk Tea Draft" in words
    assert "Bob Draft 1" in words
    assert "half" not in words
