"""Texts that are being written, over REST."""

import pytest

from chat.models import Room
from tests.api.test_rules import account, rest
from tests.support.marks import whole_db
from tests.support.rest import Rest, refusal

__all__ = ["rest"]  # a fixture
pytestmark = whole_db


@pytest.fixture
def club() -> Room:
    return Room.objects.create(title="club", title_key="club")


def test_unfinished_text_is_kept_listed_and_removed(rest: Rest, club: Room):
    _, bob = account("bob")
    _, eve = account("eve")
    address = f"/api/unfinished/{club.pk}"
    body = {"text": " half\n", "reply_to": 3}
    assert rest.client.put(address, json=body, headers=bob).json() == {"status": True}
    (told,) = rest.client.get("/api/unfinished", headers=bob).json()["texts"]
    assert told == {"type": "unfinished", "room": club.pk, "at": told["at"], **body}
    assert rest.client.get("/api/unfinished", headers=eve).json() == {"texts": []}
    rest.client.put(address, json={"text": "whole"}, headers=bob)
    (told,) = rest.client.get("/api/unfinished", headers=bob).json()["texts"]
    assert (told["text"], "reply_to" in told) == ("whole", False)
    rest.client.put(address, json={"text": " "}, headers=bob)
    assert rest.client.get("/api/unfinished", headers=bob).json() == {"texts": []}
    rest.client.put(address, json={"text": "again"}, headers=bob)
    assert rest.client.delete(address, headers=bob).json() == {"status": True}
    assert rest.client.get("/api/unfinished", headers=bob).json() == {"texts": []}


def test_what_is_wrong_is_refused(rest: Rest, club: Room):
    _, bob = account("bob")
    address = f"/api/unfinished/{club.pk}"
    wrong: list[tuple[dict[str, object], str]] = [
        ({}, "text"),
        ({"text": 7}, "text"),
        ({"text": "a\u0000"}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"text": "x", "reply_to": -1}, "reply_to"),
        ({"text": "x", "reply_to": True}, "reply_to"),
    ]
    for body, field in wrong:
        assert refusal(rest.client.put(address, json=body, headers=bob)) == (400, 303, field)
    assert refusal(rest.client.put(address, json={"text": "x"})) == (401, 204, "")
    assert refusal(rest.client.get("/api/unfinished")) == (401, 204, "")
    nowhere = f"/api/unfinished/{club.pk + 9}"
    assert refusal(rest.client.put(nowhere, json={"text": "x"}, headers=bob)) == (404, 101, "room")
