"""Messages that are held for a moderator, on a real database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.errors import ChatError
from chat.events import NO_SEQ, Message, Sender
from chat.log import held
from chat.log import log as log_module
from chat.log.drafts import Draft, Outcome
from chat.log.kinds.decision import DecisionDraft
from chat.log.kinds.message import MessageDraft, UnkeptMessages
from chat.log.kinds.room_change import RoomChangeDraft
from chat.log.kinds.room_deletion import RoomDeletionDraft
from chat.log.log import Log
from chat.models import Ban, Event, HeldMessage, Lease, Mute, Participant, Presence, Report, Room
from chat.permissions import LIMIT_POSTING, SITE, Actor
from tests.support.marks import whole_db

pytestmark = whole_db
START = datetime(2026, 1, 1, tzinfo=UTC)
HELD, REJECTED, TOO_MANY = 110, 111, 113


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    yield log
    log.stop()


@pytest.fixture
def room() -> int:
    """A room of olga's, moderated by mona, in which newcomers' messages wait."""
    room = Room.objects.create(
        title="club", title_key="club", owner_id=participant("olga"), approve_first=True
    )
    room.moderators.add(participant("mona"))
    return room.pk


def participant(name: str) -> int:
    return Participant.objects.get_or_create(name=name, name_key=name)[0].pk


def say(room: int, name: str = "ann", text: str = "hi", **fields: Any) -> MessageDraft:
    number = participant(name)
    given: dict[str, Any] = {"sender": Sender(name, "", number), "actor": Actor(number), "at": START}
    return MessageDraft(room=room, text=text, **given | fields)


def label(room: int, name: str, address: str, **fields: Any) -> MessageDraft:
    return say(room, "ann", sender=Sender(name), actor=Actor(None, address=address), **fields)


def decide(number: int, by: str = "mona", *, approve: bool = True, **fields: Any) -> DecisionDraft:
    row = HeldMessage.objects.get(pk=number)
    given: dict[str, Any] = {
        "room": row.room_id,
        "at": START + timedelta(minutes=1),
        "actor": Actor(participant(by)),
        "sender": Sender(row.name, row.color, row.sender_id),
        "nonce": row.nonce,
    }
    return DecisionDraft(held=number, approve=approve, **given | fields)


def code_of(log: Log, draft: Draft) -> int:
    """The number of the log's refusal; 0 if it takes the draft."""
    try:
        log.append_and_wait(draft)
    except ChatError as error:
        return error.kind.code
    return 0


def commit(*drafts: Draft) -> list[Outcome]:
    """One batch."""
    with transaction.atomic():
        return log_module._commit_batch(drafts, UnkeptMessages())


def codes(*drafts: Draft) -> list[int]:
    return [0 if each.error is None else each.error.kind.code for each in commit(*drafts)]


def texts(room: int) -> list[str]:
    return list(Event.objects.messages(room).order_by("seq").values_list("text", flat=True))


def hold(log: Log, room: int, name: str = "ann", **fields: Any) -> int:
    """The number of a message of theirs that is held."""
    assert code_of(log, say(room, name, **fields)) == HELD
    return HeldMessage.objects.latest("pk").pk


def test_first_message_of_newcomer_is_held_and_reported(log: Log, room: int):
    number = hold(log, room, text="buy this", nonce="n")
    row = HeldMessage.objects.get(pk=number)
    assert (row.name, row.text, row.nonce, row.reason) == ("ann", "buy this", "n", "newcomer")
    report = Report.objects.get(held=number)
    assert (report.reporter, report.subject_name, report.reason, report.seq) == (0, "ann", "newcomer", None)
    assert report.messages[0]["text"] == "buy this"
    assert texts(room) == []
    assert Room.objects.get(pk=room).last_seq == 0


def test_members_who_have_posted_before_are_not_held(log: Log, room: int):
    Room.objects.filter(pk=room).update(approve_first=False)
    log.append_and_wait(say(room, "ann", nonce="1"))
    log.append_and_wait(say(room, "bob"))
    Room.objects.filter(pk=room).update(approve_first=True)
    assert [code_of(log, say(room, name)) for name in ("ann", "bob", "eve")] == [0, 0, HELD]


