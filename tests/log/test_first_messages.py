"""Who has posted in a room: exactly, in one step of an index."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.events import Logged, Sender
from chat.log.held import has_posted
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.message import MessageDraft
from chat.log.kinds.restoration import RestorationDraft
from chat.log.log import log
from chat.models import Event, FirstMessage, Participant, Room
from chat.models.room import pair_of
from chat.permissions import SITE, Actor
from tests.support.marks import whole_db

pytestmark = whole_db


@pytest.fixture
def room() -> int:
    return Room.objects.create(title="club", title_key="club").pk


@pytest.fixture
def ann() -> int:
    return Participant.objects.create(name="ann", name_key="ann").pk


@pytest.fixture
def bob() -> int:
    return Participant.objects.create(name="bob", name_key="bob").pk


def say(room: int, who: int, **fields: Any) -> int:
    """Post without a nonce. The seq."""
    given: dict[str, Any] = {"sender": Sender("x", "", who), "text": "hi", "actor": Actor(who)}
    given["at"] = datetime.now(UTC)
    return seq_of(log.append_and_wait(MessageDraft(room=room, **given | fields)))


def delete(room: int, seq: int) -> None:
    log.append_and_wait(DeletionDraft(room=room, at=datetime.now(UTC), target=seq, actor=SITE))


def restore(room: int, seq: int) -> None:
    log.append_and_wait(RestorationDraft(room=room, at=datetime.now(UTC), target=seq, actor=SITE))


def seq_of(event: Logged | None) -> int:
    assert event is not None
    return event.seq


def test_one_message_of_many_rooms_and_of_long_ago_is_known(room: int, ann: int, bob: int):
    assert not has_posted(room, ann)
    first = say(room, ann)
    Event.objects.bulk_create(
        Event(room_id=room, seq=first + n, kind="message", created_at=datetime.now(UTC), sender_id=bob)
        for n in range(1, 1200)
    )
    Room.objects.filter(pk=room).update(last_seq=first + 1199)
    with CaptureQueriesContext(connection) as queries:
        assert has_posted(room, ann)
    assert len(queries) == 2
    assert not has_posted(1, ann)
    say(room, ann)
    assert FirstMessage.objects.get(participant=ann).seq == first


def test_who_has_nothing_left_has_not_posted_until_the_next_message(room: int, ann: int, bob: int):
    first, second = say(room, ann), say(room, ann)
    say(room, bob)
    delete(room, first)
    assert has_posted(room, ann)
    assert FirstMessage.objects.get(participant=ann).seq == second
    delete(room, second)
    assert not has_posted(room, ann)
    assert has_posted(room, bob)
    with CaptureQueriesContext(connection) as queries:
        assert not has_posted(room, ann)
    assert len(queries) <= 4
    say(room, ann)
    assert has_posted(room, ann)


def test_restored_message_counts_again(room: int, ann: int, bob: int):
    first = say(room, ann)
    say(room, bob)
    delete(room, first)
    assert not has_posted(room, ann)
    restore(room, first)
    assert has_posted(room, ann)
    delete(room, first)
    FirstMessage.objects.all().delete()  # as if it had been deleted before these rows were kept
    restore(room, first)
    assert has_posted(room, ann)


def test_rows_are_of_rooms_and_of_participants_alone(room: int, ann: int, bob: int):
    low, high = pair_of(ann, bob)
    talk = Room.objects.create(title="", title_key="", visibility="hidden", low_id=low, high_id=high)
    say(talk.pk, ann)
    who = Sender("label", "", None)
    log.append_and_wait(MessageDraft(room=room, at=datetime.now(UTC), sender=who, text="hi"))
    assert not FirstMessage.objects.exists()


def test_messages_that_are_over_by_age_do_not_count(room: int, ann: int, bob: int):
    seq = say(room, ann)
    say(room, bob)
    Event.objects.filter(room=room, seq=seq).delete()
    assert not has_posted(room, ann)
    say(room, ann, at=datetime.now(UTC) + timedelta(seconds=1))
    assert has_posted(room, ann)


def test_migration_fills_the_rows_from_the_log(room: int, ann: int, bob: int):
    deleted, first = say(room, ann), say(room, ann)
    only = say(room, bob)
    gone = say(1, bob)
    delete(room, deleted)
    delete(1, gone)
    low, high = pair_of(ann, bob)
    talk = Room.objects.create(title="", title_key="", visibility="hidden", low_id=low, high_id=high)
    say(talk.pk, ann)
    FirstMessage.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(import_module("chat.migrations.0028_first_messages")._FILL)
    rows = FirstMessage.objects.values_list("room", "participant", "seq")
    assert set(rows) == {(room, ann, first), (room, bob, only)}
