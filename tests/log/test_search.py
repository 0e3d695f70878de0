"""Search in a room."""

import pytest
from django.db import OperationalError, connection

from chat import validation
from chat.errors import ChatError
from chat.log import recovery, store
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.log import Log
from chat.models import Event, Participant
from tests.log.test_log import another_room, now, say
from tests.support.marks import whole_db

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


def test_search_results_have_the_current_state(log: Log):
    ann = Participant.objects.create(name="ann")
    for text in ("one fox", "two foxes", "three"):
        log.append_and_wait(say(text, participant=ann.pk))
    log.append_and_wait(DeletionDraft(room=1, at=now(), target=1, by=ann.pk))
    sender = say(participant=ann.pk).sender
    log.append_and_wait(EditDraft(room=1, at=now(), target=3, text="a fox, too", sender=sender))
    assert found("fox") == ["two foxes", "a fox, too"]
    assert found("three") == []


@pytest.mark.parametrize("walked", [1, 3, 100])
def test_search_finds_older_messages_in_order(log: Log, monkeypatch: pytest.MonkeyPatch, walked: int):
    monkeypatch.setattr(recovery, "WALKED", walked)
    said(log, "a fox", "else", "two foxes", "else", "three fox", "else")
    assert found("fox") == ["a fox", "two foxes", "three fox"]
    assert found("fox", limit=2) == ["two foxes", "three fox"]
    assert found("fox", before=5) == ["a fox", "two foxes"]


def test_only_postgres_has_a_search_index(log: Log):
    # So many that the index is clearly cheaper than the table.
    said(log, *(f"message {number}{' more' * 200}" for number in range(2000)))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What earlier tests have left in it makes the index look dear, until a vacuum comes by.
            cursor.execute("SELECT gin_clean_pending_list('event_words')")
        cursor.execute("ANALYZE")
        plan = Event.objects.messages(1).with_words(["7"]).by_index_of_words(["7"]).explain()
    assert ("event_words" in plan) == (connection.vendor == "postgresql")


def test_search_that_takes_too_long_is_given_up(log: Log, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "_STEPS", 1000)
    with connection.cursor() as cursor, pytest.raises(OperationalError), store.at_most(0.01):
        cursor.execute(COUNT, [10**9])
    said(log, "message", "message")
    assert recovery.search_messages(1, ("message",), limit=1).more


def test_empty_search_is_refused():
    for text in ("", "   ", "x" * 101, "\x00"):
        with pytest.raises(ChatError):
            validation.split_search_words(text, "text")
    assert validation.split_search_words("The_the  fox, the", "text") == ("The", "the", "fox")
    assert validation.split_search_words(":-)", "text") == (":-)",)
