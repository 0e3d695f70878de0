"""Unread counts."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.commands import Hello
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.reaction import ReactionDraft
from chat.log.log import Log
from chat.models import Event, Participant, Room
from chat.permissions import ANONYMOUS, SITE
from chat.services import direct, greetings, marks
from chat.services.greetings import Greeting
from chat.services.marks import MOST_UNREAD, Moved, Reading, Span, Unread
from tests.log.test_log import another_room, append_all, now, say
from tests.support.marks import whole_db

pytestmark = whole_db


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    yield log
    log.stop()


def add_participant(name: str) -> int:
    return Participant.objects.create(name=name, name_key=name).pk


def unread(participant: int) -> dict[int, int]:
    """In the room 1, as far as it has come."""
    counts = marks.count_unread(participant, {1: Room.objects.get(pk=1).last_seq})
    return {room: count.messages for room, count in counts.items()}


def test_messages_of_others_after_the_mark_are_unread(log: Log):
    ann, bob = add_participant("ann"), add_participant("bob")
    append_all(log, [say(participant=bob), say(participant=ann), say(), say("gone"), say(participant=bob)])
    log.append_and_wait(DeletionDraft(room=1, at=now(), target=4, actor=SITE))
    react = ReactionDraft(room=1, at=now(), target=1, sender=say(participant=bob).sender, emoji="x", on=True)
    log.append_and_wait(react)
    assert unread(ann) == {1: 3}
    assert unread(bob) == {1: 2}
    assert marks.move_mark(ann, 1, 3) == Moved(3, 1, 7)
    assert unread(ann) == {1: 1}
    assert marks.move_mark(ann, 1, 2) is None
    assert marks.move_mark(ann, 1, 9) == Moved(7, 0, 7)
    assert unread(ann) == {1: 0}


def test_mark_moves_back_only_on_purpose(log: Log):
    ann = add_participant("ann")
    assert marks.move_mark(ann, 1, 0, back=True) is None
    append_all(log, [say(), say(), say()])
    marks.move_mark(ann, 1, 3)
    assert marks.move_mark(ann, 1, 5, back=True) is None
    assert marks.move_mark(ann, 1, 1, back=True) == Moved(1, 2, 3)
    assert unread(ann) == {1: 2}
    assert marks.move_mark(ann, 1, 0, back=True) == Moved(0, 3, 3)


def test_a_newcomer_begins_at_the_end_and_a_mark_that_is_there_stays(log: Log):
    ann, bob, empty = add_participant("ann"), add_participant("bob"), another_room("Empty").pk
    append_all(log, [say() for _ in range(5)])
    marks.move_mark(bob, 1, 2)
    for participant in (ann, bob):
        marks.begin_marks(participant, [1, empty, 999_999])
        marks.begin_marks(participant, [])
    append_all(log, [say(), say(room=empty)])
    assert unread(ann) == {1: 1}
    assert unread(bob) == {1: 4}
    assert marks.read_marks([(ann, empty, 1), (bob, 1, 6)]) == [Reading(0, 1), Reading(2, 4)]


def test_messages_after_the_given_seq_are_not_counted(log: Log):
    ann = add_participant("ann")
    append_all(log, [say() for _ in range(5)])
    marks.move_mark(ann, 1, 1)
    assert marks.read_marks([(ann, 1, 3), (ann, 1, 5), (ann, 1, 1), (ann, 1, 0)]) == [
        Reading(1, 2),
        Reading(1, 4),
        Reading(1, 0),
        Reading(1, 0),
    ]


def test_count_stops_at_its_maximum(log: Log):
    ann = add_participant("ann")
    append_all(log, [say() for _ in range(MOST_UNREAD + 5)])
    assert unread(ann) == {1: MOST_UNREAD}
    marks.move_mark(ann, 1, 6)
    assert unread(ann) == {1: MOST_UNREAD - 1}


def test_other_events_hide_no_messages(log: Log):
    """However many: edits and reactions, say, or a purge that left holes."""
    ann, bob = add_participant("ann"), add_participant("bob")
    append_all(log, [say(participant=bob)])
    facts = {"room_id": 1, "kind": "reacted", "created_at": now(), "name": "x", "data": {}}
    Event.objects.bulk_create(Event(seq=seq, **facts) for seq in range(2, 5002))
    Room.objects.filter(pk=1).update(last_seq=5001)
    append_all(log, [say(participant=bob)])
    assert unread(ann) == {1: 2}


def test_own_messages_are_walked_so_far_and_no_further(log: Log):
    ann = add_participant("ann")
    first = Room.objects.get(pk=1).last_seq
    Event.objects.bulk_create(
        Event(
            room_id=1,
            seq=first + number,
            kind="message",
            created_at=now(),
            sender_id=ann,
            name="ann",
            text="x",
        )
        for number in range(1, 10_002)
    )
    Event.objects.create(
        room_id=1, seq=first + 10_002, kind="message", created_at=now(), name="bob", text="x"
    )
    Room.objects.filter(pk=1).update(last_seq=first + 10_002)
    assert unread(ann) == {1: 0}
    marks.move_mark(ann, 1, first + 2)
    assert unread(ann) == {1: 1}


def test_rooms_that_are_not_there_and_rooms_without_messages(log: Log):
    ann = add_participant("ann")
    assert marks.count_unread(ann, {}) == {}
    assert marks.count_unread(ann, {1: 0, 2**40: 5}) == {1: Unread(), 2**40: Unread()}


def test_many_rooms_of_many_people_are_one_statement(log: Log):
    people_ = [add_participant(f"p{number}") for number in range(5)]
    rooms = [another_room(f"room {number}").pk for number in range(5)]
    for count, room in enumerate(rooms):
        append_all(log, [say(room=room) for _ in range(count)])
    asked = [(one, room, count) for one in people_ for count, room in enumerate(rooms)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = marks.read_marks(asked)
    assert [reading.unread for reading in found] == [0, 1, 2, 3, 4] * 5
    assert len(queries) == 2  # the marks, and what follows them


def test_nothing_is_asked_where_all_is_read(log: Log):
    ann = add_participant("ann")
    with CaptureQueriesContext(connection) as queries:
        assert marks.count_in_spans([Span(ann, 1, 3, 3), Span(ann, 2, 9, 3)]) == [Unread(), Unread()]
    assert len(queries) == 0


def test_count_uses_an_index(log: Log):
    append_all(log, [say() for _ in range(2000)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN {marks._COUNT_POSTGRES}", [[1], [1], [0], [50]])
            wanted = "Index Cond: ((room_id = asked.room) AND (seq > asked.after) AND (seq <= asked.upto))"
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {marks._COUNT_SQLITE}", ["[[1, 1, 0, 50]]"])
            wanted = "(room_id=? AND seq>? AND seq<?)"
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert wanted in plan
    assert "event_messages" in plan  # the index of messages alone
    if connection.vendor == "sqlite":
        assert "m USING COVERING INDEX" in plan


def test_hellos_hear_what_is_unread_in_their_conversations_and_share_the_statements(log: Log):
    names = [f"guest {number}" for number in range(6)]
    welcomed = [one for one in greetings.greet_all([(Hello(name), ANONYMOUS) for name in names]) if one]
    ids = [greeting.participant for greeting in welcomed if isinstance(greeting, Greeting)]
    first, *others = ids
    for place, other in enumerate(others):
        talk = direct.open_with(other, names[0]).room
        append_all(log, [say(room=talk, participant=other) for _ in range(place + 1)])
        append_all(log, [say(room=talk, participant=first)])
    marks.move_mark(first, direct.open_with(first, names[3]).room, 2)

    def hello(*who: int) -> list[list[tuple[str, int, int]]]:
        sessions = [greeting.welcome.session for greeting in welcomed if isinstance(greeting, Greeting)]
        answers = greetings.greet_all([(Hello(token=sessions[place] or ""), ANONYMOUS) for place in who])
        return [
            sorted((talk.other.name, talk.read, talk.unread) for talk in answer.welcome.conversations)
            for answer in answers
            if isinstance(answer, Greeting)
        ]

    with CaptureQueriesContext(connection) as alone:
        (heard,) = hello(0)
    assert heard == [
        ("guest 1", 0, 1),
        ("guest 2", 0, 2),
        ("guest 3", 2, 1),
        ("guest 4", 0, 4),
        ("guest 5", 0, 5),
    ]
    with CaptureQueriesContext(connection) as together:
        assert hello(1, 2, 3) == [[("guest 0", 0, 1)], [("guest 0", 0, 1)], [("guest 0", 0, 1)]]
    assert len(together) <= len(alone)
    assert Event.objects.filter(room__low__isnull=False).exists()