def test_posting_elsewhere_does_not_make_known(log: Log, room: int):
    log.append_and_wait(say(1, "ann", nonce="1"))
    assert code_of(log, say(room, "ann")) == HELD


def test_those_who_run_the_room_are_not_held(log: Log, room: int):
    staff = User.objects.create_superuser("sue")
    person = Participant.objects.get(user=staff)
    draft = say(room, sender=Sender("sue", "", person.pk), actor=Actor(person.pk, staff=True))
    assert [code_of(log, say(room, name)) for name in ("olga", "mona")] == [0, 0]
    assert code_of(log, draft) == 0


def test_approved_message_is_sent_as_its_senders_with_its_nonce(log: Log, room: int):
    log.append_and_wait(say(room, "mona", "question"))
    number = hold(log, room, text="answer", nonce="n", reply_to=1)
    sent = log.append_and_wait(decide(number))
    assert isinstance(sent, Message)
    assert (sent.seq, sent.sender.name, sent.text, sent.nonce, sent.reply_to) == (2, "ann", "answer", "n", 1)
    assert sent.at == START + timedelta(minutes=1)
    assert log.append_and_wait(say(room, text="answer", nonce="n", reply_to=1)) == sent
    assert code_of(log, say(room, text="more")) == 0
    row = HeldMessage.objects.get(pk=number)
    assert (row.state, row.text) == (HeldMessage.State.APPROVED, "")


def test_message_sent_again_while_it_waits_is_held_once(log: Log, room: int):
    hold(log, room, nonce="n")
    assert codes(say(room, nonce="n"), say(room, nonce="m"), say(room, nonce="m")) == [HELD] * 3
    assert HeldMessage.objects.count() == Report.objects.count() == 2
    assert code_of(log, say(room, text="other", nonce="n")) == 303
    assert code_of(log, say(1, nonce="n")) == 0  # where nothing is held, nothing is looked for
    assert code_of(log, decide(HeldMessage.objects.earliest("pk").pk)) == 914


def test_message_sent_again_is_held_still_after_the_rule_is_gone(log: Log, room: int):
    hold(log, room, nonce="n")
    off = RoomChangeDraft(room=room, at=START, actor=SITE, values={"approve_first": False})
    off.permission = LIMIT_POSTING
    log.append_and_wait(off)
    assert [code_of(log, say(room, nonce=nonce)) for nonce in ("n", "m")] == [HELD, 0]


def test_restart_and_another_process_know_what_is_held(room: int):
    logs = Log(), Log()
    try:
        number = hold(logs[0], room, nonce="n")
        assert code_of(logs[1], say(room, nonce="n")) == HELD
        assert code_of(logs[1], decide(number)) == 0
        assert [code_of(each, decide(number)) for each in logs] == [0, 0]
        assert texts(room) == ["hi"]
    finally:
        for log in logs:
            log.stop()


def test_rejected_message_stays_rejected(log: Log, room: int):
    number = hold(log, room, nonce="n")
    assert log.append_and_wait(decide(number, approve=False)) is None
    assert code_of(log, say(room, nonce="n")) == REJECTED
    assert code_of(log, say(room, nonce="m")) == HELD
    assert texts(room) == []


@pytest.mark.parametrize("first", [True, False])
def test_second_decision_conflicts_with_the_first(log: Log, room: int, first: bool):
    number = hold(log, room)
    assert codes(decide(number, approve=first), decide(number, approve=not first)) == [0, 914]
    assert code_of(log, decide(number, approve=first)) == 0
    assert len(texts(room)) == first


def test_only_those_who_run_the_room_decide(log: Log, room: int):
    number = hold(log, room)
    assert [code_of(log, decide(number, name)) for name in ("ann", "eve")] == [104, 104]
    assert code_of(log, decide(number, "olga")) == 0


