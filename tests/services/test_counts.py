"""Hourly counts."""

import time
from collections.abc import Mapping

import pytest
from django.test import Client

from chat.budgets import LimitTable
from chat.errors import TOO_MANY_REQUESTS, ChatError
from chat.models import Room, WindowCount
from chat.permissions import ANONYMOUS, Actor, Proof
from chat.services import accounts, counts, rooms, spending

pytestmark = pytest.mark.django_db
HOME, ELSEWHERE = "192.0.2.1", "192.0.2.2"
GUEST, ACCOUNT, STAFF = Actor(1), Actor(2, proof=Proof(account=b"x")), Actor(3, staff=True)


@pytest.fixture(autouse=True)
def _usual_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spending.budgets, "table", LimitTable())


def create(number: int, actor: Actor = ANONYMOUS, address: str = HOME) -> None:
    if actor.participant is None:
        fields: Mapping[str, str] = {"title": f"Room {number}", "visibility": "public"}
        rooms.create_room(actor=actor, fields=fields, anonymous_allowed=True, address=address)
    else:
        with counts.counted_room(actor, address):
            pass


@pytest.mark.parametrize(
    ("actor", "most"), [(ANONYMOUS, 5), (GUEST, 20), (ACCOUNT, 20)], ids=["anonymous", "guest", "account"]
)
def test_rooms_are_limited(actor: Actor, most: int, monkeypatch: pytest.MonkeyPatch):
    for number in range(most):
        create(number, actor)
    with pytest.raises(ChatError) as refused:
        create(most, actor)
    assert refused.value.kind == TOO_MANY_REQUESTS
    assert 0 < (refused.value.retry_after or 0) <= 3600
    next_hour = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: next_hour)
    create(most, actor)
    assert WindowCount.objects.count() == 1


def test_address_counts_for_guests_and_not_for_accounts():
    for number in range(20):
        create(number, GUEST)
    create(20, GUEST, ELSEWHERE)
    with pytest.raises(ChatError):
        create(21, Actor(9))
    for number in range(20):
        create(number, ACCOUNT)
    with pytest.raises(ChatError):
        create(20, ACCOUNT, ELSEWHERE)


def test_staff_and_the_server_itself_are_not_counted():
    for number in range(30):
        create(number, STAFF)
        rooms.create_room(
            actor=ANONYMOUS, fields={"title": f"R {number}", "visibility": "public"}, anonymous_allowed=True
        )
    assert not WindowCount.objects.exists()


def test_clients_from_nowhere_are_bounded_too():
    for number in range(50):
        create(number, address="")
    with pytest.raises(ChatError):
        create(50, address="")


def test_what_fails_and_what_is_refused_counts_for_nothing():
    for number in range(5):
        create(number)
        with pytest.raises(ChatError, match="another room has this title"):
            create(number)
    with pytest.raises(ChatError):
        create(6)
    assert WindowCount.objects.get().count == 5


def test_sign_ups_are_limited():
    def sign_up(number: int) -> None:
        accounts.sign_up(name=f"ann {number}", password="correct horse", guest=None, address=HOME)

    for number in range(20):
        sign_up(number)
    with pytest.raises(ChatError) as refused:
        sign_up(20)
    assert refused.value.kind == TOO_MANY_REQUESTS


def test_guests_who_come_together_are_counted_together():
    answers = counts.count_guests([HOME] * 150 + [ELSEWHERE] * 10 + [HOME] * 60)
    assert [answer is None for answer in answers].count(True) == 210
    assert all(answer is None for answer in answers[150:160])
    assert counts.count_guests([HOME, ELSEWHERE])[0] is not None
    counts.give_back_guest(HOME)
    assert counts.count_guests([HOME]) == [None]


def test_rest_answers_429_with_the_time():
    client = Client(REMOTE_ADDR=HOME)
    answers = [
        client.post("/chats", {"title": f"Room {n}", "visibility": "public"}, content_type="application/json")
        for n in range(6)
    ]
    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    assert answers[5].json()["error"]["code"] == 910
    assert 0 < int(answers[5].headers["Retry-After"]) <= 3600
    assert Room.objects.filter(title="Room 5").count() == 0


def test_page_says_that_there_are_too_many():
    for number in range(21):
        page = Client(REMOTE_ADDR=HOME).post(
            "/rooms/new", {"title": f"Room {number}", "visibility": "public"}
        )
    assert page.status_code == 429
    assert "Retry-After" in page.headers
    assert "Too many new rooms from you within an hour; try again later" in page.content.decode()


def test_limits_off_lifts_all_counts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spending.budgets, "table", LimitTable(on=False))
    for number in range(8):
        create(number)
    assert not WindowCount.objects.exists()
