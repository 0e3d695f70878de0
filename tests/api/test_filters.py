"""Filters over REST."""

from typing import Any

import pytest
from django.utils import timezone

from chat.budgets import LimitTable
from chat.models import HeldMessage, Participant
from chat.permissions import Actor
from chat.services import spending
from tests.api.test_reports import account, club, rest
from tests.support.marks import whole_db
from tests.support.rest import Rest, refusal

__all__ = ["club", "rest"]  # fixtures for the tests here, too
pytestmark = whole_db
WORDS = {"kind": "words", "action": "refuse", "pattern": "spam", "note": "why"}


def test_filter_is_tried_added_listed_and_removed(rest: Rest, club: dict[str, Any]):
    olga, fields = club["olga"], WORDS | {"room": club["room"].pk}
    tried = rest.client.post("/api/filters/try", json=fields, headers=olga).json()
    assert (tried["tried"], tried["count"], [one["text"] for one in tried["messages"]]) == (1, 1, ["spam"])
    listed = f"/api/filters?room={club['room'].pk}"
    assert rest.client.get(listed, headers=olga).json() == []
    added = rest.client.post("/api/filters", json=fields, headers=olga)
    assert added.status_code == 201
    shown = added.json()
    assert {name: shown[name] for name in fields} == fields
    assert (shown["by"], shown["amount"]) == ("olga", None)
    assert rest.client.get(listed, headers=olga).json() == [shown]
    assert rest.client.delete(f"/api/filters/{shown['id']}", headers=olga).json() == {"status": True}
    assert refusal(rest.client.delete(f"/api/filters/{shown['id']}", headers=olga)) == (404, 906, "")


def test_others_are_refused(rest: Rest, club: dict[str, Any]):
    fields = WORDS | {"room": club["room"].pk}
    nobody: dict[str, str] = {}
    for headers in (club["eve"], nobody):
        for path in ("/api/filters", "/api/filters/try"):
            assert refusal(rest.client.post(path, json=fields, headers=headers))[1] == 104
        listed = rest.client.get(f"/api/filters?room={club['room'].pk}", headers=headers)
        assert refusal(listed)[1] == 104
    assert refusal(rest.client.post("/api/filters", json=WORDS, headers=club["olga"]))[1] == 104
    assert refusal(rest.client.get("/api/filters", headers=club["olga"]))[1] == 104


def test_staff_filter_the_server(rest: Rest):
    _, staff = account("sue", is_staff=True, is_superuser=True)
    added = rest.client.post("/api/filters", json=WORDS, headers=staff).json()
    assert added["room"] is None
    assert rest.client.get("/api/filters", headers=staff).json() == [added]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "magic"}, "kind"),
        ({"pattern": "("} | {"kind": "regex"}, "pattern"),
        ({"amount": 3}, "amount"),
        ({"note": 7}, "note"),
        ({"room": "club"}, "room"),
        ({"room": -1}, "room"),
    ],
)
def test_wrong_field_is_named(rest: Rest, club: dict[str, Any], fields: dict[str, Any], field: str):
    given = WORDS | {"room": club["room"].pk} | fields
    for path in ("/api/filters", "/api/filters/try"):
        if (path, field) != ("/api/filters/try", "note"):
            answer = rest.client.post(path, json=given, headers=club["olga"])
            assert refusal(answer) == (400, 303, field)


def test_room_that_does_not_exist_is_not_found(rest: Rest, club: dict[str, Any]):
    answer = rest.client.post("/api/filters", json=WORDS | {"room": 10**9}, headers=club["olga"])
    assert refusal(answer) == (404, 101, "")


def test_filter_is_changed(rest: Rest, club: dict[str, Any]):
    olga, fields = club["olga"], WORDS | {"room": club["room"].pk}
    added = rest.client.post("/api/filters", json=fields, headers=olga).json()
    url = f"/api/filters/{added['id']}"
    given = {"kind": "mentions", "action": "hold", "amount": 3}
    changed = rest.client.put(url, json=given, headers=olga)
    assert changed.status_code == 200
    assert changed.json() == added | given | {"pattern": "", "note": ""}
    assert refusal(rest.client.put(url, json=given, headers=club["eve"]))[1] == 104
    assert refusal(rest.client.put(url, json={"kind": "x"}, headers=olga)) == (400, 303, "kind")
    assert refusal(rest.client.put("/api/filters/999", json=given, headers=olga)) == (404, 906, "")


def test_sender_lists_messages_that_wait(rest: Rest, club: dict[str, Any]):
    eve = Participant.objects.get(user__username="eve")
    given = {
        "room": club["room"],
        "poster": str(eve.pk),
        "sender": eve,
        "at": timezone.now(),
        "reason": "filter",
    }
    HeldMessage.objects.create(name="eve", text="first", nonce="n1", **given)
    HeldMessage.objects.create(name="eve", text="gone", state=HeldMessage.State.REJECTED, **given)
    (shown,) = rest.client.get("/api/held", headers=club["eve"]).json()
    assert {name: shown[name] for name in ("room", "text", "nonce", "reply_to")} == {
        "room": club["room"].pk,
        "text": "first",
        "nonce": "n1",
        "reply_to": None,
    }
    assert rest.client.get("/api/held?room=1", headers=club["eve"]).json() == []
    assert rest.client.get("/api/held", headers=club["olga"]).json() == []
    assert refusal(rest.client.get("/api/held"))[1] == 204


def test_long_jobs_take_the_slots_of_searches(
    rest: Rest, club: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(spending.budgets, "table", LimitTable())
    room, olga = club["room"].pk, club["olga"]
    actor = Actor(Participant.objects.get(name="olga").pk)
    jobs = [
        ("/api/filters/try", WORDS | {"room": room}),
        (f"/chats/{room}/deletions", {"name": "eve", "since": "all"}),
    ]
    with spending.searching(actor, ""), spending.searching(actor, ""):
        for path, fields in jobs:
            assert refusal(rest.client.post(path, json=fields, headers=olga))[:2] == (429, 910)
    assert [rest.client.post(path, json=fields, headers=olga).is_success for path, fields in jobs] == [
        True
    ] * 2