def test_approved_message_has_the_current_name(log: Log, room: int):
    number = hold(log, room)
    Participant.objects.filter(name="ann").update(name="anna", name_key="anna")
    sent = log.append_and_wait(decide(number))
    assert isinstance(sent, Message)
    assert sent.sender.name == "anna"


def test_message_of_banned_or_muted_sender_is_not_approved(log: Log, room: int):
    numbers = hold(log, room), hold(log, room, "bob")
    ban = {"rank": 1, "at": START, "participant_id": participant("ann")}
    Ban.objects.create(room_id=room, key="name:ann", name="ann", **ban)
    Room.objects.filter(pk=room).update(bans=True, mutes=True)
    Mute.objects.create(room_id=room, name="bob", name_key="bob", at=START)
    assert [code_of(log, decide(number)) for number in numbers] == [914, 914]
    assert [code_of(log, decide(number, approve=False)) for number in numbers] == [0, 0]


def test_message_of_sender_who_is_gone_is_not_approved(log: Log, room: int):
    numbers = hold(log, room), hold(log, room, "bob")
    Participant.objects.filter(name="ann").delete()
    Participant.objects.filter(name="bob").update(name_key=None)
    assert [code_of(log, decide(number)) for number in numbers] == [914, 914]
    assert [code_of(log, decide(number, approve=False)) for number in numbers] == [0, 0]


def test_name_that_belongs_to_somebody_by_now_is_not_used(log: Log, room: int):
    assert code_of(log, label(room, "zoe", "192.0.2.1")) == HELD
    number = HeldMessage.objects.latest("pk").pk
    zoe = participant("zoe")
    assert code_of(log, decide(number)) == 914
    Participant.objects.filter(pk=zoe).delete()
    assert code_of(log, decide(number)) == 0


def test_anonymous_clients_of_one_address_are_one_newcomer(log: Log, room: int):
    assert code_of(log, label(room, "zoe", "192.0.2.1")) == HELD
    assert code_of(log, decide(HeldMessage.objects.latest("pk").pk)) == 0
    assert code_of(log, label(room, "another", "192.0.2.1")) == 0
    assert code_of(log, label(room, "zoe", "192.0.2.2")) == HELD


def test_message_to_a_deleted_room_can_only_be_rejected(log: Log, room: int):
    number = hold(log, room)
    log.append_and_wait(RoomDeletionDraft(room=room, at=START, actor=SITE))
    assert code_of(log, decide(number)) == 101
    assert code_of(log, decide(number, approve=False)) == 0
    assert HeldMessage.objects.get().state == HeldMessage.State.REJECTED


def test_message_of_someone_whom_a_higher_rank_has_banned_can_be_rejected(log: Log, room: int):
    number = hold(log, room)
    common = {"rank": 9, "at": START, "participant_id": participant("ann"), "name": "ann"}
    Ban.objects.create(room_id=room, key="name:ann", **common)
    Room.objects.filter(pk=room).update(bans=True)
    assert code_of(log, decide(number)) == 914
    assert code_of(log, decide(number, approve=False)) == 0


def test_message_of_someone_whose_network_is_banned_is_not_approved(log: Log, room: int):
    number = hold(log, room)
    now = timezone.now()
    Presence.objects.create(
        pk=uuid4(),
        lease=Lease.objects.create(pk=uuid4(), renewed_at=now),
        room_id=room,
        participant_id=participant("ann"),
        name="ann",
        name_key="ann",
        address="192.0.2.7",
        joined_at=now,
        last_activity=now,
    )
    Ban.objects.create(room_id=room, key="network:192.0.2.0/24", name="192.0.2.0/24", rank=1, at=START)
    Room.objects.filter(pk=room).update(bans=True)
    assert code_of(log, decide(number)) == 914


def test_nonce_of_a_message_that_another_room_holds_is_refused(log: Log, room: int):
    hold(log, room, nonce="n")
    other = Room.objects.create(title="other", title_key="other", approve_first=True)
    with pytest.raises(ChatError) as refused:
        log.append_and_wait(say(other.pk, nonce="n"))
    assert (refused.value.kind.code, refused.value.field) == (303, "nonce")
    assert HeldMessage.objects.count() == 1


