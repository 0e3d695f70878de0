"""Looking for words in a room."""

import pytest
from django.db import OperationalError, connection

from chat import validation
from chat.errors import ChatError
from chat.log import recovery, store
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.log import Log
from chat.models import Event, Participant
from tests.log.test_log import another_room, log, now, say
from tests.support.marks import whole_db

__all__ = ["log"]

COUNT = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %s) SELECT count(*) FROM c"
pytestmark = whole_db


def found(text: str, *, room: int = 1, before: int | None = None, limit: int = 50) -> list[str]:
    page = recovery.search_messages(
        room, validation.split_search_words(text, "text"), before=before, limit=limit
    )
    return [message.text for message in page.messages]


def said(log: Log, *texts: str, room: int = 1) -> None:
    for text in texts:
        log.append_and_wait(say(text, room=room))


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("fox", ["A quick brown fox", "FOXES are quick"]),
        ("Quick FOX", ["A quick brown fox", "FOXES are quick"]),
        ("brown quick", ["A quick brown fox"]),
        ("wolf", []),
        ("don't", ["I don't know"]),
        ("100%", ["100% sure"]),
        ("'; drop & | ! :* (", []),
        ("größe", ["Die Größe zählt"]),
        ("日本", ["日本語です"]),
        ("🦊", ["a 🦊"]),
        ("%", ["100% sure"]),
        ("example.com", ["see https://www.example.com/a_path?x=3.14 or bob@example.org"]),
        ("bob example", ["see https://www.example.com/a_path?x=3.14 or bob@example.org"]),
        ("path 14", ["see https://www.example.com/a_path?x=3.14 or bob@example.org"]),
    ],
)
def test_each_word_begins_a_word_of_what_is_found(log: Log, text: str, finds: list[str]):
    said(log, "A quick brown fox", "FOXES are quick", "I don't know", "100% sure", "Die Größe zählt")
    said(log, "日本語です", "a 🦊", "nothing")
    said(log, "see https://www.example.com/a_path?x=3.14 or bob@example.org")
    said(log, "a quick fox of another room", room=another_room("other").pk)
    assert found(text) == finds


def test_pages_go_back_to_the_beginning(log: Log):
    said(log, *(f"word {number}" for number in range(1, 8)), "else")
    page = recovery.search_messages(1, ("word",), limit=3)
    assert [message.seq for message in page.messages] == [5, 6, 7]
    assert (page.seq, page.more) == (8, True)
    page = recovery.search_messages(1, ("word",), before=5, limit=4)
    assert ([message.seq for message in page.messages], page.more) == ([1, 2, 3, 4], False)


def test_what_is_found_is_as_it_is_now(log: Log):
    ann = Participant.objects.create(name="ann")
    for text in ("one fox", "two foxes", "three"):
        log.append_and_wait(say(text, participant=ann.pk))
    log.append_and_wait(DeletionDraft(room=1, at=now(), target=1, by=ann.pk))
    sender = say(participant=ann.pk).sender
    log.append_and_wait(EditDraft(room=1, at=now(), target=3, text="a fox, too", sender=sender))
    assert found("fox") == ["two foxes", "a fox, too"]
    assert found("three") == []


@pytest.mark.parametrize("walked", [1, 3, 100])
def test_what_lies_further_back_is_found_in_order_too(log: Log, monkeypatch: pytest.MonkeyPatch, walked: int):
    monkeypatch.setattr(recovery, "WALKED", walked)
    said(log, "a fox", "else", "two foxes", "else", "three fox", "else")
    assert found("fox") == ["a fox", "two foxes", "three fox"]
    assert found("fox", limit=2) == ["two foxes", "three fox"]
    assert found("fox", before=5) == ["a fox", "two foxes"]


def test_postgres_has_an_index_for_it_and_sqlite_has_not(log: Log):
    said(log, *(f"message {number}" for number in range(300)))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        plan = Event.objects.messages(1).with_words(["7"]).by_index_of_words().explain()
    assert ("event_words" in plan) == (connection.vendor == "postgresql")


def test_search_that_takes_too_long_is_given_up(log: Log, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "_STEPS", 1000)
    with connection.cursor() as cursor, pytest.raises(OperationalError), store.at_most(0.01):
        cursor.execute(COUNT, [10**9])
    said(log, "message", "message")
    assert recovery.search_messages(1, ("message",), limit=1).more


def test_what_is_looked_for_has_to_be_something():
    for text in ("", "   ", "x" * 101, "\x00"):
        with pytest.raises(ChatError):
            validation.split_search_words(text, "text")
    assert validation.split_search_words("The_the  fox, the", "text") == ("The", "the", "fox")
    assert validation.split_search_words(":-)", "text") == (":-)",)
