"""Each event of the log once, and in order."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from wschat_client.cursor import Cursor, log_seq
from wschat_client.events import Event, Joined, Message, Muted, Person, Pinned

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ANN = Person("ann")


def said(seq: int) -> Message:
    return Message(1, NOW, seq, ANN, f"text {seq}")


def take(cursor: Cursor, events: list[Event]) -> list[int]:
    return [log_seq(handed) for event in events for handed in cursor.take(event)]


@settings(deadline=None)
@given(data=st.data(), end=st.integers(0, 30))
def test_log_is_whole_however_often_the_connection_is_lost(data: st.DataObject, end: int):
    """The server sends all after the cursor with each connection, as far as that lasts."""
    cursor, handed = Cursor(0), list[int]()
    while cursor.seq != end:
        cursor.lost()
        since = cursor.seq or 0
        upto = data.draw(st.integers(since, end))
        handed += take(cursor, [said(seq) for seq in range(since + 1, upto + 1)])
    assert handed == list(range(1, end + 1))


@settings(deadline=None)
@given(st.lists(st.integers(1, 20)))
def test_nothing_twice_and_nothing_out_of_order(seqs: list[int]):
    handed = take(Cursor(0), [said(seq) for seq in seqs])
    assert handed == sorted(set(handed))


def test_what_comes_before_the_first_answer_waits_for_it():
    cursor = Cursor()
    assert take(cursor, [said(4), said(5), said(6)]) == []
    assert [log_seq(event) for event in cursor.joined(5)] == [6]
    assert take(cursor, [said(6), said(7)]) == [7]


def test_lost_first_join_keeps_no_events():
    cursor = Cursor()
    cursor.take(said(4))
    cursor.lost()
    assert cursor.joined(3) == []
    assert take(cursor, [said(4)]) == [4]


def test_cursor_accepts_a_log_that_begins_later():
    assert take(Cursor(3), [said(10), said(11)]) == [10, 11]


def test_pins_and_mutes_are_log_events():
    cursor = Cursor(0)
    events: list[Event] = [said(1), Pinned(1, NOW, 2, 1, ANN, True), Muted(1, NOW, 3, "bob", None, True)]
    assert take(cursor, [*events, *events]) == [1, 2, 3]


def test_live_events_pass():
    cursor = Cursor(5)
    assert take(cursor, [Joined(1, NOW, ANN), said(0), said(0)]) == [0, 0, 0]
    assert cursor.seq == 5


def test_live_event_of_a_conversation_does_not_hide_what_was_missed():
    cursor = Cursor(0)
    cursor.catch_up(2)
    assert take(cursor, [said(5)]) == []
    cursor.joined(5)
    assert take(cursor, [said(3), said(4), said(5)]) == [3, 4, 5]
