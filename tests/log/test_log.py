"""The log on a real database: group commit, numbering, nonces, changes of rooms."""

import threading
from concurrent.futures import Future
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from chat.delivery.hub import LiveRoom
from chat.errors import (
    DUPLICATE_ROOM,
    INVALID_FIELD,
    MESSAGE_NOT_FOUND,
    ROOM_LOCKED,
    ROOM_NOT_FOUND,
    UNAVAILABLE,
    ChatError,
)
from chat.events import Edited, Erased, Message, Reaction, RoomChanged, RoomDeleted, Sender
from chat.log import log as log_module
from chat.log import recovery
from chat.log.drafts import Draft, Outcome
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.kinds.message import MessageDraft, UnkeptMessages
from chat.log.kinds.reaction import ReactionDraft
from chat.log.kinds.room_change import RoomChangeDraft
from chat.log.kinds.room_deletion import RoomDeletionDraft
from chat.log.log import Log
from chat.models import Event, Participant, Room
from chat.permissions import SITE
from chat.validation import MOST_EMOJI
from tests.support.marks import whole_db

pytestmark = whole_db


def now() -> datetime:
    return datetime.now(UTC)


def say(
    text: str = "hi", room: int = 1, nonce: str | None = None, participant: int | None = None
) -> MessageDraft:
    return MessageDraft(room=room, at=now(), sender=Sender("ann", "red", participant), text=text, nonce=nonce)


def append_all(log: Log, drafts: list[Draft]) -> list[Outcome]:
    """Append at once and wait for all the answers."""
    futures: list[Future[Outcome]] = []
    for draft in drafts:
        futures.append(Future())
        draft.reply = futures[-1].set_result
        log.submit(draft)
    return [future.result(10) for future in futures]


def another_room(title: str) -> Room:
    return Room.objects.create(title=title, title_key=title.lower())


def test_what_is_appended_can_be_read_again_as_it_was(log: Log):
    participant = Participant.objects.create(name="ann")
    sent = log.append_and_wait(
        say("two\nlines ☃ 👩‍🚀 'quoted' \\ \"too\"", nonce="n", participant=participant.pk)
    )
    assert recovery.read_after(1, 0) == [sent]
    assert recovery.latest_messages(1, 10) == [sent]
    assert recovery.last_seqs([1]) == {1: 1}


def test_draft_that_cannot_be_stored_is_refused_alone(log: Log):
    """A participant that is gone: the others in its commit do not suffer for it."""
    gone = Participant.objects.create()
    key = gone.pk
    gone.delete()
    drafts: list[Draft] = [say("before"), say("gone", participant=key), say("after")]
    before, refused, after = append_all(log, drafts)
    assert (before.error, after.error) == (None, None)
    assert refused.error is not None
    assert not refused.error.kind.retry
    assert [event.seq for event in recovery.read_after(1, 0)] == [1, 2]


def test_no_number_is_given_out_while_clients_have_more_than_the_log(log: Log):
    """The database has gone back, which is about to be noticed (`chat.engine.upkeep.Poll`)."""
    append_all(log, [say("one")])
    live = LiveRoom(1, seq=2)
    log.watch_rooms({1: live})
    refused, other = append_all(log, [say("two")]), recovery.last_seqs([1])
    assert refused[0].error is not None
    assert (refused[0].error.kind, refused[0].error.kind.retry, other) == (UNAVAILABLE, True, {1: 1})
    live.seq = 1  # the new epoch has begun
    assert append_all(log, [say("two")])[0].error is None


def test_restored_room_says_so_in_its_log(log: Log):
    room = another_room("back").pk
    log.append_and_wait(RoomDeletionDraft(room=room, at=now(), actor=SITE))
    assert append_all(log, [say(room=room)])[0].error is not None
    restored = log.append_and_wait(
        RoomChangeDraft(room=room, at=now(), actor=SITE, values={"deleted_at": None})
    )
    assert isinstance(restored, RoomChanged)
    assert append_all(log, [say(room=room)])[0].error is None


