"""Mentions, joined rooms and their levels over REST."""

import httpx
import pytest

from chat.models import Room
from chat.services.joined_rooms import Joining, note_joined
from tests.api.test_rules import account, rest
from tests.log.test_mentions import say
from tests.support.marks import whole_db
from tests.support.rest import Rest, refusal

__all__ = ["rest"]  # a fixture
pytestmark = whole_db


@pytest.fixture
def club() -> Room:
    return Room.objects.create(title="club", title_key="club")


def join(room: Room, participant: int) -> None:
    note_joined([Joining(participant, room.pk)])


def test_mentions_are_listed(rest: Rest, club: Room):
    number, bob = account("bob")
    join(club, number)
    for text in ("@bob 1", "no one", "@bob 2"):
        say(club, "ann", text)
    page = rest.client.get("/api/mentions", params={"limit": 1}, headers=bob).json()
    (latest,) = page["mentions"]
    assert (page["more"], latest["title"]) == (True, "club")
    assert (latest["message"]["seq"], latest["message"]["text"]) == (3, "@bob 2")
    assert latest["message"]["mentions"] == ["bob"]
    asked = {"before": latest["id"], "room": club.pk}
    rest_of_them = rest.client.get("/api/mentions", params=asked, headers=bob).json()
    assert [one["message"]["seq"] for one in rest_of_them["mentions"]] == [1]
    assert refusal(rest.client.get("/api/mentions")) == (401, 204, "")
    assert refusal(rest.client.get("/api/mentions", params={"limit": 0}, headers=bob)) == (400, 303, "limit")


def test_level_of_a_joined_room_is_set(rest: Rest, club: Room):
    number, bob = account("bob")
    address = f"/api/rooms/{club.pk}/level"
    wanted = {"level": "mentions", "seconds": 3600}
    assert refusal(rest.client.put(address, json=wanted, headers=bob)) == (404, 101, "room")
    join(club, number)
    say(club, "ann", "@bob")
    before: httpx.Response = rest.client.get("/api/rooms", headers=bob)
    (told,) = before.json()
    assert told == {
        "room": club.pk,
        "title": "club",
        "seq": 1,
        "read": 0,
        "unread": 1,
        "mentions": 1,
        "level": "all",
        "level_until": None,
    }
    (after,) = rest.client.put(address, json=wanted, headers=bob).json()
    assert (after["level"], after["level_until"] is None) == ("mentions", False)
    assert refusal(rest.client.put(address, json={"level": "x"}, headers=bob)) == (400, 303, "level")
    assert refusal(rest.client.put(address, json=wanted)) == (401, 204, "")
    assert refusal(rest.client.get("/api/rooms")) == (401, 204, "")


def test_read_mark_moves_forward_and_back(rest: Rest, club: Room):
    number, bob = account("bob")
    address = f"/api/rooms/{club.pk}/read"
    join(club, number)
    for text in ("1", "@bob 2", "3"):
        say(club, "ann", text)

    def put(**body: object) -> dict[str, object]:
        answer: dict[str, object] = rest.client.put(address, json=body, headers=bob).json()
        return answer

    here = {"room": club.pk}
    assert put(seq=2) == here | {"read": 2, "unread": 1, "mentions": 0}
    assert put(seq=1) == here | {"read": 2, "unread": 1, "mentions": 0}
    assert put(seq=1, back=True) == here | {"read": 1, "unread": 2, "mentions": 1}
    assert put(seq=99) == here | {"read": 3, "unread": 0, "mentions": 0}
    wrong: list[dict[str, object]] = [{}, {"seq": -1}, {"seq": True}, {"seq": 1, "back": 1}]
    for body, field in zip(wrong, ("seq", "seq", "seq", "back"), strict=True):
        assert refusal(rest.client.put(address, json=body, headers=bob)) == (400, 303, field)
    assert refusal(rest.client.put(address, json={"seq": 1})) == (401, 204, "")
    nowhere = f"/api/rooms/{club.pk + 9}/read"
    assert refusal(rest.client.put(nowhere, json={"seq": 1}, headers=bob)) == (404, 101, "")


def test_messages_are_saved_listed_and_removed(rest: Rest, club: Room):
    number, bob = account("bob")
    join(club, number)
    for text in ("1", "2"):
        say(club, "ann", text)
    address = f"/api/saved/{club.pk}"
    for seq in (1, 2):
        assert rest.client.put(f"{address}/{seq}", headers=bob).json() == {"status": True}
    page = rest.client.get("/api/saved", params={"limit": 1}, headers=bob).json()
    (latest,) = page["saved"]
    assert (page["more"], latest["title"], latest["message"]["text"]) == (True, "club", "2")
    rest.client.delete(f"{address}/2", headers=bob)
    left = rest.client.get("/api/saved", params={"room": club.pk}, headers=bob).json()
    assert [one["message"]["seq"] for one in left["saved"]] == [1]
    assert refusal(rest.client.put(f"{address}/9", headers=bob)) == (404, 205, "target")
    assert refusal(rest.client.put(f"{address}/1")) == (401, 204, "")
    assert refusal(rest.client.get("/api/saved")) == (401, 204, "")
