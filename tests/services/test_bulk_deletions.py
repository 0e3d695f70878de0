"""Bulk deletions: all messages of one sender, in a room or everywhere, and back. On a real database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection

from chat import validation
from chat.errors import (
    INVALID_FIELD,
    MESSAGE_NOT_FOUND,
    PAGE_NOT_FOUND,
    ROOM_UNAUTHORIZED,
    TOO_MANY_REQUESTS,
    UNAVAILABLE,
    ChatError,
    ErrorKind,
)
from chat.events import Erased, Message, Reacted, Sender
from chat.log import recovery
from chat.log.drafts import Draft, Outcome
from chat.log.kinds.ban import BanDraft
from chat.log.kinds.message import MessageDraft
from chat.log.kinds.reaction import ReactionDraft
from chat.log.log import log
from chat.models import AuditEntry, BulkDeletion, Event, KeptText, Lease, Participant, Reaction, Room
from chat.permissions import Actor
from chat.presence.writer import presence
from chat.services import bulk_deletions, direct
from tests.support.marks import whole_db

pytestmark = whole_db
DELETING, DONE, STOPPED = BulkDeletion.State.DELETING, BulkDeletion.State.DONE, BulkDeletion.State.STOPPED


def now() -> datetime:
    return datetime.now(UTC)


class Town:
    """Two rooms, `club` of olga's and `yard`; eve, bob and staff (sue) have accounts.

    Every other message has a nonce.
    """

    def __init__(self) -> None:
        Lease.objects.create(pk=presence.lease, renewed_at=now())
        self.people: dict[str, int] = {}
        self.said = 0
        for name in ("olga", "mona", "eve", "bob", "sue"):
            user = User.objects.create(username=name, is_staff=name == "sue")
            self.people[name] = Participant.objects.get(user=user).pk
        User.objects.get(username="sue").user_permissions.set(
            Permission.objects.filter(
                content_type__app_label="chat", codename__in=("change_room", "delete_event")
            )
        )
        self.club = Room.objects.create(title="club", title_key="club", owner_id=self.people["olga"])
        self.club.moderators.add(self.people["mona"])
        self.yard = Room.objects.create(title="yard", title_key="yard")

    def actor(self, name: str) -> Actor:
        return Actor(self.people[name], address="192.0.2.7")

    def say(
        self,
        room: Room | int,
        name: str,
        text: str = "x",
        *,
        label: bool = False,
        ago: timedelta = timedelta(),
    ) -> int:
        number = room if isinstance(room, int) else room.pk
        sender = Sender(name, "", None if label else self.people[name])
        self.said += 1
        said = log.append_and_wait(
            MessageDraft(
                room=number,
                at=now() - ago,
                sender=sender,
                text=text,
                actor=Actor(sender.participant),
                nonce=f"n{self.said}" if self.said % 2 else None,
            )
        )
        assert isinstance(said, Message)
        return said.seq

    def react(self, room: Room, name: str, target: int, emoji: str = "👍") -> None:
        sender = Sender(name, "", self.people[name])
        actor = Actor(sender.participant)
        log.append_and_wait(
            ReactionDraft(
                room=room.pk, at=now(), sender=sender, target=target, emoji=emoji, on=True, actor=actor
            )
        )

    def reactions(self, room: Room) -> list[tuple[int, str, tuple[str, ...]]]:
        return [
            (one.seq, each.emoji, each.who)
            for one in recovery.read_history(room.pk, limit=100).messages
            for each in one.reactions
        ]

    def standing(self, room: Room | int) -> list[tuple[str, str]]:
        number = room if isinstance(room, int) else room.pk
        return [
            (one.sender.name, one.text)
            for one in recovery.read_history(number, limit=100).messages
            if not one.erased
        ]

    def delete(self, by: str = "olga", **fields: Any) -> BulkDeletion:
        given: dict[str, Any] = {"room": self.club, "actor": self.actor(by), "since": "all"} | fields
        return bulk_deletions.delete_in_room(**given)

    def delete_everywhere(self, by: str = "sue", **fields: Any) -> BulkDeletion:
        given: dict[str, Any] = {"actor": self.actor(by), "since": "all"} | fields
        return bulk_deletions.delete_everywhere(**given)


@pytest.fixture
def town() -> Town:
    return Town()


def work() -> None:
    """Do all that is to be done, as `chat.engine.bulk` does: a batch of each in turn."""
    while claimed := bulk_deletions.claim(presence.lease):
        for bulk in claimed:
            drafts = bulk_deletions.make_drafts(bulk)
            bulk_deletions.note_batch(bulk, drafts, [append(draft) for draft in drafts])


def append(draft: Draft) -> Outcome:
    """What becomes of the draft."""
    try:
        return Outcome(log.append_and_wait(draft))
    except ChatError as error:
        return Outcome(error=error)


def refused(kind: ErrorKind, do: Callable[..., object], **fields: Any) -> ChatError:
    with pytest.raises(ChatError) as error:
        do(**fields)
    assert error.value.kind is kind
    return error.value


def test_all_messages_of_a_sender_in_a_room_are_deleted(town: Town):
    for text in ("a", "b"):
        for name in ("eve", "bob"):
            town.say(town.club, name, text)
    town.say(town.yard, "eve", "elsewhere")
    bulk = town.delete(name="EVE", reason="spam")
    assert (bulk.state, bulk.total, bulk.name) == (DELETING, 2, "EVE")
    work()
    bulk.refresh_from_db()
    assert (bulk.state, bulk.deleted, bulk.runner) == (DONE, 2, None)
    assert town.standing(town.club) == [("bob", "a"), ("bob", "b")]
    assert town.standing(town.yard) == [("eve", "elsewhere")]
    erased = [event.target for event in recovery.read_after(town.club.pk, 4) if isinstance(event, Erased)]
    assert sorted(erased) == [1, 3]


def test_reactions_of_the_sender_go_as_well(town: Town):
    said = [town.say(town.club, "bob", f"{n}") for n in range(20)]
    elsewhere = town.say(town.yard, "bob")
    for seq in said:
        town.react(town.club, "eve", seq)
    town.react(town.club, "eve", said[0], "lol")  # as those of earlier versions
    town.react(town.club, "bob", said[0])
    town.react(town.yard, "eve", elsewhere)
    before = town.say(town.club, "bob")
    log.append_and_wait(BanDraft(room=town.club.pk, at=now(), name="eve", actor=town.actor("olga")))
    bulk = town.delete(name="eve")  # who has sent nothing
    work()
    bulk.refresh_from_db()
    assert (bulk.state, bulk.total, bulk.deleted, bulk.refusal) == (DONE, 0, 0, "")
    assert town.reactions(town.club) == [(said[0], "👍", ("bob",))]
    assert town.reactions(town.yard) == [(elsewhere, "👍", ("eve",))]
    gone = [event for event in recovery.read_after(town.club.pk, before) if isinstance(event, Reacted)]
    assert len(gone) == 21
    assert {(event.who.participant, event.on) for event in gone} == {(town.people["eve"], False)}
    town.delete_everywhere(name="eve")
    work()
    assert town.reactions(town.yard) == []


def test_reactions_under_messages_before_the_time_span_stay(town: Town):
    old = town.say(town.club, "bob", ago=timedelta(hours=2))
    new = town.say(town.club, "bob")
    for seq in (old, new):
        town.react(town.club, "eve", seq)
    town.delete(name="eve", since="hour")
    work()
    assert town.reactions(town.club) == [(old, "👍", ("eve",))]


def test_stopped_deletion_leaves_the_other_reactions(town: Town):
    seq = town.say(town.club, "bob")
    town.react(town.club, "eve", seq)
    bulk = town.delete(name="eve")
    [claimed] = bulk_deletions.claim(presence.lease)
    [draft] = bulk_deletions.make_drafts(claimed)
    bulk_deletions.stop(number=bulk.pk, actor=town.actor("olga"), room=town.club)
    assert append(draft) == Outcome(None)
    assert town.reactions(town.club) == [(seq, "👍", ("eve",))]


def test_one_entry_in_the_audit_log_has_the_count(town: Town):
    for _ in range(3):
        town.say(town.club, "eve")
    bulk = town.delete(name="eve", reason="spam")
    work()
    (entry,) = AuditEntry.objects.all()
    assert (entry.act, entry.actor_name, entry.subject_name, entry.reason) == (
        "delete_all",
        "olga",
        "eve",
        "spam",
    )
    assert (entry.room, entry.address) == (town.club.pk, "192.0.2.7")
    assert entry.details == {"bulk": bulk.pk, "count": 3}


def test_sender_is_found_by_a_message_after_a_change_of_name(town: Town):
    seq = town.say(town.club, "eve", "one")
    Participant.objects.filter(pk=town.people["eve"]).update(name="eva", name_key="eva")
    log.append_and_wait(
        MessageDraft(room=town.club.pk, at=now(), sender=Sender("eva", "", town.people["eve"]), text="two")
    )
    town.delete(target=seq)
    work()
    assert town.standing(town.club) == []


@pytest.mark.parametrize(("since", "left"), [("hour", ["days", "hours"]), ("day", ["days"]), ("all", [])])
def test_only_messages_of_the_time_span_are_deleted(town: Town, since: str, left: list[str]):
    for text, ago in (("days", timedelta(days=2)), ("hours", timedelta(hours=2)), ("now", timedelta())):
        town.say(town.club, "eve", text, ago=ago)
    bulk = town.delete(name="eve", since=since)
    assert bulk.total == 3 - len(left)
    work()
    assert [text for _, text in town.standing(town.club)] == left


def test_messages_sent_later_stay(town: Town):
    town.say(town.club, "eve", "before")
    bulk = town.delete(name="eve")
    BulkDeletion.objects.filter(pk=bulk.pk).update(at=now() - timedelta(seconds=1))
    Event.objects.filter(text="before").update(created_at=now() - timedelta(seconds=2))
    town.say(town.club, "eve", "after")
    work()
    assert town.standing(town.club) == [("eve", "after")]


def test_label_without_a_participant_is_a_sender_of_its_own(town: Town):
    town.say(town.club, "spam", "by label", label=True)
    town.say(town.club, "other", "by label", label=True)
    town.delete(name="spam")
    work()
    assert town.standing(town.club) == [("other", "by label")]


def test_label_is_found_by_its_name_key_and_covers_those_who_are_gone(town: Town):
    """Nothing tells these apart: the log has their name alone. The participant of that name is another."""
    Participant.objects.filter(pk=town.people["eve"]).update(
        name="Spam", name_key=validation.name_key("Spam")
    )
    town.say(town.club, "bob", "stays")
    for name in ("spam", "SPAM", "\N{CYRILLIC SMALL LETTER DZE}pam"):
        town.say(town.club, name, "by label", label=True)
    seq = town.say(town.club, "spam", "by label", label=True)
    town.say(town.club, "other", "stays", label=True)
    log.append_and_wait(
        MessageDraft(room=town.club.pk, at=now(), sender=Sender("Spam", "", town.people["eve"]), text="known")
    )
    bulk = town.delete(target=seq)
    assert bulk.total == 4
    work()
    assert town.standing(town.club) == [("bob", "stays"), ("other", "stays"), ("Spam", "known")]
    User.objects.get(username="eve").delete()
    Participant.objects.filter(pk=town.people["eve"]).delete()
    assert town.delete(name="sPaM").total == 1


def test_everywhere_includes_deleted_rooms_and_conversations(town: Town):
    talk = direct.open_with(town.people["eve"], "bob").room
    for room in (town.club.pk, town.yard.pk, talk):
        for _ in range(20):
            town.say(room, "eve", "spam")
        town.say(room, "bob", "hello")
    Room.objects.filter(pk=town.yard.pk).update(deleted_at=now())
    bulk = town.delete_everywhere(name="eve")
    assert bulk.total == 60
    work()
    for room in (town.club.pk, town.yard.pk, talk):
        assert town.standing(room) == [("bob", "hello")]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.room, entry.details["everywhere"], entry.details["count"]) == (None, True, 60)


@pytest.mark.parametrize("by", ["bob", "eve", "olga", "mona"])
def test_only_staff_delete_everywhere(town: Town, by: str):
    town.say(town.club, "eve")
    refused(ROOM_UNAUTHORIZED, town.delete_everywhere, by=by, name="eve")


@pytest.mark.parametrize(
    ("by", "whom", "may"),
    [
        ("bob", "eve", False),
        ("eve", "eve", False),
        ("mona", "eve", True),
        ("mona", "mona", False),
        ("mona", "olga", False),
        ("olga", "mona", True),
        ("olga", "sue", False),
        ("sue", "olga", True),
    ],
)
def test_those_who_run_a_room_delete_what_a_lower_rank_said(town: Town, by: str, whom: str, may: bool):
    town.say(town.club, whom)
    if may:
        assert town.delete(by, name=whom).total == 1
    else:
        refused(ROOM_UNAUTHORIZED, town.delete, by=by, name=whom)


def test_staff_do_not_delete_everywhere_what_staff_said(town: Town):
    town.say(town.club, "sue")
    refused(ROOM_UNAUTHORIZED, town.delete_everywhere, name="sue")


def test_members_of_a_conversation_delete_their_own_messages_only(town: Town):
    talk = Room.objects.get(pk=direct.open_with(town.people["eve"], "bob").room)
    town.say(talk, "eve")
    for by in ("bob", "sue"):
        refused(ROOM_UNAUTHORIZED, town.delete, by=by, room=talk, name="eve")


def test_lost_right_ends_the_bulk_deletion(town: Town):
    for _ in range(3):
        town.say(town.club, "eve", "stays")
    bulk = town.delete("mona", name="eve")
    town.club.moderators.clear()
    work()
    bulk.refresh_from_db()
    assert (bulk.state, bulk.deleted) == (BulkDeletion.State.REFUSED, 0)
    assert "moderators" in bulk.refusal
    assert len(town.standing(town.club)) == 3
    assert AuditEntry.objects.get().details == {"bulk": bulk.pk, "count": 0, "ended": "refused"}


def test_actor_who_is_gone_does_not_become_the_server(town: Town):
    town.say(town.club, "eve", "stays")
    bulk = town.delete_everywhere(name="eve")
    User.objects.get(username="sue").delete()
    work()
    bulk.refresh_from_db()
    assert bulk.state == BulkDeletion.State.REFUSED
    assert town.standing(town.club) == [("eve", "stays")]


def test_sender_who_gains_rank_ends_the_bulk_deletion(town: Town):
    town.say(town.club, "eve", "stays")
    bulk = town.delete("mona", name="eve")
    town.club.moderators.add(town.people["eve"])
    work()
    bulk.refresh_from_db()
    assert bulk.state == BulkDeletion.State.REFUSED


def test_nothing_more_is_deleted_after_a_stop(town: Town):
    town.say(town.club, "eve", "stays")
    bulk = town.delete(name="eve")
    (claimed,) = bulk_deletions.claim(presence.lease)
    drafts = bulk_deletions.make_drafts(claimed)
    bulk_deletions.stop(number=bulk.pk, actor=town.actor("mona"), room=town.club)
    assert [log.append_and_wait(draft) for draft in drafts] == [None]
    bulk_deletions.note_batch(claimed, drafts, [])
    work()
    bulk.refresh_from_db()
    assert (bulk.state, bulk.deleted) == (STOPPED, 0)
    assert AuditEntry.objects.get().details == {
        "bulk": bulk.pk,
        "count": 0,
        "ended": "stopped",
        "stopped_by": town.people["mona"],
    }
    refused(PAGE_NOT_FOUND, bulk_deletions.stop, number=bulk.pk, actor=town.actor("mona"), room=town.club)


def test_another_process_goes_on_after_a_crash(town: Town):
    """In the middle of a batch, whose messages are deleted and not noted."""
    for _ in range(40):
        town.say(town.club, "eve")
    other = Lease.objects.create(pk="11111111-1111-4111-8111-111111111111", renewed_at=now())
    bulk = town.delete(name="eve")
    (claimed,) = bulk_deletions.claim(other.pk)
    assert bulk_deletions.claim(presence.lease) == []
    for draft in bulk_deletions.make_drafts(claimed):
        log.append_and_wait(draft)
    presence.sweep_leases(alone=True)
    work()
    bulk.refresh_from_db()
    assert (bulk.state, bulk.deleted, bulk.total) == (DONE, 40, 40)
    assert town.standing(town.club) == []


def test_process_without_a_lease_claims_no_bulk_deletion(town: Town):
    town.say(town.club, "eve")
    town.delete(name="eve")
    Lease.objects.all().delete()
    assert bulk_deletions.claim(presence.lease) == []


def test_two_bulk_deletions_take_turns(town: Town):
    for name in ("eve", "bob"):
        for _ in range(40):
            town.say(town.club, name)
        town.delete(name=name)
    work()
    targets = [event.target for event in recovery.read_after(town.club.pk, 80) if isinstance(event, Erased)]
    assert [target > 40 for target in targets[:32]] == [False] * 16 + [True] * 16
    assert town.standing(town.club) == []


def test_failed_batch_is_done_again(town: Town):
    town.say(town.club, "eve")
    bulk = town.delete(name="eve")
    (claimed,) = bulk_deletions.claim(presence.lease)
    drafts = bulk_deletions.make_drafts(claimed)
    unavailable = Outcome(error=ChatError(UNAVAILABLE))
    refused(
        UNAVAILABLE,
        bulk_deletions.note_batch,
        bulk=claimed,
        drafts=drafts,
        outcomes=[unavailable],
    )
    work()
    bulk.refresh_from_db()
    assert (bulk.state, bulk.deleted) == (DONE, 1)


def test_staff_restore_a_bulk_deletion(town: Town):
    talk = direct.open_with(town.people["eve"], "bob").room
    for room in (town.club.pk, talk):
        for number in range(20):
            town.say(room, "eve", f"{number}")
    bulk = town.delete_everywhere(name="eve")
    work()
    refused(ROOM_UNAUTHORIZED, bulk_deletions.restore, number=bulk.pk, actor=town.actor("olga"))
    bulk_deletions.restore(number=bulk.pk, actor=town.actor("sue"))
    work()
    bulk.refresh_from_db()
    assert (bulk.state, bulk.restored) == (BulkDeletion.State.RESTORED, 40)
    for room in (town.club.pk, talk):
        assert [text for _, text in town.standing(room)] == [str(number) for number in range(20)]
    assert AuditEntry.objects.latest("pk").act == "restore_all"
    refused(MESSAGE_NOT_FOUND, bulk_deletions.restore, number=bulk.pk, actor=town.actor("sue"))


def test_restoration_leaves_who_deleted(town: Town):
    town.say(town.club, "eve")
    number = town.delete(name="eve").pk
    work()
    bulk_deletions.restore(number=number, actor=town.actor("sue"))
    work()
    bulk = BulkDeletion.objects.get(pk=number)
    assert (bulk.actor_name, bulk.restorer_name) == ("olga", "sue")
    info = bulk_deletions.describe(bulk)
    assert (info.by, info.restored_by) == ("olga", "sue")
    assert list(AuditEntry.objects.order_by("pk").values_list("act", "actor_name")) == [
        ("delete_all", "olga"),
        ("restore_all", "sue"),
    ]


def test_restorer_who_loses_the_right_ends_the_restoration(town: Town):
    town.say(town.club, "eve")
    number = town.delete(name="eve").pk
    work()
    bulk_deletions.restore(number=number, actor=town.actor("sue"))
    User.objects.get(username="sue").delete()
    work()
    bulk = BulkDeletion.objects.get(pk=number)
    assert (bulk.state, bulk.restored, bulk.restorer_name) == ("refused", 0, "sue")


def test_staff_permanently_delete_the_kept_texts(town: Town):
    town.say(town.club, "eve", "a secret")
    bulk = town.delete(name="eve")
    refused(PAGE_NOT_FOUND, bulk_deletions.erase_kept, number=bulk.pk, actor=town.actor("sue"))
    work()
    refused(ROOM_UNAUTHORIZED, bulk_deletions.erase_kept, number=bulk.pk, actor=town.actor("olga"))
    assert bulk_deletions.erase_kept(number=bulk.pk, actor=town.actor("sue")) == 1
    assert not KeptText.objects.exists()
    entry = AuditEntry.objects.latest("pk")
    assert (entry.act, entry.details["count"]) == ("erase_kept", 1)
    refused(MESSAGE_NOT_FOUND, bulk_deletions.restore, number=bulk.pk, actor=town.actor("sue"))


@pytest.mark.parametrize(
    ("fields", "kind", "field"),
    [
        ({"name": "eve", "since": "week"}, INVALID_FIELD, "since"),
        ({"name": "eve", "since": ["all"]}, INVALID_FIELD, "since"),
        ({}, INVALID_FIELD, "name"),
        ({"name": "eve", "target": 1}, INVALID_FIELD, "name"),
        ({"name": 5}, INVALID_FIELD, "name"),
        ({"target": "1"}, INVALID_FIELD, "target"),
        ({"target": 2**70}, INVALID_FIELD, "target"),
        ({"target": 99}, MESSAGE_NOT_FOUND, "target"),
        ({"name": "bob"}, MESSAGE_NOT_FOUND, ""),
        ({"name": "eve", "reason": "x" * 201}, INVALID_FIELD, "reason"),
    ],
)
def test_wrong_input_gets_an_error_that_names_it(
    town: Town, fields: dict[str, Any], kind: ErrorKind, field: str
):
    town.say(town.club, "eve")
    assert refused(kind, town.delete, **fields).field == field


def test_too_many_bulk_deletions_at_once_are_refused(town: Town):
    town.say(town.club, "eve")
    for _ in range(bulk_deletions.MOST_UNDER_WAY):
        town.delete(name="eve")
    refused(TOO_MANY_REQUESTS, town.delete, name="eve")
    work()
    assert {bulk.state for bulk in BulkDeletion.objects.all()} == {DONE}


def test_parallel_requests_cannot_exceed_the_limit(town: Town):
    town.say(town.club, "eve")
    tries = bulk_deletions.MOST_UNDER_WAY + 3
    together = Barrier(tries)

    def begin(_: int) -> bool:
        together.wait()
        try:
            town.delete(name="eve")
        except ChatError as error:
            return error.kind is not TOO_MANY_REQUESTS
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(tries) as threads:
        assert sum(threads.map(begin, range(tries))) == bulk_deletions.MOST_UNDER_WAY
    assert BulkDeletion.objects.count() == bulk_deletions.MOST_UNDER_WAY


def test_those_who_run_a_room_see_its_bulk_deletions(town: Town):
    town.say(town.club, "eve")
    inside, outside = town.delete(name="eve"), town.delete_everywhere(name="eve")
    assert bulk_deletions.find_shown(actor=town.actor("mona"), room=town.club) == [inside]
    assert bulk_deletions.find_shown(actor=town.actor("sue")) == [outside, inside]
    refused(ROOM_UNAUTHORIZED, bulk_deletions.find_shown, actor=town.actor("eve"), room=town.club)
    refused(ROOM_UNAUTHORIZED, bulk_deletions.find_shown, actor=town.actor("mona"))
    refused(
        PAGE_NOT_FOUND, bulk_deletions.find_one, number=outside.pk, actor=town.actor("mona"), room=town.club
    )


@pytest.mark.parametrize("sender", [1, None])
def test_messages_of_a_sender_in_a_room_are_found_in_the_index_of_messages(town: Town, sender: int | None):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
    else:  # other tests have it analyze tables that are nearly empty
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS sqlite_stat1")
            cursor.execute("ANALYZE sqlite_schema")
    said = Event.objects.said_by(sender).filter(room=1, created_at__lte=now())
    plan = said.filter(seq__gte=1, seq__lt=5000).order_by("-seq").values("room", "seq")[:16].explain()
    assert "event_messages" in plan, plan


@pytest.mark.parametrize("label", [False, True])
@pytest.mark.parametrize("since", ["hour", "all"])
def test_walk_finds_all_over_many_windows_and_rooms(
    town: Town, monkeypatch: pytest.MonkeyPatch, since: str, label: bool
):
    monkeypatch.setattr(bulk_deletions, "_WINDOW", 3)
    monkeypatch.setattr(bulk_deletions, "_WINDOWS", 2)
    name, room = ("zoe" if label else "eve"), (town.yard, town.club)
    for n in range(60):
        ago = timedelta(hours=2) if n < 20 else timedelta()
        town.say(room[n % 3 == 0], name if n % 7 == 0 else "bob", ago=ago, label=label and n % 7 == 0)
    expected = 9 if since == "all" else 6  # of 0, 7, … 56: three are old
    bulk = town.delete_everywhere(name=name, since=since)
    assert bulk.total == expected
    work()
    bulk.refresh_from_db()
    assert (bulk.state, bulk.deleted) == ("done", expected)
    left = Event.objects.said_by(bulk.sender)
    assert left.under_name(name).count() == 9 - expected


def test_later_texts_of_a_message_are_found_by_index(town: Town):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
    plans = [texts.explain() for texts in Event.objects.texts_of(town.club.pk, 7)]
    assert "event_edits" in plans[0], plans
    assert "event_restorations" in plans[1], plans


def test_moderator_does_not_stop_the_deletion_of_their_own_messages_or_a_restoration(town: Town):
    town.say(town.club, "mona")
    town.say(town.club, "bob")
    of_mona, of_bob = town.delete(name="mona"), town.delete(name="bob")
    mona: dict[str, Any] = {"actor": town.actor("mona"), "room": town.club}
    refused(ROOM_UNAUTHORIZED, bulk_deletions.stop, number=of_mona.pk, **mona)
    assert bulk_deletions.stop(number=of_bob.pk, **mona).state == "stopped"
    work()
    bulk_deletions.restore(number=of_mona.pk, actor=town.actor("sue"))
    for name in ("mona", "olga"):
        asked: dict[str, Any] = {"actor": town.actor(name), "room": town.club}
        refused(ROOM_UNAUTHORIZED, bulk_deletions.stop, number=of_mona.pk, **asked)
    work()
    assert ("mona", "x") in town.standing(town.club)


def test_staff_who_may_not_delete_messages_neither_delete_everywhere_nor_restore(town: Town):
    town.say(town.club, "eve")
    bulk = town.delete(name="eve")
    work()
    User.objects.get(username="sue").user_permissions.remove(Permission.objects.get(codename="delete_event"))
    refused(ROOM_UNAUTHORIZED, town.delete_everywhere, name="bob")
    refused(ROOM_UNAUTHORIZED, bulk_deletions.restore, number=bulk.pk, actor=town.actor("sue"))
    refused(ROOM_UNAUTHORIZED, bulk_deletions.erase_kept, number=bulk.pk, actor=town.actor("sue"))


def test_reactions_of_the_sender_are_found_by_an_index(town: Town):
    others = [Participant(name=f"p{number}") for number in range(100)]
    people = Participant.objects.bulk_create(others)
    Reaction.objects.bulk_create(
        Reaction(room=town.club, target=target, participant=person, emoji="👍", name=person.name)
        for person in people
        for target in range(1, 100)
    )
    Event.objects.bulk_create(
        Event(room=town.club, seq=seq, kind="message", created_at=now(), name="p", text="x")
        for seq in range(1, 5000)
    )
    eve = {"participant_id": town.people["eve"], "emoji": "👍", "name": "eve"}
    Reaction.objects.bulk_create(Reaction(room=town.club, target=target, **eve) for target in range(1, 4))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for room in (None, town.club):
        for since in (None, now()):
            bulk = BulkDeletion(room=room, sender=town.people["eve"], since=since)
            plan = bulk_deletions._find_reactions(bulk)[: bulk_deletions.BATCH].explain()
            assert "reaction_of_whom" in plan, plan
