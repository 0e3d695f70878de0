"""Names for the completion of mentions."""

import re

import pytest
from django.db import connection
from django.test import Client

from chat.models import JoinedRoom
from chat.services import people
from tests.web.kit import make_room

pytestmark = pytest.mark.django_db

ANN = {"name": "Ann", "color": "#1d6fb8"}


def names(visitor: Client, **asked: str | int) -> list[str]:
    return re.findall(r'data-name="([^"]*)"', visitor.get("/names", asked).content.decode())


def test_members_are_found_by_a_part_of_their_name(visitor: Client) -> None:
    tea, milk = make_room("Tea"), make_room("Milk")
    for name in ("Bob Lee", "Robert", "Carol"):
        visitor.post(f"/room/{tea.pk}/enter", {"name": name, "color": ""})
        visitor.cookies.clear()
    visitor.post(f"/room/{tea.pk}/enter", ANN)
    assert names(visitor, room=tea.pk, q="ob") == ["Bob Lee", "Robert"]
    assert names(visitor, room=tea.pk, q="BOB l") == ["Bob Lee"]
    assert names(visitor, room=tea.pk, q=" ") == []
    assert names(visitor, room=milk.pk, q="ob") == []


def test_names_of_a_closed_room_are_for_its_members(visitor: Client) -> None:
    tea = make_room("Tea")
    visitor.post(f"/room/{tea.pk}/enter", ANN)
    tea.visibility, tea.password, tea.generation = "private", "x", 9
    tea.save()
    for room in (tea.pk, tea.pk + 99, "x", ""):
        assert visitor.get("/names", {"room": room, "q": "ann"}).status_code == 404


def test_index_of_members_bounds_the_search(visitor: Client) -> None:
    tea = make_room("Tea")
    visitor.post(f"/room/{tea.pk}/enter", ANN)
    joined = JoinedRoom.objects.filter(room=tea).order_by("participant").values("participant")
    if connection.vendor == "sqlite":
        assert "joined_room_members" in joined[: people.LOOKED_AT].explain()