def test_edits_and_reactions_are_in_the_log_and_in_the_message(log: Log):
    ann = Participant.objects.create(name="ann").pk
    who = Sender("ann", "red", ann)
    append_all(log, [say("helo", participant=ann)])
    log.append_and_wait(EditDraft(room=1, at=now(), target=1, text="hello", sender=who))
    log.append_and_wait(ReactionDraft(room=1, at=now(), target=1, sender=who, emoji="👍", on=True))
    kinds = [type(event).__name__ for event in recovery.read_after(1, 0)]
    assert kinds == ["Message", "Edited", "Reacted"]
    page = recovery.read_history(1, limit=10)
    assert (page.seq, page.more) == (3, False)
    reaction = Reaction("👍", ("ann",), (ann,))
    assert (page.messages[0].text, page.messages[0].reactions) == ("hello", (reaction,))
    assert page.messages[0].edited is not None
    log.append_and_wait(DeletionDraft(room=1, at=now(), target=1, by=ann))
    assert not Event.objects.exclude(text="").exists()
    assert recovery.read_history(1, limit=10).messages[0].reactions == ()


def test_message_has_a_maximum_number_of_different_emoji(log: Log):
    ann = Participant.objects.create(name="ann").pk
    append_all(log, [say(participant=ann)])
    reactions: list[Draft] = [
        ReactionDraft(
            room=1, at=now(), target=1, sender=Sender("ann", "", ann), emoji=chr(0x1F600 + n), on=True
        )
        for n in range(MOST_EMOJI + 1)
    ]
    errors = [outcome.error for outcome in append_all(log, reactions)]
    assert errors[:-1] == [None] * MOST_EMOJI
    assert errors[-1] is not None
    assert errors[-1].field == "emoji"


def test_locked_room_takes_no_edits_and_no_reactions_but_deletions(log: Log):
    ann = Participant.objects.create(name="ann").pk
    append_all(log, [say(participant=ann)])
    log.append_and_wait(RoomChangeDraft(room=1, at=now(), actor=SITE, values={"locked": True}))
    edit = EditDraft(room=1, at=now(), target=1, text="x", sender=Sender("ann", "", ann))
    react = ReactionDraft(room=1, at=now(), target=1, sender=Sender("ann", "", ann), emoji="x", on=True)
    for outcome in append_all(log, [edit, react]):
        assert outcome.error is not None
        assert outcome.error.kind is ROOM_LOCKED
    assert append_all(log, [DeletionDraft(room=1, at=now(), target=1, by=ann)])[0].error is None


def test_many_threads_and_rooms_get_dense_numbers(log: Log):
    rooms = [another_room(f"room {number}").pk for number in range(5)]
    outcomes: dict[int, list[Outcome]] = {}

    def talk(thread: int) -> None:
        outcomes[thread] = append_all(log, [say(f"{thread}/{n}", rooms[n % 5]) for n in range(100)])

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for room in rooms:
        events = recovery.read_after(room, 0)
        assert [event.seq for event in events] == list(range(1, 81))
        assert recovery.last_seqs([room]) == {room: 80}
    answered = {(o.result().room, o.result().seq) for found in outcomes.values() for o in found}
    assert len(answered) == 400


def test_messages_of_one_sender_keep_their_order(log: Log):
    append_all(log, [say(str(number)) for number in range(300)])
    texts = [event.text for event in recovery.read_after(1, 0, 300) if isinstance(event, Message)]
    assert texts == [str(number) for number in range(300)]


def test_retry_with_same_nonce_returns_first_seq(log: Log):
    participant = Participant.objects.create().pk
    first = log.append_and_wait(say("first", nonce="n", participant=participant))
    log.append_and_wait(say("between"))
    assert log.append_and_wait(say("first", nonce="n", participant=participant)) == first
    assert Event.objects.filter(nonce="n").count() == 1
    assert recovery.last_seqs([1]) == {1: 2}


def test_nonce_of_another_message_is_refused_and_nothing_is_lost(log: Log):
    participant = Participant.objects.create().pk
    other = another_room("other").pk
    log.append_and_wait(say("first", nonce="n", participant=participant))
    for text, room in (("second", 1), ("first", other)):
        again = say(text, room, "n", participant)
        with pytest.raises(ChatError) as raised:
            log.append_and_wait(again)
        assert (raised.value.kind, raised.value.field) == (INVALID_FIELD, "nonce")
    assert recovery.last_seqs([1, other]) == {1: 1, other: 0}