def test_room_that_keeps_nothing_holds_and_sends(log: Log, room: int):
    Room.objects.filter(pk=room).update(retention_days=0)
    number = hold(log, room, nonce="n")
    sent = log.append_and_wait(decide(number))
    assert isinstance(sent, Message)
    assert (sent.seq, sent.text) == (NO_SEQ, "hi")
    assert code_of(log, say(room, nonce="n")) == 0
    other = Log()  # which has not sent it
    assert code_of(other, say(room, nonce="n")) == 0
    other.stop()


def test_few_messages_of_a_sender_wait(log: Log, room: int):
    assert [code_of(log, say(room)) for _ in range(held.MOST_OF_SENDER + 1)][-2:] == [HELD, TOO_MANY]
    assert code_of(log, say(room, "bob")) == HELD


def test_bounded_number_of_messages_waits_in_a_room(log: Log, room: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(held, "MOST_IN_ROOM", 2)
    assert [code_of(log, say(room, name)) for name in ("ann", "bob", "eve")] == [HELD, HELD, TOO_MANY]


def test_held_messages_do_not_count_for_slow_mode(log: Log, room: int):
    Room.objects.filter(pk=room).update(slow_seconds=30)
    number = hold(log, room)
    assert code_of(log, decide(number)) == 0
    assert [code_of(log, say(room)) for _ in range(2)] == [0, 108]


def test_reply_to_a_missing_message_is_refused_and_not_held(log: Log, room: int):
    assert code_of(log, say(room, reply_to=7)) == 205
    assert not HeldMessage.objects.exists()


def test_messages_that_wait_too_long_are_dropped(log: Log, room: int):
    hold(log, room, at=START - held.WAITS)
    Room.objects.filter(pk=room).update(retention_days=2)
    hold(log, room, at=START - timedelta(days=2))
    kept = hold(log, room, at=START - timedelta(days=1))
    held.forget_held(START, None)
    assert list(HeldMessage.objects.values_list("pk", flat=True)) == [kept]
    assert Report.objects.waiting().get().held == kept
    assert set(Report.objects.exclude(held=kept).values_list("decision", flat=True)) == {"expired"}
    held.forget_held(START + timedelta(days=1), 2)
    Room.objects.filter(pk=room).update(retention_days=None)
    hold(log, room, at=START)
    held.forget_held(START + timedelta(days=2), 2)
    assert not HeldMessage.objects.exists()


def test_room_in_which_nothing_is_held_asks_for_nothing(room: int):
    def count(*drafts: Draft) -> int:
        with CaptureQueriesContext(connection) as queries:
            commit(*drafts)
        return len([query for query in queries if "heldmessage" in query["sql"]])

    assert count(say(1), say(1, "bob")) == 0
    assert count(*(say(room, name, nonce=name) for name in ("olga", "mona"))) == 1
    Room.objects.filter(pk=room).update(approve_first=False)
    assert count(say(room, nonce="n")) == 0
    Room.objects.filter(pk=room).update(holds=True)
    assert count(*(say(room, name, nonce=f"{name}2") for name in ("olga", "mona"))) == 1


def test_room_is_looked_at_no_more_once_no_held_message_is_known(log: Log, room: int):
    Room.objects.filter(pk=room).update(approve_first=True)
    assert code_of(log, say(room, "ann", nonce="a")) == HELD
    row = HeldMessage.objects.get()
    for at, holds in ((START + timedelta(days=1), True), (START + timedelta(days=8), False)):
        held.forget_held(at, None)
        assert Room.objects.get(pk=room).holds is holds
    assert not HeldMessage.objects.filter(pk=row.pk).exists()
    assert code_of(log, say(room, "ann", nonce="b")) == HELD
    assert Room.objects.get(pk=room).holds
    HeldMessage.objects.update(state=HeldMessage.State.REJECTED, decided_at=START)
    held.forget_held(START + timedelta(days=364), None)
    assert Room.objects.get(pk=room).holds
    held.forget_held(START + timedelta(days=366), None)
    assert not Room.objects.get(pk=room).holds
