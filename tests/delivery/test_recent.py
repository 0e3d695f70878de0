"""The last events of a live room in memory: always equal to the database."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chat.delivery import hub
from chat.delivery.hub import LiveRoom
from chat.events import Edited, Erased, Logged, Message, Reacted, Sender

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ANN = Sender("ann")
STEPS = st.lists(st.tuples(st.sampled_from("meed r"), st.integers(1, 30)), max_size=60)


def as_the_database(steps: list[tuple[str, int]]) -> tuple[list[Logged], list[Logged]]:
    """The events as they happened, and as rows that edits and deletions have changed."""
    happened: list[Logged] = []
    rows: list[Logged] = []
    for step, target in steps:
        seq = len(rows) + 1
        aim = rows[target - 1] if target < seq else None
        event: Logged = Message(1, seq, NOW, ANN, f"text {seq}")
        if step == "e" and isinstance(aim, Message) and not aim.erased:
            event = Edited(1, seq, NOW, target, f"edit {seq}")
            rows[target - 1] = Message(1, target, NOW, ANN, event.text, edited=NOW)
        elif step == "d" and isinstance(aim, Message) and not aim.erased:
            event = Erased(1, seq, NOW, target)
            rows[target - 1] = Message(1, target, NOW, ANN, "", erased=True, edited=aim.edited)
            rows = [
                Edited(row.room, row.seq, row.at, target, "")
                if isinstance(row, Edited) and row.target == target
                else row
                for row in rows
            ]
        elif step == "r":
            event = Reacted(1, seq, NOW, target, ANN, "x", True)
        happened.append(event)
        rows.append(event)
    return happened, rows


@given(STEPS, st.integers(0, 70))
def test_remembered_events_equal_stored_events(steps: list[tuple[str, int]], seq: int):
    happened, rows = as_the_database(steps)
    room = LiveRoom(1, 0)
    for event in happened:
        room.note_events([event])
    assert room.events_after(seq) == [row for row in rows if row.seq > seq]


def test_events_older_than_the_memory_are_unknown():
    room = LiveRoom(1, 5)
    assert room.events_after(5) == []
    assert room.events_after(4) is None
    for seq in range(6, 6 + hub.MOST_EVENTS + 1):
        room.note_events([Message(1, seq, NOW, ANN, "hi")])
    assert room.events_after(5) is None
    assert len(room.events_after(6) or []) == hub.MOST_EVENTS


def test_long_texts_are_remembered_for_a_shorter_time():
    room = LiveRoom(1, 0)
    for seq in range(1, 11):
        room.note_events([Message(1, seq, NOW, ANN, "x" * (hub.MOST_CHARACTERS // 4))])
    assert room.events_after(5) is None
    assert [event.seq for event in room.events_after(6) or []] == [7, 8, 9, 10]


def test_memory_restarts_after_a_hole():
    room = LiveRoom(1, 0)
    room.note_events([Message(1, 1, NOW, ANN, "hi")])
    room.note_events([Message(1, 10, NOW, ANN, "hi")])
    assert room.events_after(8) is None
    assert [event.seq for event in room.events_after(9) or []] == [10]