@pytest.mark.parametrize("changes", ["edit", "delete", "edit, edit, delete"])
def test_retry_of_a_message_that_was_changed_since_returns_first_seq(log: Log, changes: str):
    participant = Participant.objects.create().pk
    who = Sender("ann", "red", participant)
    log.append_and_wait(say("first", nonce="n", participant=participant))
    for turn, change in enumerate(changes.split(", ")):
        if change == "edit":
            log.append_and_wait(EditDraft(room=1, at=now(), target=1, text=f"text {turn}", sender=who))
        else:
            log.append_and_wait(DeletionDraft(room=1, at=now(), target=1, by=participant))
    again = log.append_and_wait(say("first", nonce="n", participant=participant))
    assert again is not None
    assert again.seq == 1
    for text in ("text 0", "text 1", "other"):
        with pytest.raises(ChatError):
            log.append_and_wait(say(text, nonce="n", participant=participant))
    assert Event.objects.all_messages().count() == 1


@pytest.mark.parametrize("nonce", [" n ", "N", "é", "e\u0301", "\u00a0", "\u200b", "\ufffd", "\x01", "1"])
def test_nonces_are_kept_and_compared_to_the_letter(log: Log, nonce: str):
    participant = Participant.objects.create().pk
    seqs = []
    for name in (nonce, "n", "n ", "é ", nonce):
        message = log.append_and_wait(say(nonce=name, participant=participant))
        assert isinstance(message, Message)
        assert message.nonce == name
        seqs.append(message.seq)
    assert seqs == [1, 2, 3, 4, 1]
    assert list(Event.objects.order_by("seq").values_list("nonce", flat=True)) == [nonce, "n", "n ", "é "]


def test_same_nonce_from_two_logs_at_once_is_one_message(log: Log):
    """Two processes, each with its own writer: one inserts, the other finds what was inserted."""
    participant = Participant.objects.create().pk
    other = Log()
    try:
        for round_ in range(20):
            drafts = [say("x", nonce=f"n{round_}", participant=participant) for _ in range(4)]
            futures: list[Future[Outcome]] = [Future() for _ in drafts]
            for number, draft in enumerate(drafts):
                draft.reply = futures[number].set_result
                (log, other)[number % 2].submit(draft)
            assert len({future.result(10).result().seq for future in futures}) == 1
    finally:
        other.stop()
    assert [event.seq for event in recovery.read_after(1, 0)] == list(range(1, 21))


def test_unknown_room_is_refused_and_the_rest_of_the_batch_is_not(log: Log):
    outcomes = append_all(log, [say(), say(room=999), say()])
    assert outcomes[1].error is not None
    assert outcomes[1].error.kind is ROOM_NOT_FOUND
    assert [outcomes[0].result().seq, outcomes[2].result().seq] == [1, 2]


def test_lock_refuses_later_messages(log: Log):
    outcomes = append_all(
        log, [say(), RoomChangeDraft(room=1, at=now(), actor=SITE, values={"locked": True}), say()]
    )
    assert outcomes[2].error is not None
    assert outcomes[2].error.kind is ROOM_LOCKED
    changed = outcomes[1].result()
    assert isinstance(changed, RoomChanged)
    assert changed.locked
    assert recovery.read_after(1, 1) == [changed]


def test_new_password_raises_the_generation(log: Log):
    values = {"visibility": "private", "password": "hash"}
    changed = log.append_and_wait(RoomChangeDraft(room=1, at=now(), actor=SITE, values=values, bump=True))
    assert isinstance(changed, RoomChanged)
    assert changed.generation > 1
    assert changed.visibility == "private"


def test_title_that_is_taken_refuses_its_change_alone(log: Log):
    taken = another_room("taken")
    change = RoomChangeDraft(
        room=1, at=now(), actor=SITE, values={"title": "Taken", "title_key": taken.title_key}
    )
    outcomes = append_all(log, [say(), change, say()])
    assert outcomes[1].error is not None
    assert outcomes[1].error.kind is DUPLICATE_ROOM
    assert [outcomes[0].result().seq, outcomes[2].result().seq] == [1, 2]
    assert Room.objects.get(pk=1).title == "Public Chat"


def test_deleted_room_takes_nothing_more(log: Log):
    room = another_room("short lived").pk
    outcomes = append_all(
        log, [say(room=room), RoomDeletionDraft(room=room, at=now(), actor=SITE), say(room=room)]
    )
    assert isinstance(outcomes[1].result(), RoomDeleted)
    assert outcomes[2].error is not None
    assert outcomes[2].error.kind is ROOM_NOT_FOUND
    assert not Room.objects.existing().filter(pk=room).exists()


