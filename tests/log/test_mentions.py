"""Whom a message calls, on a real database."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from chat.budgets import LimitTable
from chat.errors import ChatError
from chat.events import Mentioned, Message, Sender
from chat.log import log as log_module
from chat.log import mentions, recovery
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.kinds.message import MessageDraft, UnkeptMessages
from chat.log.log import log
from chat.log.mentions import FEW
from chat.mentions import find_candidates
from chat.meter import Budgets
from chat.models import Event, JoinedRoom, Lease, Mention, Participant, Presence, Room
from chat.permissions import SITE, Actor
from chat.services import bans, direct, joined_rooms, reports, rooms
from chat.services.joined_rooms import Joining
from chat.validation import name_key
from tests.support.marks import whole_db

pytestmark = whole_db
Told: TypeAlias = list[tuple[str, Mentioned]]


def participant(name: str) -> int:
    return Participant.objects.get_or_create(name_key=name_key(name), defaults={"name": name})[0].pk


def join(room: Room, *names: str) -> None:
    joined_rooms.note_joined([Joining(participant(name), room.pk, room.generation) for name in names])


@pytest.fixture
def room() -> Room:
    """A room that ann, bob and Cara Lee have joined."""
    room = Room.objects.create(title="club", title_key="club")
    join(room, "ann", "bob", "Cara Lee")
    return room


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Who was told of which call."""
    told: Told = []

    def listen(calls: Mapping[int, Mentioned]) -> None:
        told.extend((Participant.objects.get(pk=who).name, event) for who, event in calls.items())

    monkeypatch.setattr(mentions, "listener", listen)
    return told


def draft(room: Room, name: str, text: str, *, nonce: str | None = None, known: bool = True) -> MessageDraft:
    number = participant(name) if known else None
    return MessageDraft(
        room=room.pk,
        at=datetime.now(UTC),
        sender=Sender(name, "", number),
        actor=Actor(number),
        text=text,
        nonce=nonce,
    )


def say(room: Room, name: str, text: str, *, nonce: str | None = None, known: bool = True) -> Message:
    message = log.append_and_wait(draft(room, name, text, nonce=nonce, known=known))
    assert isinstance(message, Message)
    return message


def mentioned(room: Room) -> list[tuple[str, int]]:
    rows = Mention.objects.filter(room=room).order_by("pk")
    return [(row.participant.name, row.seq) for row in rows.select_related("participant")]


def test_those_who_joined_are_called_once_present_or_not(room: Room, told: Told):
    message = say(room, "ann", "hi @BOB, @cara lee and @bob; not `@ann`, @zoe")
    assert message.mentions == ("bob", "Cara Lee")
    assert mentioned(room) == [("bob", 1), ("Cara Lee", 1)]
    event = Mentioned(room.pk, message.at, "club", 1, message.sender, message.text)
    assert told == [("bob", event), ("Cara Lee", event)]


def test_history_has_the_names(room: Room):
    say(room, "ann", "hi @bob")
    say(room, "ann", "hi")
    page = recovery.read_history(room.pk, limit=9)
    assert [message.mentions for message in page.messages] == [("bob",), ()]


def test_members_without_a_participant_are_shown_but_not_called(room: Room, told: Told):
    lease = Lease.objects.create(id="0" * 32, renewed_at=datetime.now(UTC))
    now = datetime.now(UTC)
    Presence.objects.create(
        id="1" * 32,
        lease=lease,
        room=room,
        name="Dan",
        name_key=name_key("Dan"),
        joined_at=now,
        last_activity=now,
    )
    Presence.objects.create(
        id="2" * 32,
        lease=lease,
        room=room,
        participant_id=participant("eve"),
        name="eve",
        name_key=name_key("eve"),
        joined_at=now,
        last_activity=now,
    )
    assert say(room, "ann", "@dan @eve").mentions == ("Dan", "eve")
    assert mentioned(room) == [("eve", 1)]
    assert [name for name, _ in told] == ["eve"]


def test_anonymous_senders_call_and_no_one_calls_themselves(room: Room, told: Told):
    say(room, "ann", "I am @ann")
    say(room, "zed", "@ann", known=False)
    assert mentioned(room) == [("ann", 2)]


