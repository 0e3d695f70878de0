"""Filters of rooms and of the server, as the log applies them, on a real database."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.events import Message, Muted
from chat.filters import LATEST, make_text_key
from chat.log.kinds.edit import EditDraft
from chat.log.log import Log
from chat.models import AuditEntry, Event, HeldMessage, Mute, Report, Room
from chat.models.room import pair_of
from chat.permissions import SITE
from chat.services import filters
from tests.log.test_held import START, code_of, commit, decide, label, log, participant, say, texts
from tests.support.marks import whole_db

__all__ = ["log"]  # a fixture of theirs that is ours, too
pytestmark = whole_db
HELD, FILTERED = 110, 112


@pytest.fixture
def room() -> int:
    """A room of olga's, moderated by mona."""
    room = Room.objects.create(title="club", title_key="club", owner_id=participant("olga"))
    room.moderators.add(participant("mona"))
    return room.pk


def add(room: int | None, action: str = "refuse", kind: str = "words", **fields: Any) -> int:
    place = None if room is None else Room.objects.get(pk=room)
    given = {"kind": kind, "action": action} | ({"pattern": "spam"} if kind == "words" else {}) | fields
    return filters.add_filter(room=place, actor=SITE, fields=given).pk


def edit(room: int, target: int, text: str, name: str = "ann") -> EditDraft:
    draft = say(room, name)
    return EditDraft(room=room, at=START, actor=draft.actor, target=target, text=text, sender=draft.sender)


def test_refused_text_is_not_sent_and_its_sender_is_told_why(log: Log, room: int):
    add(room)
    assert code_of(log, say(room, text="buy spam")) == FILTERED
    assert code_of(log, say(room, text="hello")) == 0
    assert texts(room) == ["hello"]
    assert not Report.objects.exists()


def test_held_text_waits_for_a_moderator(log: Log, room: int):
    number = add(room, "hold")
    assert code_of(log, say(room, text="spam", nonce="n")) == HELD
    assert code_of(log, say(room, text="spam", nonce="n")) == HELD
    report = Report.objects.get(held=HeldMessage.objects.get().pk)
    assert (report.reason, report.note) == ("filter", f"filter {number}: words")


def test_text_with_a_warning_is_sent_and_reported(log: Log, room: int):
    add(room, "warn")
    assert code_of(log, say(room, text="hello")) == 0
    sent = log.append_and_wait(say(room, text="spam"))
    assert isinstance(sent, Message)
    report = Report.objects.get()
    assert (report.seq, report.held, report.reason, report.subject_name) == (2, None, "filter", "ann")
    assert report.messages[0]["text"] == "spam"


def test_sender_is_muted_in_the_transaction_of_the_refusal(room: int):
    number = add(room, "mute")
    first, second, third = commit(say(room, text="spam"), say(room, text="hello"), say(room, "bob"))
    assert isinstance(first.event, Muted)
    assert [each.error and each.error.kind.code for each in (first, second, third)] == [FILTERED, 107, None]
    assert third.event is not None
    assert (first.event.seq, third.event.seq, texts(room)) == (1, 2, ["hi"])
    assert Mute.objects.get().name == "ann"
    entry = AuditEntry.objects.filter(act="mute").get()
    assert (entry.actor, entry.reason) == (None, f"filter {number}")
    assert Report.objects.get().messages[0]["text"] == "spam"


def test_label_of_a_participant_mutes_nobody(log: Log, room: int):
    add(room, "mute")
    participant("ann")
    assert code_of(log, label(room, "Ann", "192.0.2.1", text="spam")) == FILTERED
    assert not Mute.objects.exists()
    assert Report.objects.get().messages[0]["text"] == "spam"
    assert code_of(log, say(room, "ann")) == 0
    assert code_of(log, label(room, "zoe", "192.0.2.1", text="spam")) == FILTERED
    assert Mute.objects.get().name == "zoe"


def test_those_who_run_the_room_are_not_filtered(log: Log, room: int):
    add(room)
    assert [code_of(log, say(room, name, "spam")) for name in ("olga", "mona", "ann")] == [0, 0, FILTERED]


def test_filter_of_another_room_does_not_hold(log: Log, room: int):
    add(1)
    assert code_of(log, say(room, text="spam")) == 0


def test_filter_of_the_server_holds_in_all_rooms_and_for_all_clients(log: Log, room: int):
    add(None)
    assert [code_of(log, say(each, text="spam")) for each in (1, room)] == [FILTERED] * 2
    assert code_of(log, label(room, "zoe", "192.0.2.1", text="spam")) == FILTERED


def test_nobody_reads_a_direct_conversation_by_a_filter(log: Log):
    low, high = pair_of(participant("ann"), participant("bob"))
    talk = Room.objects.create(low_id=low, high_id=high, visibility="hidden").pk
    for word, action in (("aa", "warn"), ("bb", "hold"), ("cc", "mute"), ("dd", "refuse")):
        add(None, action, pattern=word)
    assert [code_of(log, say(talk, text=text)) for text in ("aa", "bb", "cc", "dd")] == [0, 0, 0, FILTERED]
    assert [code_of(log, edit(talk, 1, text)) for text in ("bb", "cc", "dd", "aa")] == [0, 0, FILTERED, 0]
    assert not Report.objects.exists()
    assert not HeldMessage.objects.exists()


