"""The people of a room who are not in it now, for the members panel and the completion of mentions."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from chat import validation
from chat.budgets import LimitTable
from chat.models import Ban, JoinedRoom, Participant, Room
from chat.permissions import Actor
from chat.services import joined_rooms, people, spending
from chat.web import switcher
from tests.web.kit import PASSWORD, make_room, put_into

pytestmark = pytest.mark.django_db

ANN = {"name": "Ann", "color": "#1d6fb8"}


def page(visitor: Client, **asked: str | int) -> str:
    answer = visitor.get("/names", asked)
    return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)


def names(visitor: Client, **asked: str | int) -> list[str]:
    return re.findall(r'data-name="([^"]*)"', page(visitor, **asked))


def more(visitor: Client, **asked: str | int) -> int | None:
    found = re.search(r'data-more="(\d+)"', page(visitor, **asked))
    return found and int(found[1])


def join(room: Room, *names: str, **fields: object) -> list[Participant]:
    """People of these names who have joined the room and are not there."""
    found = []
    for name in names:
        key, known = validation.name_key(name), fields | {"name": name}
        found.append(Participant.objects.update_or_create(name_key=key, defaults=known)[0])
    joined_rooms.note_joined([joined_rooms.Joining(one.pk, room.pk, room.generation) for one in found])
    return found


@pytest.fixture
def tea(visitor: Client) -> Room:
    """A room that Ann, the visitor, has joined and is in."""
    tea = make_room("Tea")
    visitor.post(f"/room/{tea.pk}/enter", ANN)
    put_into(tea, "Ann", participant=Participant.objects.get(name="Ann").pk)
    return tea


def test_those_away_are_found_by_a_word_of_their_name(visitor: Client, tea: Room) -> None:
    join(tea, "Bob Lee", "Robert", "Carol")
    assert names(visitor, room=tea.pk, q="le") == ["Bob Lee"]
    assert names(visitor, room=tea.pk, q="BOB l") == ["Bob Lee"]
    assert names(visitor, room=tea.pk, q="ob") == []
    assert more(visitor, room=tea.pk, q="le") is None


def test_all_away_come_in_pages_by_name(visitor: Client, tea: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switcher, "_FIRST_PAGE", 2)
    monkeypatch.setattr(switcher, "_LATER_PAGE", 3)
    join(tea, "Fay", "bob", "Eve", "Carol", "Dave", "Gus")
    assert (names(visitor, room=tea.pk), more(visitor, room=tea.pk)) == (["bob", "Carol"], 4)
    asked: dict[str, str | int] = {"room": tea.pk, "after": "Carol"}
    assert (names(visitor, **asked), more(visitor, **asked)) == (["Dave", "Eve", "Fay"], 1)
    asked["after"] = "Fay"
    assert (names(visitor, **asked), more(visitor, **asked)) == (["Gus"], 0)


def test_who_runs_the_room_is_in_no_list_and_is_found(visitor: Client, tea: Room) -> None:
    olga, mona, _ = join(tea, "Olga", "Mona", "Omar")
    Room.objects.filter(pk=tea.pk).update(owner=olga.pk)
    tea.moderators.add(mona)
    assert names(visitor, room=tea.pk) == ["Omar"]
    assert names(visitor, room=tea.pk, q="o") == ["Olga", "Omar"]


def test_those_here_gone_or_banned_are_not_away(visitor: Client, tea: Room) -> None:
    long_ago = timezone.now() - timedelta(days=99)
    here, banned, lifted = join(tea, "Here", "Banned", "Lifted")
    join(tea, "Once", returns=False)
    join(tea, "Long ago", seen_at=long_ago)
    for name, active in (("Closed", False), ("Long ago, with an account", True)):
        join(tea, name, user=User.objects.create_user(name, is_active=active), seen_at=long_ago)
    put_into(tea, "Here", participant=here.pk)
    for room, who, until in ((tea, banned, None), (None, lifted, timezone.now() - timedelta(hours=1))):
        Ban.objects.create(
            room=room, key=f"name:{who.name_key}", participant=who, rank=1, at=timezone.now(), until=until
        )
    assert names(visitor, room=tea.pk) == ["Lifted", "Long ago, with an account"]
    joined_rooms.leave_room(lifted.pk, tea.pk)
    assert names(visitor, room=tea.pk, q="l") == ["Long ago, with an account"]


def test_list_is_for_those_who_have_joined(visitor: Client, tea: Room) -> None:
    join(tea, "Bob")
    other = Client()
    assert page(other, room=tea.pk) == page(other, room=tea.pk, q="bob") == "404"
    other.post(f"/room/{make_room('Milk').pk}/enter", ANN | {"name": "Eve"})
    assert page(other, room=tea.pk) == page(other, room=tea.pk, q="bob") == "404"
    other.post(f"/room/{tea.pk}/enter", ANN | {"name": "Eve"})
    assert names(other, room=tea.pk, q="b") == ["Bob"]
    assert page(visitor, room=tea.pk + 99) == page(visitor, room="x") == page(visitor, room="") == "404"
    joined_rooms.leave_room(Participant.objects.get(name="Eve").pk, tea.pk)
    assert page(other, room=tea.pk) == "404"


def test_list_of_a_closed_room_ends_with_its_password_a_kick_or_a_ban(visitor: Client) -> None:
    club = make_room("Club", "hidden")
    visitor.post("/room/Club/enter", ANN | {"password": PASSWORD})
    put_into(club, "Ann", participant=Participant.objects.get(name="Ann").pk)
    bob, _ = join(club, "Bob", "Carol")
    assert names(visitor, room=club.pk) == ["Bob", "Carol"]
    JoinedRoom.objects.filter(room=club, participant=bob).update(generation=0)  # as a kick does
    assert names(visitor, room=club.pk) == ["Carol"]
    ban = Ban.objects.create(
        room=club, key=f"name:{validation.name_key('Ann')}", name="Ann", rank=1, at=timezone.now()
    )
    Room.objects.filter(pk=club.pk).update(bans=True)
    assert page(visitor, room=club.pk) == "404"
    ban.delete()
    assert names(visitor, room=club.pk) == ["Carol"]
    Room.objects.filter(pk=club.pk).update(generation=9)
    assert page(visitor, room=club.pk) == "404"
    Room.objects.filter(pk=club.pk).update(generation=1, deleted_at=timezone.now())
    assert page(visitor, room=club.pk) == "404"


def test_list_takes_one_of_the_slots_of_searches(
    visitor: Client, tea: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spending.budgets, "table", LimitTable())
    actor = Actor(Participant.objects.get(name="Ann").pk)
    with spending.searching(actor, ""), spending.searching(actor, ""):
        assert page(visitor, room=tea.pk) == page(visitor, room=tea.pk, q="a") == "429"
    assert names(visitor, room=tea.pk) == []


def test_index_of_members_bounds_the_search(visitor: Client, tea: Room) -> None:
    joined = JoinedRoom.objects.valid().filter(room=tea).order_by("participant").values("participant")
    if connection.vendor == "sqlite":
        assert "joined_room_members" in joined[: people.LOOKED_AT].explain()