def test_those_who_left_or_lost_the_password_are_not_mentioned(room: Room):
    joined_rooms.leave_room(participant("bob"), room.pk)
    assert say(room, "ann", "@bob").mentions == ()
    closed = Room.objects.create(
        title="closed", title_key="closed", visibility="private", password="x", generation=2
    )
    joined_rooms.note_joined([Joining(participant("bob"), closed.pk, 1)])
    assert say(closed, "ann", "@bob").mentions == ()


def test_banned_participant_is_not_called(room: Room, told: Told):
    bans.ban(room=room, actor=SITE, fields={"name": "bob"})
    say(room, "ann", "@bob @Cara Lee")
    assert [name for name, _ in mentioned(room)] == ["Cara Lee"]
    assert [name for name, _ in told] == ["Cara Lee"]


def test_who_wants_nothing_of_a_room_is_not_told_but_finds_the_mention(room: Room, told: Told):
    theirs = JoinedRoom.objects.filter(participant=participant("bob"), room=room)
    theirs.update(level="nothing")
    say(room, "ann", "@bob")
    theirs.update(level_until=datetime.now(UTC) + timedelta(hours=1))
    say(room, "ann", "@bob")
    assert told == []
    theirs.update(level_until=datetime.now(UTC) - timedelta(hours=1))
    say(room, "ann", "@bob")
    theirs.update(level="mentions", level_until=None)
    say(room, "ann", "@bob")
    assert [event.target for _, event in told] == [3, 4]
    assert [seq for _, seq in mentioned(room)] == [1, 2, 3, 4]


def test_edit_calls_no_one_and_keeps_the_names(room: Room, told: Told):
    say(room, "ann", "@bob", nonce="n")
    edit = EditDraft(
        room=room.pk,
        at=datetime.now(UTC),
        target=1,
        text="@bob @Cara Lee",
        sender=Sender("ann", "", participant("ann")),
        actor=Actor(participant("ann")),
    )
    log.append_and_wait(edit)
    assert (len(told), mentioned(room)) == (1, [("bob", 1)])
    assert [message.mentions for message in recovery.latest_messages(room.pk, 9)] == [("bob",)]
    assert say(room, "ann", "@bob", nonce="n").seq == 1  # still known under its nonce
    assert len(told) == 1


def test_deletion_forgets_the_names_and_the_mention_stands_no_more(room: Room):
    say(room, "ann", "@bob")
    gone = DeletionDraft(room=room.pk, at=datetime.now(UTC), target=1, by=participant("ann"))
    gone.actor = Actor(participant("ann"))
    log.append_and_wait(gone)
    assert Event.objects.get(room=room, seq=1).data is None
    assert not Mention.objects.standing().exists()


def test_held_message_calls_when_it_is_approved(room: Room, told: Told):
    rooms.limit_posting(room=room, actor=SITE, fields={"approve_first": True})
    with pytest.raises(ChatError):
        say(room, "ann", "@bob", nonce="n")
    assert (told, mentioned(room)) == ([], [])
    number = reports.list_reports(actor=SITE, room=room.pk).reports[0].id
    reports.decide_report(number=number, actor=SITE, decision="approve")
    assert [name for name, _ in told] == ["bob"]
    assert [name for name, _ in mentioned(room)] == ["bob"]


def test_message_that_is_refused_calls_no_one(room: Room, told: Told):
    rooms.limit_posting(room=room, actor=SITE, fields={"locked": True})
    with pytest.raises(ChatError):
        say(room, "ann", "@bob")
    assert (told, mentioned(room)) == ([], [])


def test_room_that_keeps_nothing_calls_and_stores_nothing(room: Room, told: Told):
    Room.objects.filter(pk=room.pk).update(retention_days=0)
    assert say(room, "ann", "@bob").mentions == ("bob",)
    assert [event.target for _, event in told] == [0]
    assert not Mention.objects.exists()


def test_conversations_call_with_each_message_already(told: Told):
    participant("bob")
    talk = Room.objects.get(pk=direct.open_with(participant("ann"), "bob").room)
    assert say(talk, "ann", "@bob").mentions == ()
    assert not Mention.objects.exists()