def test_stricter_filter_hides_none_that_refuses_in_a_direct_conversation(log: Log):
    low, high = pair_of(participant("ann"), participant("bob"))
    talk = Room.objects.create(low_id=low, high_id=high, visibility="hidden").pk
    add(None, "mute")
    add(None, "mute", kind="repeated", amount=2)
    add(None, "refuse", kind="capitals")
    assert [code_of(log, say(talk, text=text)) for text in ("spam", "spam", "SPAM SPAM SPAM")] == [
        0,
        0,
        FILTERED,
    ]
    assert [code_of(log, edit(talk, 1, text)) for text in ("spam!", "SPAM SPAM SPAM")] == [0, FILTERED]
    assert not Mute.objects.exists()


@pytest.mark.parametrize(
    ("action", "code"), [("refuse", FILTERED), ("hold", FILTERED), ("mute", FILTERED), ("warn", 0)]
)
def test_edit_does_not_get_past_a_filter(log: Log, room: int, action: str, code: int):
    log.append_and_wait(say(room, text="harmless"))
    add(room, action)
    assert code_of(log, edit(room, 1, "spam")) == code
    assert texts(room) == ["harmless" if code else "spam"]
    assert [report.seq for report in Report.objects.all()] == ([] if code else [1])


def test_edit_to_a_repeated_text_is_refused(log: Log, room: int):
    add(room, kind="repeated", amount=2)
    for text in ("one", "two"):
        log.append_and_wait(say(room, text=text))
    assert code_of(log, edit(room, 2, "ONE")) == FILTERED
    assert code_of(log, edit(room, 2, "TWO")) == 0  # its own text does not count
    assert code_of(log, edit(room, 2, "three")) == 0
    assert code_of(log, say(room, text="two")) == 0
    assert code_of(log, say(room, text="three")) == FILTERED
    outcomes = commit(edit(room, 1, "four"), say(room, text="four"), say(room, text="one"))
    assert [outcome.error is None for outcome in outcomes] == [True, False, True]


def test_edit_of_a_reported_message_changes_its_report(log: Log, room: int):
    add(room, "warn")
    texts_sent = ["spam", "more spam", "yet more spam"]
    log.append_and_wait(say(room, text=texts_sent[0]))
    assert [code_of(log, edit(room, 1, text)) for text in texts_sent[1:]] == [0, 0]
    report = Report.objects.get()
    assert [copy["text"] for copy in report.messages] == ["spam", "yet more spam"]
    Report.objects.update(state=Report.State.DONE, messages=[])
    assert code_of(log, edit(room, 1, "spam")) == 0
    assert Report.objects.get().messages == []


def test_texts_are_folded_once_for_all_filters_of_repetitions(log: Log, room: int):
    for number in range(LATEST):
        log.append_and_wait(say(room, text=f"{number}{chr(0xFDFA) * 3999}"))
    for amount in range(2, 40):
        add(room, kind="repeated", amount=amount)
    make_text_key.cache_clear()
    assert [code_of(log, say(room, text=text)) for text in ("hi", "ho")] == [0, 0]
    assert make_text_key.cache_info().misses < 2 * LATEST


def test_change_of_filters_holds_at_once_in_each_process(room: int):
    logs = Log(), Log()
    try:
        first = add(room, pattern="one")
        assert [code_of(each, say(room, text="one")) for each in logs] == [FILTERED] * 2
        add(room, pattern="two")
        assert [code_of(each, say(room, text="two")) for each in logs] == [FILTERED] * 2
        filters.remove_filter(actor=SITE, number=first)
        assert [code_of(each, say(room, text="one")) for each in logs] == [0, 0]
    finally:
        for log in logs:
            log.stop()


def test_repeated_text_is_found_in_the_log_and_in_the_batch(log: Log, room: int):
    add(room, kind="repeated", amount=3)
    assert [code_of(log, say(room, text=text)) for text in ("ok", "Ok", "no", "ok ")] == [0, 0, 0, FILTERED]
    outcomes = commit(*(say(room, "bob", "same") for _ in range(3)))
    assert [outcome.error is None for outcome in outcomes] == [True, True, False]


def test_message_sent_again_is_no_repetition(log: Log, room: int):
    add(room, kind="repeated", amount=2)
    assert [code_of(log, say(room, text="ok", nonce="n")) for _ in range(3)] == [0, 0, 0]


def test_approved_message_is_not_filtered_again(log: Log, room: int):
    add(room, "hold")
    assert code_of(log, say(room, text="spam")) == HELD
    assert code_of(log, decide(HeldMessage.objects.get().pk)) == 0
    assert texts(room) == ["spam"]


def test_reply_to_a_missing_message_is_refused_and_not_reported(log: Log, room: int):
    for word, action in (("aa", "warn"), ("bb", "hold"), ("cc", "mute")):
        add(room, action, pattern=word)
        assert code_of(log, say(room, text=word, reply_to=9)) == 205
    assert not Report.objects.exists()
    assert not Mute.objects.exists()


def test_filters_cost_no_statement_once_they_are_known(room: int):
    add(room)
    commit(say(room))
    with CaptureQueriesContext(connection) as queries:
        commit(*(say(room, text=str(number)) for number in range(20)))
    assert not [query for query in queries if "chat_filter" in query["sql"]]
    assert Event.objects.messages(room).count() == 21
