"""Slow mode, on a real database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from chat.errors import CALLED_TOO_OFTEN, SLOW_MODE, ChatError
from chat.events import NO_SEQ, Logged, Sender
from chat.log import log as log_module
from chat.log.drafts import Draft, Outcome
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.kinds.message import MessageDraft, UnkeptMessages
from chat.log.kinds.reaction import ReactionDraft
from chat.log.kinds.room_change import RoomChangeDraft
from chat.log.log import Log
from chat.log.slow_mode import forget_last_posts
from chat.models import Event, JoinedRoom, LastPost, Participant, Report, Room
from chat.permissions import LIMIT_POSTING, SITE, Actor
from chat.services import filters
from chat.validation import LONGEST_PAUSE
from tests.support.marks import whole_db

pytestmark = whole_db
START = datetime(2026, 1, 1, tzinfo=UTC)
SLOW = 30


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    yield log
    log.stop()


@pytest.fixture
def room() -> int:
    """A room with slow mode that belongs to olga, and that mona moderates."""
    olga, mona = participant("olga"), participant("mona")
    room = Room.objects.create(title="club", title_key="club", owner_id=olga, slow_seconds=SLOW)
    room.moderators.add(mona)
    return room.pk


def participant(name: str) -> int:
    return Participant.objects.get_or_create(name=name, name_key=name)[0].pk


def say(room: int, name: str = "ann", after: float = 0, **fields: Any) -> MessageDraft:
    """A message of a participant, some seconds after the start."""
    number = participant(name)
    given: dict[str, Any] = {"sender": Sender(name, "", number), "actor": Actor(number), "text": "hi"}
    return MessageDraft(room=room, at=START + timedelta(seconds=after), **given | fields)


def label(room: int, name: str, address: str, after: float = 0) -> MessageDraft:
    return say(room, "ann", after, sender=Sender(name), actor=Actor(None, address=address))


def wait_of(log: Log, draft: Draft) -> float:
    """For how long the log refuses the draft; 0 if it takes it."""
    try:
        log.append_and_wait(draft)
    except ChatError as error:
        return (error.retry_after or -1) if error.kind == SLOW_MODE else -1
    return 0


def commit(*drafts: Draft) -> list[Outcome]:
    """One batch."""
    with transaction.atomic():
        return log_module._commit_batch(drafts, UnkeptMessages())


def codes(outcomes: list[Outcome]) -> list[int]:
    return [0 if outcome.error is None else outcome.error.kind.code for outcome in outcomes]


def test_second_message_waits_until_the_pause_is_over(log: Log, room: int):
    waits = [wait_of(log, say(room, after=after)) for after in (0, 10, 29.5, 30, 31)]
    assert waits == [0, 20, 0.5, 0, 29]
    assert wait_of(log, say(room, "bob", after=1)) == 0
    assert wait_of(log, say(1, after=1)) == wait_of(log, say(1, after=1)) == 0


def test_second_message_of_one_batch_is_refused(room: int):
    outcomes = commit(say(room), say(room, "bob"), say(room), say(1), say(1), say(room, "bob"))
    assert codes(outcomes) == [0, 0, 108, 0, 0, 108]
    assert codes(commit(say(room, after=5), say(room, after=31), say(room, after=32))) == [108, 0, 108]


def test_restart_and_another_process_know_who_has_just_posted(room: int):
    logs = Log(), Log()
    try:
        assert wait_of(logs[0], say(room)) == 0
        assert wait_of(logs[1], say(room, after=1)) == 29
        assert wait_of(logs[1], say(room, after=30)) == 0
        assert wait_of(logs[0], say(room, after=31)) == 29
    finally:
        for log in logs:
            log.stop()


def test_room_that_keeps_no_messages_is_slow_too(log: Log, room: int):
    Room.objects.filter(pk=room).update(retention_days=0)
    said = log.append_and_wait(say(room))
    assert said is not None
    assert said.seq == NO_SEQ
    assert wait_of(log, say(room, after=10)) == 20


def test_resent_nonce_gets_its_first_answer(log: Log, room: int):
    said = log.append_and_wait(say(room, nonce="n"))
    assert log.append_and_wait(say(room, after=1, nonce="n")) == said
    first, again, other = commit(*(say(room, after=60, nonce=nonce) for nonce in ("m", "m", "o")))
    assert (first.event, first.fresh, again.fresh) == (again.event, True, False)
    assert other.error is not None


def test_refused_message_may_be_sent_again_and_holds_up_no_one(log: Log, room: int):
    assert wait_of(log, say(room)) == 0
    assert wait_of(log, say(room, after=29, nonce="n")) == 1
    assert wait_of(log, say(room, after=30, nonce="n")) == 0


def test_reply_to_a_missing_message_holds_up_no_one(room: int):
    outcomes = commit(say(room, reply_to=9), say(room, after=1), say(room, after=31, reply_to=1))
    assert codes(outcomes) == [205, 0, 205]
    assert codes(commit(say(room, after=31, reply_to=1), say(room, after=31, reply_to=1))) == [0, 108]


def test_change_that_fails_holds_up_no_one(room: int):
    """A commons, which all may change: the title is another room's."""
    Room.objects.filter(pk=room).update(owner=None, commons=True)
    Room.objects.get(pk=room).moderators.clear()
    ann = participant("ann")
    change: dict[str, Any] = {
        "sender": Sender("ann", "", ann),
        "actor": Actor(ann),
        "room": room,
        "at": START,
    }
    taken = {"title": "taken", "title_key": "taken"}
    Room.objects.create(**taken)
    assert codes(commit(RoomChangeDraft(**change, values=taken), say(room), say(room))) == [102, 0, 108]
    later = {**change, "at": START + timedelta(seconds=SLOW)}
    assert codes(commit(RoomChangeDraft(**later, values={"description": "x"}), say(room, after=SLOW))) == [
        0,
        108,
    ]