def test_a_batch_looks_up_all_its_names_with_two_queries(room: Room):
    other = Room.objects.create(title="other", title_key="other")
    join(other, "zoe")
    drafts = [draft(room, "ann", f"@bob {number}") for number in range(5)] + [
        draft(other, "ann", "@zoe @bob")
    ]
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        outcomes = log_module._commit_batch(drafts, UnkeptMessages())
    assert [outcome.event.mentions for outcome in outcomes] == [("bob",)] * 5 + [("zoe",)]
    reads = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    assert sum("name_key" in sql and ("joinedroom" in sql or "presence" in sql) for sql in reads) == 2


def test_names_that_a_batch_may_mention_are_found_once_and_bounded(
    room: Room, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mentions, "MOST_KEYS", 12)
    searched: list[str] = []

    def find(text: str) -> set[str]:
        searched.append(text)
        return find_candidates(text)

    monkeypatch.setattr(mentions, "find_candidates", find)
    texts = ["@bob", "@bob", "@ann and " + "x y " * 9, "@Cara Lee", "@bob, hi"]
    with transaction.atomic():
        outcomes = log_module._commit_batch([draft(room, "ann", text) for text in texts], UnkeptMessages())
    said = [outcome.event.mentions for outcome in outcomes if isinstance(outcome.event, Message)]
    assert said == [("bob",), ("bob",), (), ("Cara Lee",), ("bob",)]
    assert sorted(searched) == sorted(set(texts))


def test_message_without_a_mention_asks_nothing(room: Room):
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        log_module._commit_batch(
            [draft(room, "ann", "hi"), draft(room, "ann", "a@b.example @ you")], UnkeptMessages()
        )
    assert not any("joinedroom" in query["sql"] or "mention" in query["sql"] for query in queries)


def fill(room: Room, many: int) -> None:
    join(room, *(f"guest {number}" for number in range(many)))


def test_all_are_called_by_those_who_may(room: Room, told: Told):
    fill(room, FEW)
    Room.objects.filter(pk=room.pk).update(owner=participant("ann"))
    assert say(room, "bob", "@room please, @Cara Lee").mentions == ("Cara Lee",)
    assert [name for name, _ in told] == ["Cara Lee"]
    told.clear()
    assert say(room, "ann", "@Room and @bob").mentions == ("room", "bob")
    assert sorted(name for name, _ in told) == sorted(
        ["bob", "Cara Lee", *(f"guest {number}" for number in range(FEW))]
    )
    assert len(mentioned(room)) == 1 + len(told)


def test_those_present_are_called_by_here(room: Room, told: Told):
    fill(room, FEW)
    room.moderators.add(participant("ann"))
    now = datetime.now(UTC)
    lease = Lease.objects.create(id="0" * 32, renewed_at=now)
    for number, name in enumerate(("ann", "bob", "zoe")):
        Presence.objects.create(
            id=f"{number}" * 32,
            lease=lease,
            room=room,
            participant_id=participant(name),
            name=name,
            name_key=name_key(name),
            joined_at=now,
            last_activity=now,
        )
    JoinedRoom.objects.filter(participant=participant("bob")).update(level="nothing")
    assert say(room, "ann", "@here!").mentions == ("here",)
    assert [name for name, _ in told] == ["zoe"]
    assert sorted(name for name, _ in mentioned(room)) == ["bob", "zoe"]


def test_anyone_calls_all_where_few_have_joined(room: Room, told: Told):
    assert say(room, "zed", "@room", known=False).mentions == ("room",)
    assert sorted(name for name, _ in told) == ["Cara Lee", "ann", "bob"]


def test_many_who_are_present_are_not_called_by_anyone(room: Room, told: Told):
    now = datetime.now(UTC)
    lease = Lease.objects.create(id="0" * 32, renewed_at=now)
    who = [f"guest {number}" for number in range(FEW + 1)]
    Presence.objects.bulk_create(
        Presence(
            id=uuid4(),
            lease=lease,
            room=room,
            participant_id=participant(name),
            name=name,
            name_key=name_key(name),
            joined_at=now,
            last_activity=now,
        )
        for name in who
    )
    assert say(room, "ann", "@here").mentions == ()
    Presence.objects.filter(name=who[0]).update(name=who[1], name_key=name_key(who[1]))  # a second tab
    assert say(room, "ann", "@room").mentions == ("room",)


@pytest.fixture
def usual_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    budgets = Budgets(LimitTable())
    monkeypatch.setattr(mentions, "budgets", budgets)


