"""The last events in memory: always what the database would say."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chat.delivery import recent
from chat.delivery.recent import Recent
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
def test_what_is_remembered_is_what_is_stored(steps: list[tuple[str, int]], seq: int):
    happened, rows = as_the_database(steps)
    memory = Recent(0)
    for event in happened:
        memory.add_event(event)
    assert memory.events_after(seq) == [row for row in rows if row.seq > seq]


def test_what_is_older_than_the_memory_is_not_known():
    memory = Recent(5)
    assert memory.events_after(5) == []
    assert memory.events_after(4) is None
    for seq in range(6, 6 + recent.MOST_EVENTS + 1):
        memory.add_event(Message(1, seq, NOW, ANN, "hi"))
    assert memory.events_after(5) is None
    assert len(memory.events_after(6) or []) == recent.MOST_EVENTS


def test_long_texts_are_remembered_for_a_shorter_time():
    memory = Recent(0)
    for seq in range(1, 11):
        memory.add_event(Message(1, seq, NOW, ANN, "x" * (recent.MOST_CHARACTERS // 4)))
    assert memory.events_after(5) is None
    assert [event.seq for event in memory.events_after(6) or []] == [7, 8, 9, 10]


def test_memory_begins_anew_behind_a_hole():
    memory = Recent(0)
    memory.add_event(Message(1, 1, NOW, ANN, "hi"))
    memory.add_event(Message(1, 10, NOW, ANN, "hi"))
    assert memory.events_after(8) is None
    assert [event.seq for event in memory.events_after(9) or []] == [10]
