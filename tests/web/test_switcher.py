"""The quick switcher: places by a part of their name, and none that the visitor may not know of."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from chat import validation
from chat.budgets import LimitTable
from chat.models import Ban, Participant, Room
from chat.permissions import Actor
from chat.services import spending
from tests.web.kit import PASSWORD, make_room, put_into, text_of

pytestmark = pytest.mark.django_db

ANN = {"name": "Ann", "color": "#1d6fb8"}


def make_person(name: str, **fields: object) -> Participant:
    return Participant.objects.create(name=name, name_key=validation.name_key(name), **fields)


def found(visitor: Client, sought: str) -> str:
    page = visitor.get("/switch", {"q": sought}).content
    return text_of(page.partition(b'<div id="found">')[2].partition(b"</div>")[0])


@pytest.fixture
def ann(visitor: Client) -> Client:
    visitor.post(f"/room/{make_room('Tea').pk}/enter", ANN)
    return visitor


def test_rooms_are_found_by_a_part_of_the_title_joined_ones_first(ann: Client) -> None:
    make_room("A teapot")
    make_room("Teas", "private")
    make_room("Milk")
    assert found(ann, "TEA") == "Rooms Tea A teapot Teas"
    assert found(ann, "") == ""
    assert found(ann, "\x00") == ""
    assert found(ann, "coffee") == "Nothing matches “coffee”."


def test_hidden_room_is_found_by_those_who_joined_it(ann: Client) -> None:
    room = make_room("Secret tea", "hidden")
    assert "Secret" not in found(ann, "tea")
    ann.post("/room/Secret tea/enter", ANN | {"password": PASSWORD})
    assert "Secret tea" in found(ann, "tea")
    Room.objects.filter(pk=room.pk).update(generation=2)
    assert "Secret" not in found(ann, "tea")


def test_people_in_joined_rooms_and_of_conversations_are_found(ann: Client) -> None:
    bob, bobby, robot = (make_person(name) for name in ("Bob", "Bobby", "Bobot"))
    put_into(Room.objects.get(title="Tea"), "Bob", participant=bob.pk)
    put_into(make_room("Milk"), "Bobot", participant=robot.pk)
    me = Participant.objects.get(name="Ann")
    low, high = sorted([me, bobby], key=lambda each: each.pk)
    Room.objects.create(low=low, high=high, visibility="hidden", last_seq=1)
    assert found(ann, "bob") == "People Bob Bobby"
    assert found(ann, "bobot") == "People Bobot", "by the whole name, as a conversation begins"
    assert "Ann" not in found(ann, "ann")


def test_people_of_a_room_are_not_found_by_those_banned_from_it(ann: Client) -> None:
    tea = Room.objects.get(title="Tea")
    put_into(tea, "Bobby", participant=make_person("Bobby").pk)
    assert "Bobby" in found(ann, "bob")
    Ban.objects.create(
        room=tea, key=f"name:{validation.name_key('Ann')}", name="Ann", rank=1, at=timezone.now()
    )
    Room.objects.filter(pk=tea.pk).update(bans=True)
    assert "Bobby" not in found(ann, "bob")


def test_closed_accounts_are_not_found(ann: Client) -> None:
    make_person("Bob", user=User.objects.create_user("bob", is_active=False))
    assert "People" not in found(ann, "bob")


def test_visitor_without_a_name_finds_listed_rooms_alone(client: Client) -> None:
    make_room("Tea")
    make_person("Teabag")
    assert found(client, "tea") == "Rooms Tea"


@pytest.mark.parametrize("page", ["/switch", "/"])
def test_search_takes_one_of_the_slots_of_searches(
    ann: Client, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr(spending.budgets, "table", LimitTable())
    actor = Actor(Participant.objects.get(name="Ann").pk)
    with spending.searching(actor, ""):
        assert ann.get(page, {"q": "tea"}).status_code == 200
        with spending.searching(actor, ""):
            refused = ann.get(page, {"q": "tea"})
            assert (refused.status_code, refused["Retry-After"]) == (429, "1")
            assert ann.get("/").status_code == 200
    assert ann.get(page, {"q": "tea"}).status_code == 200