@pytest.mark.usefixtures("usual_budgets")
def test_who_just_called_all_is_refused(room: Room, told: Told):
    other = Room.objects.create(title="other", title_key="other")
    say(room, "ann", "@room")
    for text in ("@room", "@here again", "hi @room and @bob"):
        with pytest.raises(ChatError) as refused:
            say(room, "ann", text)
        assert (refused.value.kind.code, refused.value.kind.retry) == (115, False)
        assert 300 < (refused.value.retry_after or 0) < 340
    assert say(room, "ann", "@bob").seq == 2
    assert say(room, "bob", "@room").mentions == ("room",)
    assert say(other, "ann", "@room").seq == 1


@pytest.mark.usefixtures("usual_budgets")
def test_moderator_calls_all_more_often(room: Room, told: Told):
    Room.objects.filter(pk=room.pk).update(owner=participant("ann"))
    for _ in range(6):
        say(room, "ann", "@room")
    with pytest.raises(ChatError):
        say(room, "ann", "@room")


@pytest.mark.usefixtures("usual_budgets")
def test_word_for_all_that_calls_no_one_costs_nothing(room: Room, told: Told):
    fill(room, FEW)
    for _ in range(3):
        assert say(room, "bob", "@room").mentions == ()
        assert say(room, "ann", "`@room` x@here").mentions == ()


@pytest.mark.usefixtures("usual_budgets")
def test_of_two_calls_in_one_batch_the_second_is_refused(room: Room):
    drafts = [draft(room, "ann", "@room"), draft(room, "ann", "@room")]
    with transaction.atomic():
        outcomes = log_module._commit_batch(drafts, UnkeptMessages())
    assert [outcome.error and outcome.error.kind.code for outcome in outcomes] == [None, 115]


@pytest.mark.usefixtures("usual_budgets")
def test_batch_that_fails_spends_no_call(room: Room):
    with transaction.atomic():
        log_module._commit_batch([draft(room, "ann", "@room")], UnkeptMessages())
        transaction.set_rollback(True)
    assert say(room, "ann", "@room").seq == 1


@pytest.mark.usefixtures("usual_budgets")
def test_moderator_may_approve_a_second_call(room: Room):
    rooms.limit_posting(room=room, actor=SITE, fields={"approve_first": True})
    for nonce in ("n", "m"):
        with pytest.raises(ChatError):
            say(room, "ann", "@room", nonce=nonce)
    for report in reports.list_reports(actor=SITE, room=room.pk).reports:
        reports.decide_report(number=report.id, actor=SITE, decision="approve")
    assert Event.objects.filter(room=room, kind="message").count() == 2


def test_approval_gives_no_right_to_call_all(room: Room, told: Told):
    fill(room, FEW)
    rooms.limit_posting(room=room, actor=SITE, fields={"approve_first": True})
    with pytest.raises(ChatError):
        say(room, "ann", "@room", nonce="n")
    number = reports.list_reports(actor=SITE, room=room.pk).reports[0].id
    reports.decide_report(number=number, actor=SITE, decision="approve")
    assert told == []


def test_calls_of_all_are_bounded(room: Room, told: Told, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mentions, "MOST_CALLED", 5)
    fill(room, 10)
    Participant.objects.filter(name="guest 7").update(seen_at=datetime.now(UTC) + timedelta(hours=1))
    say(room, "ann", "@room")
    assert len(mentioned(room)) == 5
    assert "guest 7" in dict(mentioned(room))


def test_name_that_is_a_word_for_all_calls_no_one(room: Room, told: Told):
    fill(room, FEW)
    join(room, "room", "Here")
    assert say(room, "bob", "@room, @here").mentions == ()
    assert told == []
    Room.objects.filter(pk=room.pk).update(owner=participant("ann"))
    assert say(room, "ann", "@here").mentions == ("here",)
    assert "Here" not in [name for name, _ in told]  # is not in the room


def test_name_that_begins_with_a_word_for_all_calls_its_owner_alone(room: Room, told: Told):
    join(room, "here comes")
    assert say(room, "ann", "@here comes").mentions == ("here comes",)
    join(room, "Room Service")
    assert say(room, "ann", "@room service").mentions == ("Room Service",)
    assert [name for name, _ in told] == ["here comes", "Room Service"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads few rows without an index")
def test_those_who_joined_a_room_are_found_by_an_index():
    assert "joined_room_members" in JoinedRoom.objects.filter(room=1).explain()
