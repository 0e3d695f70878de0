"""Replies to a message: listed, and counted in snapshots."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connection

from chat.events import MOST_REPLIES
from chat.log import recovery, store
from chat.log.kinds.message import MessageDraft
from chat.log.log import Log
from chat.models import Event, Room
from chat.permissions import SITE
from chat.services import messages
from tests.log.test_log import append_all, say
from tests.support.marks import whole_db

pytestmark = whole_db


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    yield log
    log.stop()


def reply(target: int, text: str = "yes") -> MessageDraft:
    return replace(say(text), reply_to=target)


def count(seq: int) -> int:
    page = recovery.read_history(1, before=seq + 1, limit=1)
    return page.messages[0].replies


def test_replies_are_listed_oldest_first_and_page_by_page(log: Log):
    append_all(log, [say("a?"), say("b?")])
    append_all(log, [reply(1, "one"), reply(2, "other"), reply(1, "two"), reply(1, "three")])
    page = recovery.read_replies(1, 1, limit=2)
    assert (page.seq, page.more) == (6, True)
    assert [message.text for message in page.messages] == ["one", "two"]
    rest = recovery.read_replies(1, 1, after=page.messages[-1].seq, limit=2)
    assert ([message.text for message in rest.messages], rest.more) == (["three"], False)
    assert recovery.read_replies(1, 3, limit=2).messages == ()


def test_snapshots_say_how_many_replies_there_are(log: Log):
    append_all(log, [say("a?"), say("b?")])
    append_all(log, [reply(1), reply(1)])
    assert (count(1), count(2), count(3)) == (2, 0, 0)
    messages.delete_message(room=Room.objects.get(pk=1), seq=3, actor=SITE)
    assert count(1) == 2  # the list shows that there was one
    assert recovery.read_replies(1, 1, limit=9).messages[0].erased
    assert store.count_replies(1, [1, 2], 3) == {1: 1}  # as of that seq
    append_all(log, [reply(1) for _ in range(MOST_REPLIES)])
    assert count(1) == MOST_REPLIES


def test_index_of_replies_finds_and_counts_them(log: Log):
    append_all(log, [say(), *[reply(1) for _ in range(30)], *[say() for _ in range(3000)]])
    rows = Event.objects.replies(1, 1).filter(seq__gt=2, seq__lte=99).order_by("seq")[:9]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE chat_event")
            cursor.execute(f"EXPLAIN {store._REPLIES_POSTGRES}", [1, 99, [1, 2, 3]])
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {store._REPLIES_SQLITE}", [1, 99, json.dumps([1, 2, 3])])
        counted = str(cursor.fetchall())
    assert "event_replies" in counted
    assert "event_replies" in rows.explain()


@pytest.mark.parametrize("target", [0, 2**53 - 1])
def test_message_that_is_not_there_has_no_replies(log: Log, target: int):
    append_all(log, [say()])
    assert recovery.read_replies(1, target, limit=9).messages == ()