def test_erased_text_is_gone_from_the_database(log: Log):
    append_all(log, [say("a secret"), say("harmless")])
    erased = log.append_and_wait(DeletionDraft(room=1, at=now(), target=1, actor=SITE))
    assert isinstance(erased, Erased)
    events = recovery.read_after(1, 0)
    assert [event.seq for event in events] == [1, 2, 3]
    assert isinstance(events[0], Message)
    assert (events[0].text, events[0].erased) == ("", True)
    assert [message.text for message in recovery.latest_messages(1, 10)] == ["harmless"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM chat_event WHERE text LIKE %s", ["%secret%"])
        assert cursor.fetchone() == (0,)


def test_erased_text_of_an_edit_in_the_same_batch_is_not_stored(log: Log):
    ann = Participant.objects.create(name="ann").pk
    append_all(log, [say("one", participant=ann), say("two", participant=ann)])
    who = Sender("ann", "red", ann)
    drafts: list[Draft] = [
        EditDraft(room=1, at=now(), target=1, text="a secret", sender=who),
        EditDraft(room=1, at=now(), target=2, text="harmless", sender=who),
        DeletionDraft(room=1, at=now(), target=1, by=ann),
    ]
    with transaction.atomic():
        outcomes = log_module._commit_batch(drafts, UnkeptMessages())
    assert [outcome.error for outcome in outcomes] == [None] * 3
    edits = [event.text for event in recovery.read_after(1, 2) if isinstance(event, Edited)]
    assert edits == ["", "harmless"]
    assert not Event.objects.filter(text__contains="secret").exists()


@pytest.mark.parametrize("target", [3, 99])
def test_only_a_message_can_be_erased(log: Log, target: int):
    append_all(log, [say("gone"), say("here")])
    log.append_and_wait(DeletionDraft(room=1, at=now(), target=1, actor=SITE))
    with pytest.raises(ChatError) as refused:
        log.append_and_wait(DeletionDraft(room=1, at=now(), target=target, actor=SITE))
    assert refused.value.kind is MESSAGE_NOT_FOUND
    assert recovery.last_seqs([1]) == {1: 3}


def test_erasing_twice_is_one_event(log: Log):
    append_all(log, [say("gone")])
    assert log.append_and_wait(DeletionDraft(room=1, at=now(), target=1, actor=SITE)) is not None
    assert log.append_and_wait(DeletionDraft(room=1, at=now(), target=1, actor=SITE)) is None
    assert recovery.last_seqs([1]) == {1: 2}


def test_room_that_keeps_nothing_writes_nothing(log: Log):
    Room.objects.filter(pk=1).update(retention_days=0)
    event = log.append_and_wait(say())
    assert isinstance(event, Message)
    assert event.seq == 0
    assert recovery.last_seqs([1]) == {1: 0}
    assert not Event.objects.exists()


def test_retry_in_a_room_that_keeps_nothing_is_said_once(log: Log, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("chat.log.kinds.message.MOST_UNKEPT", 3)
    Room.objects.filter(pk=1).update(retention_days=0)
    participant = Participant.objects.create().pk
    drafts = [say(text, nonce="n", participant=participant) for text in ("hi", "hi", "other", "hi")]
    outcomes = [append_all(log, [draft])[0] for draft in drafts]
    assert [outcome.fresh for outcome in outcomes[:2]] == [True, False]
    assert outcomes[2].error is not None
    assert outcomes[2].error.field == "nonce"
    assert not outcomes[3].fresh
    for number in range(3):
        append_all(log, [say("hi", nonce=f"other {number}", participant=participant)])
    assert append_all(log, [say("hi", nonce="n", participant=participant)])[0].fresh  # it is forgotten
    assert not Event.objects.exists()


def test_message_that_was_not_committed_is_not_known_by_its_nonce(log: Log):
    Room.objects.filter(pk=1).update(retention_days=0)
    who = Participant.objects.create().pk
    (failed, _) = append_all(log, [say("hi", nonce="n", participant=who), say("\ud800", room=2)])
    assert append_all(log, [say("hi", nonce="n", participant=who)])[0].fresh == (failed.error is not None)


def test_failed_commit_tells_every_sender_and_numbers_nothing(log: Log):
    """What the database refuses: a text that neither SQLite's nor PostgreSQL's driver can encode."""
    outcomes = append_all(log, [say("fine"), say("\ud800"), say("fine too")])
    refused = [outcome for outcome in outcomes if outcome.error is not None]
    assert refused
    assert all(outcome.error.kind is UNAVAILABLE for outcome in refused)
    last = recovery.last_seqs([1])[1]
    assert [event.seq for event in recovery.read_after(1, 0)] == list(range(1, last + 1))
    assert log.append_and_wait(say("works again")).seq == last + 1
