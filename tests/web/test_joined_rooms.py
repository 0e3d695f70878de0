"""Rooms belong to the participant: every browser of an account has the same ones."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework_simplejwt.tokens import AccessToken

from chat import tokens
from chat.events import Sender
from chat.log.kinds.message import MessageDraft
from chat.log.log import log
from chat.models import JoinedRoom, Participant, Room
from chat.permissions import Actor
from chat.services import access, bans, joined_rooms
from chat.services.joined_rooms import Joining
from tests.support.marks import whole_db
from tests.web.kit import PASSWORD, make_room, put_into

pytestmark = pytest.mark.django_db

WITH_PASSWORD = {"name": "Ann", "color": "#1d6fb8", "password": PASSWORD}


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("Ann", password="x")


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def is_in(browser: Client, room: Room) -> bool:
    """Whether the browser shows the room, and not the form to join it."""
    return b'id="chat"' in browser.get(f"/room/{room.pk}").content


@pytest.mark.parametrize("visibility", ["public", "private", "hidden"])
def test_second_browser_shows_the_room_without_the_password(ann: User, visibility: str) -> None:
    room = make_room("Team", visibility)
    first, second = browser_of(ann), browser_of(ann)
    address = f"/room/{room.pk}"
    assert not is_in(second, room)
    first.post(f"{address}/enter", WITH_PASSWORD | {"title": "Team"})
    assert is_in(second, room)
    assert b"Team" in second.get("/").content


def test_room_left_in_one_browser_is_left_in_the_other(ann: User) -> None:
    room = make_room("Team", "private")
    first, second = browser_of(ann), browser_of(ann)
    first.post(f"/room/{room.pk}/enter", WITH_PASSWORD)
    second.post("/rooms/leave", {"room": str(room.pk)})
    assert not is_in(first, room)


def test_new_password_asks_every_browser_again(ann: User) -> None:
    room = make_room("Team", "private")
    browser = browser_of(ann)
    browser.post(f"/room/{room.pk}/enter", WITH_PASSWORD)
    Room.objects.filter(pk=room.pk).update(generation=room.generation + 1)
    assert not is_in(browser, room)
    sidebar = browser.get("/").content.decode().split('<nav id="sidebar"')[1].split("<template")[0]
    assert room.title not in sidebar
    browser.post(f"/room/{room.pk}/enter", WITH_PASSWORD)
    assert is_in(browser, room)


@whole_db
def test_kicked_participant_needs_the_password_again(ann: User) -> None:
    room = make_room("Team", "private")
    browser = browser_of(ann)
    browser.post(f"/room/{room.pk}/enter", WITH_PASSWORD)
    participant = Participant.objects.get(user=ann)
    joined_rooms.note_joined([Joining(participant.pk, room.pk, room.generation)])
    put_into(room, "Ann", participant=participant.pk)
    bans.kick_name(room=room, actor=Actor(room.owner_id), name="Ann")
    assert not access.may_enter(room, Actor(participant.pk))


def bearer_of(user: User) -> dict[str, str]:
    return {"authorization": f"Bearer {AccessToken.for_user(user)}"}


@whole_db
@pytest.mark.parametrize("visibility", ["private", "hidden"])
def test_banned_participant_is_told_nothing_of_a_closed_room(ann: User, visibility: str) -> None:
    room, browser, rest = make_room("Team", visibility), browser_of(ann), Client(headers=bearer_of(ann))
    browser.post(f"/room/{room.pk}/enter", WITH_PASSWORD | {"title": "Team"})
    put_into(room, "Zoe")
    told = [f"/chats/{room.pk}", f"/chats/{room.pk}/moderators", f"/api/search?text=a&room={room.pk}"]
    assert [rest.get(path).status_code for path in told] == [200, 200, 200]
    assert rest.get(told[0]).json()["users"]
    assert b"Team" in browser.get("/").content.split(b'<nav id="sidebar"')[1].split(b"<template")[0]
    bans.ban(room=room, actor=Actor(room.owner_id), fields={"name": "Ann"})
    assert rest.get(told[0]).json()["users"] == []
    assert [rest.get(path).json()["error"]["code"] for path in told[1:]] == [921, 921]
    assert b"Team" not in browser.get("/").content.split(b'<nav id="sidebar"')[1].split(b"<template")[0]
    token = tokens.issue_token(room.pk, room.generation, "Ann").token
    by_token = Client(headers={"authorization": f"Bearer {token}"})
    assert by_token.get(told[0]).json()["users"] == []


@whole_db
def test_search_without_a_room_finds_what_is_in_joined_closed_rooms(ann: User) -> None:
    room, browser, rest = make_room("Team", "private"), browser_of(ann), Client(headers=bearer_of(ann))
    said = MessageDraft(room=room.pk, at=datetime.now(UTC), sender=Sender("Zoe"), text="hush")
    log.append_and_wait(said)

    def find() -> list[str]:
        return [one["text"] for one in rest.get("/api/search?text=hush").json()["messages"]]

    assert find() == []
    browser.post(f"/room/{room.pk}/enter", WITH_PASSWORD)
    assert find() == ["hush"]
    bans.ban(room=room, actor=Actor(room.owner_id), fields={"name": "Ann"})
    assert find() == []


@whole_db
def test_owner_searches_a_closed_room_with_an_access_token(ann: User) -> None:
    room = make_room("Team", "private")
    Room.objects.filter(pk=room.pk).update(owner=Participant.objects.get(user=ann))
    assert Client(headers=bearer_of(ann)).get(f"/api/search?text=a&room={room.pk}").status_code == 200


def test_rooms_of_an_earlier_session_are_taken_over(ann: User) -> None:
    closed, other, public = make_room("Team", "private"), make_room("Other", "private"), make_room("Open")
    browser = browser_of(ann)
    session = browser.session
    token = tokens.issue_token(closed.pk, closed.generation, "Ann").token
    kept = {str(closed.pk): token, str(other.pk): "", str(public.pk): "", "4711": ""}
    session["rooms"] = {ref: {"name": "Ann", "color": "", "token": token} for ref, token in kept.items()}
    session.save()
    assert [is_in(browser, room) for room in (closed, other, public)] == [True, False, True]
    assert "rooms" not in browser.session


def test_account_takes_over_public_rooms_of_its_guest(ann: User) -> None:
    guest = Participant.objects.create(name="Bob", name_key="bob")
    account = Participant.objects.get(user=ann)
    closed, public = make_room("Team", "private"), make_room("Open")
    joinings = [Joining(guest.pk, closed.pk, closed.generation), Joining(guest.pk, public.pk)]
    joined_rooms.note_joined(joinings)
    assert joined_rooms.take_over(guest.pk, account.pk) == [public.pk]
    assert [row.room_id for row in joined_rooms.list_joined(Actor(account.pk), 10)] == [public.pk]


def test_right_of_a_moderator_is_no_password(ann: User) -> None:
    room, account = make_room("Team", "private"), Participant.objects.get(user=ann)
    room.moderators.add(account)
    joined_rooms.note_joined([Joining(account.pk, room.pk)])
    assert access.may_enter(room, Actor(account.pk))
    room.moderators.remove(account)
    assert not access.may_enter(Room.objects.get(pk=room.pk), Actor(account.pk))
    assert JoinedRoom.objects.valid().count() == 0