def test_what_is_refused_or_held_holds_up_no_one(room: int, monkeypatch: pytest.MonkeyPatch):
    given = {"kind": "words", "action": "warn", "pattern": "ham"}
    for action, word in (("refuse", "spam"), ("hold", "maybe"), ("warn", "ham")):
        fields = given | {"action": action, "pattern": word}
        filters.add_filter(room=Room.objects.get(pk=room), actor=SITE, fields=fields)
    assert codes(commit(say(room, text="spam"), say(room, text="maybe"), say(room), say(room))) == [
        112,
        110,
        0,
        108,
    ]

    def refuse(self: MessageDraft, batch: Any) -> None:
        raise ChatError(CALLED_TOO_OFTEN)

    olga, bob = participant("olga"), participant("bob")
    for who in (olga, bob):
        JoinedRoom.objects.create(participant_id=who, room_id=room, generation=1, at=START)
    monkeypatch.setattr(MessageDraft, "check_calls", refuse)
    Report.objects.all().delete()
    drafts = say(room, "bob", text="@room ham"), say(room, "bob"), say(room, "bob")
    assert codes(commit(*drafts)) == [115, 0, 108]
    assert not Report.objects.exists()


def test_deletion_gives_no_place_back(log: Log, room: int):
    said = log.append_and_wait(say(room))
    assert said is not None
    ann = participant("ann")
    at = START + timedelta(seconds=1)
    log.append_and_wait(DeletionDraft(room=room, at=at, actor=Actor(ann), target=said.seq, by=ann))
    assert wait_of(log, say(room, after=2)) == 28


def test_of_messages_at_once_through_two_processes_one_is_accepted(room: int):
    logs = Log(), Log()
    try:
        ann = [say(room, text=f"{number}") for number in range(16)]
        with ThreadPoolExecutor(16) as threads:
            waits = list(threads.map(lambda pair: wait_of(logs[pair[0] % 2], pair[1]), enumerate(ann)))
        assert sorted(wait > 0 for wait in waits) == [False] + [True] * 15
        assert Event.objects.messages(room).count() == 1
    finally:
        for log in logs:
            log.stop()


@pytest.mark.parametrize("name", ["olga", "mona"])
def test_those_who_run_the_room_do_not_wait(room: int, name: str):
    assert codes(commit(say(room, name), say(room, name), say(room, name, actor=SITE))) == [0, 0, 0]
    Room.objects.get(pk=room).moderators.clear()
    Room.objects.filter(pk=room).update(owner=None)
    assert codes(commit(say(room, name, after=1))) == [108]


def test_edits_and_reactions_do_not_wait(log: Log, room: int):
    said: Logged | None = log.append_and_wait(say(room))
    assert said is not None
    ann, at = participant("ann"), START + timedelta(seconds=1)
    head: dict[str, Any] = {"room": room, "at": at, "actor": Actor(ann), "target": said.seq}
    who = Sender("ann", "", ann)
    assert log.append_and_wait(EditDraft(**head, sender=who, text="ho"))
    assert log.append_and_wait(ReactionDraft(**head, sender=who, emoji="x", on=True))


