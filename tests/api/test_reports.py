"""Reports over REST."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from django.contrib.auth.models import Permission, User
from rest_framework_simplejwt.tokens import AccessToken

from chat.budgets import LimitTable
from chat.events import Message, Sender
from chat.log.kinds.message import MessageDraft
from chat.log.log import log
from chat.meter import Budgets
from chat.models import Event, Participant, Report, Room
from chat.models.room import pair_of
from chat.services import spending
from tests.support.marks import whole_db
from tests.support.rest import SECRET, InProcess, Rest, bearer, refusal

pytestmark = whole_db


@pytest.fixture
def rest() -> Iterator[Rest]:
    with httpx.Client(transport=InProcess(), base_url="http://127.0.0.1") as client:
        yield Rest(client)


def account(name: str, **fields: Any) -> tuple[int, dict[str, str]]:
    """The participant of a new account, and the headers with which it asks."""
    user = User.objects.create_user(name, password=SECRET, **fields)
    return Participant.objects.get(user=user).pk, bearer(str(AccessToken.for_user(user)))


def say(room: Room, name: str, participant: int, text: str) -> int:
    draft = MessageDraft(room=room.pk, at=datetime.now(UTC), sender=Sender(name, "", participant), text=text)
    event = log.append_and_wait(draft)
    assert isinstance(event, Message)
    return event.seq


@pytest.fixture
def club() -> dict[str, Any]:
    """A room of olga's, moderated by mod, with a message of eve's, and the headers of everyone."""
    people = {name: account(name) for name in ("olga", "mod", "eve", "ann")}
    room = Room.objects.create(title="club", title_key="club", owner_id=people["olga"][0])
    room.moderators.add(people["mod"][0])
    headers = {name: shown for name, (_, shown) in people.items()}
    return {"room": room, "seq": say(room, "eve", people["eve"][0], "spam"), "people": people, **headers}


def test_report_is_filed_listed_claimed_and_decided(rest: Rest, club: dict[str, Any]):
    given = {"room": club["room"].pk, "target": club["seq"], "reason": "spam", "note": "again"}
    filed = rest.client.post("/api/reports", json=given, headers=club["ann"])
    assert filed.status_code == 201
    number = filed.json()["report"]
    assert rest.client.post("/api/reports", json=given, headers=club["ann"]).json() == {"report": number}
    url, olga = f"/api/reports/{number}", club["olga"]
    for place in ("/api/reports", f"/api/reports?room={club['room'].pk}&limit=1&done=false"):
        page = rest.client.get(place, headers=olga).json()
        (shown,) = page["reports"]
        assert (page["more"], shown["id"], shown["target"]) == (False, number, club["seq"])
        assert (shown["by"], shown["about"], shown["state"], shown["note"]) == ("ann", "eve", "open", "again")
        assert [one["text"] for one in shown["messages"]] == ["spam"]
    assert rest.client.put(f"{url}/claim", headers=olga).json()["handler"] == "olga"
    claimed = rest.client.put(f"{url}/claim", json={"handler": ""}, headers=club["mod"])
    assert refusal(claimed) == (409, 914, "")
    assert rest.client.put(f"{url}/claim", json={"handler": ""}, headers=olga).json()["handler"] == "olga"
    wrong = rest.client.put(f"{url}/claim", json={"handler": 7}, headers=olga)
    assert refusal(wrong) == (400, 303, "handler")
    assert rest.client.delete(f"{url}/claim", headers=olga).json()["state"] == "open"
    decided = rest.client.post(f"{url}/decision", json={"decision": "delete"}, headers=olga)
    assert (decided.status_code, decided.json()["state"]) == (200, "done")
    assert Event.objects.get(room=club["room"], seq=club["seq"]).erased_at is not None
    again = rest.client.post(f"{url}/decision", json={"decision": "ban"}, headers=olga)
    assert refusal(again) == (409, 914, "")
    (mine,) = rest.client.get("/api/reports?mine=true", headers=club["ann"]).json()["reports"]
    assert (mine["decision"], mine["handler"]) == ("delete", "")


def test_others_neither_see_nor_decide(rest: Rest, club: dict[str, Any]):
    given = {"room": club["room"].pk, "name": "eve", "reason": "hate"}
    anonymous: dict[str, str] = {}
    assert refusal(rest.client.post("/api/reports", json=given)) == (401, 204, "")
    number = rest.client.post("/api/reports", json=given, headers=club["ann"]).json()["report"]
    listed = f"/api/reports?room={club['room'].pk}"
    for headers in (anonymous, club["eve"], club["ann"]):
        assert refusal(rest.client.get(listed, headers=headers)) == (401, 104, "")
        for method, place in (("PUT", "claim"), ("DELETE", "claim"), ("POST", "decision")):
            url = f"/api/reports/{number}/{place}"
            answer = rest.client.request(method, url, json={"decision": "done"}, headers=headers)
            assert refusal(answer) == (404, 906, "")
    assert Report.objects.get().state == Report.State.OPEN


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, 303, "room"),
        ({"room": "1"}, 303, "room"),
        ({"room": True}, 303, "room"),
        ({"room": -1}, 303, "room"),
        ({"room": 2**60}, 303, "room"),
        ({"room": 77}, 101, ""),
        ({"reason": "dull"}, 303, "reason"),
        ({"target": None}, 303, "target"),
        ({"target": 9}, 205, "target"),
        ({"around": {}}, 303, "around"),
    ],
)
def test_bad_body_is_refused_with_its_field(
    rest: Rest, club: dict[str, Any], body: Any, code: int, field: str
):
    whole = {"room": club["room"].pk, "target": club["seq"], "reason": "spam"} if body else {}
    answer = rest.client.post("/api/reports", json=whole | body, headers=club["ann"])
    assert refusal(answer)[1:] == (code, field)


@pytest.mark.parametrize("query", ["room=x", "mine=1", "done=yes", "before=-1", "limit=0", "limit=101"])
def test_bad_query_is_refused_with_its_field(rest: Rest, club: dict[str, Any], query: str):
    answer = rest.client.get(f"/api/reports?{query}", headers=club["olga"])
    assert refusal(answer) == (400, 303, query.partition("=")[0])


def test_protected_room_needs_its_token(rest: Rest, club: dict[str, Any]):
    """By the cookie of the reporter, with the token of the room beside it."""
    room = rest.room("Den", "private")
    place = Room.objects.get(pk=room["id"])
    seq = say(place, "eve", club["people"]["eve"][0], "spam")
    given = {"room": place.pk, "target": seq, "reason": "spam"}
    assert refusal(rest.client.post("/api/reports", json=given, headers=club["ann"]))[1] in (401, 403)
    token = rest.token(place.pk, "ann")
    assert refusal(rest.client.post("/api/reports", json=given, headers=bearer(token))) == (401, 204, "")
    Room.objects.filter(pk=place.pk).update(owner=club["people"]["olga"][0])
    assert rest.client.post("/api/reports", json=given, headers=club["olga"]).status_code == 201


def test_conversation_is_reported_by_the_two_alone_and_seen_by_staff(rest: Rest, club: dict[str, Any]):
    low, high = pair_of(club["people"]["ann"][0], club["people"]["eve"][0])
    talk = Room.objects.create(low_id=low, high_id=high, visibility="hidden")
    seqs = [say(talk, "eve", club["people"]["eve"][0], text) for text in ("hi", "psst")]
    given = {"room": talk.pk, "target": seqs[1], "around": seqs[:1], "reason": "harassment"}
    _, staff = account("sue", is_staff=True)
    user = User.objects.get(username="sue")
    user.user_permissions.set(Permission.objects.filter(codename__in=["change_report", "change_room"]))
    for headers in ({}, club["olga"], staff):
        assert refusal(rest.client.post("/api/reports", json=given, headers=headers))[1] == 101
    assert rest.client.post("/api/reports", json=given, headers=club["ann"]).status_code == 201
    (shown,) = rest.client.get("/api/reports", headers=staff).json()["reports"]
    assert (shown["direct"], [one["text"] for one in shown["messages"]]) == (True, ["hi", "psst"])
    for headers in (club["olga"], club["eve"]):
        assert rest.client.get("/api/reports", headers=headers).json()["reports"] == []


def test_reports_spend_a_budget(rest: Rest, club: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spending, "budgets", Budgets(LimitTable()))
    seqs = [say(club["room"], "eve", club["people"]["eve"][0], str(number)) for number in range(30)]
    codes = [
        rest.client.post(
            "/api/reports",
            json={"room": club["room"].pk, "target": seq, "reason": "spam"},
            headers=club["ann"],
        ).status_code
        for seq in seqs
    ]
    assert codes[0] == 201
    assert codes[-1] == 429