def test_anonymous_clients_of_one_address_are_one_sender(log: Log, room: int):
    assert wait_of(log, label(room, "ann", "192.0.2.1")) == 0
    assert wait_of(log, label(room, "bob", "192.0.2.1", after=10)) == 20
    assert wait_of(log, label(room, "ann", "192.0.2.2", after=10)) == 0
    assert wait_of(log, label(room, "ann", "2001:db8::1")) == 0
    assert wait_of(log, label(room, "bob", "2001:db8::2", after=10)) == 20
    assert wait_of(log, say(room, "ann", after=10)) == 0
    assert not LastPost.objects.filter(sender__contains="192.0.2").exists()


def test_new_guests_of_one_address_wait_for_each_other(log: Log, room: int):
    def say_as(name: str, came: float, after: float, address: str = "192.0.2.1") -> float:
        number = participant(name)
        Participant.objects.filter(pk=number).update(created_at=START + timedelta(seconds=came))
        return wait_of(log, say(room, name, after, actor=Actor(number, address=address)))

    assert say_as("ann", -3600, after=0) == 0
    assert say_as("bob", -3600, after=1) == 0
    assert say_as("new", came=2, after=3) == 0
    assert say_as("newer", came=4, after=5) == 28
    assert say_as("elsewhere", came=4, after=5, address="192.0.2.2") == 0
    assert say_as("bob", -3600, after=31) == 0
    assert wait_of(log, label(room, "label", "192.0.2.1", after=32)) == 1
    assert say_as("new", came=2, after=33) == 0
    assert say_as("newer", came=4, after=35) == 0  # no longer new
    User.objects.create_user("carl")
    carl = participant("carl")
    Participant.objects.filter(pk=carl).update(created_at=START + timedelta(seconds=35))
    assert wait_of(log, say(room, "carl", 36, actor=Actor(carl, address="192.0.2.1"))) == 0
    assert not LastPost.objects.filter(sender__contains="192.0.2").exists()


def test_anonymous_clients_without_an_address_count_by_name(log: Log, room: int):
    assert wait_of(log, label(room, "ann", "")) == 0
    assert wait_of(log, label(room, "bob", "")) == 0
    assert wait_of(log, label(room, "ANN", "", after=10)) == 20


def test_change_of_the_pause_counts_from_the_last_message(log: Log, room: int):
    def slow(seconds: int) -> RoomChangeDraft:
        values = {"slow_seconds": seconds}
        return RoomChangeDraft(room=room, at=START, actor=SITE, values=values, permission=LIMIT_POSTING)

    assert codes(commit(say(room), slow(5), say(room, after=6), slow(0), say(room, after=7))) == [0] * 5
    outcomes = commit(say(room, after=8), slow(60), say(room, after=9), say(room, after=66))
    assert codes(outcomes) == [0, 0, 108, 0]
    assert wait_of(log, say(room, after=67)) == 59


def test_clock_that_was_set_back_holds_up_no_one_for_long(log: Log, room: int):
    assert wait_of(log, say(room, after=3600)) == 0
    assert wait_of(log, say(room)) == 0
    assert wait_of(log, say(room, "bob", after=2)) == 0
    assert wait_of(log, say(room, "bob")) == SLOW  # another process is two seconds behind


def test_room_without_slow_mode_costs_no_statement_and_no_row(room: int):
    with CaptureQueriesContext(connection) as queries:
        commit(*(say(1, sender=Sender("x"), actor=Actor()) for _ in range(20)))
    assert not [query for query in queries if "lastpost" in query["sql"]]
    assert not LastPost.objects.exists()


def test_senders_of_a_batch_cost_two_statements_together(room: int):
    drafts = [say(room, f"p{number}") for number in range(40)]
    commit(*drafts[:20])
    with CaptureQueriesContext(connection) as queries:
        assert sum(codes(commit(*drafts))) == 20 * SLOW_MODE.code
    assert len([query for query in queries if "lastpost" in query["sql"]]) == 2
    with connection.cursor() as cursor:
        select = next(query["sql"] for query in queries if "lastpost" in query["sql"])
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {select}")
            plan = " ".join(str(row) for row in cursor.fetchall())
            assert "room_id=? AND sender=?" in plan, plan


def test_past_waits_are_forgotten(log: Log, room: int):
    log.append_and_wait(say(room))
    log.append_and_wait(say(room, "bob", after=60))
    forget_last_posts(START + timedelta(seconds=LONGEST_PAUSE + 1))
    assert [post.sender for post in LastPost.objects.all()] == [str(participant("bob"))]
