"""The verdict finds all faults, and only faults."""

import math

from hypothesis import given
from hypothesis import strategies as st

from tests.faults.records import Heard, Log, Lost, Row
from tests.faults.verdict import (
    by_room,
    complaints,
    delays,
    grew,
    growth,
    p95,
    partings,
    percentile,
    recoveries,
    slowest,
)

seqs = st.integers(min_value=1, max_value=30)


def row(seq: int, room: int = 1) -> Row:
    return Row(room, seq, f"text {seq}", float(seq))


def heard(*seqs: int) -> list[Heard]:
    return [Heard(seq, f"text {seq}", seq + 0.5) for seq in seqs]


def rows(*seqs: int) -> dict[int, list[Row]]:
    return by_room(map(row, seqs))


def log(*seqs: int, **fields) -> Log:
    return Log("ann", 1, heard(*seqs), **fields)


def test_equal_logs_have_no_faults():
    assert complaints([log(1, 2, said=[("text 2", 2)]), log(1, 2)], rows(1, 2)) == []


def test_part_of_a_log_is_judged_from_where_it_begins():
    assert complaints([log(8, 9)], rows(8, 9), {1: 7}) == []


def test_names_what_is_lost():
    told = ["ann in room 1: 7 lost: 2, 3, 4, 5, 6 ..."]
    assert complaints([log(1)], rows(*range(1, 9))) == told
    assert complaints([Log("ann", 1)], rows(1)) == ["ann in room 1: 1 lost: 1"]


def test_names_what_came_twice():
    assert complaints([log(1, 1, 2)], rows(1, 2)) == ["ann in room 1: 1 doubled: 1"]


def test_names_a_wrong_order():
    assert complaints([log(2, 1)], rows(1, 2)) == ["ann in room 1: out of order"]


def test_names_what_is_not_as_stored():
    other = Log("ann", 1, [Heard(1, "other", 1.5)])
    assert complaints([other], rows(1)) == ["ann in room 1: 1 not as stored: 1"]
    assert complaints([log(1, 2)], rows(1)) == ["ann in room 1: 1 not as stored: 2"]


def test_names_a_false_acknowledgement():
    told = ["ann in room 1: 'text 3' was acknowledged as 3, which is None"]
    assert complaints([log(1, 2, said=[("text 3", 3)])], rows(1, 2)) == told


def test_names_a_hole_in_the_database():
    assert complaints([log(1, 3)], rows(1, 3)) == ["room 1: the numbers after 0 have holes or doubles"]


def test_names_a_message_that_was_stored_twice():
    stored = {1: [Row(1, 1, "again", 1.0), Row(1, 2, "again", 2.0)]}
    same = Log("ann", 1, [Heard(1, "again", 1.0), Heard(2, "again", 2.0)])
    assert complaints([same], stored) == ["room 1: 'again' was stored 2 times"]


@given(count=st.integers(1, 30), order=st.lists(seqs, max_size=40))
def test_unknown_messages_of_a_client_are_reported(count: int, order: list[int]):
    stored = list(range(1, count + 1))
    assert (complaints([log(*order)], rows(*stored)) == []) == (order == stored)


def test_recovery_ends_with_the_last_message_stored_before_the_return():
    assert recoveries([log(1, 2, 3, back=[2.1])], rows(1, 2, 3)) == [2.5 - 2.1]
    assert recoveries([log(1, back=[2.1])], rows(1, 2, 3)) == [math.inf]
    assert recoveries([log(1, 2, 3, back=[0.5, 3.9])], rows(1, 2, 3)) == [0.0, 0.0]


@given(values=st.lists(st.floats(0, 100), min_size=1))
def test_p95_is_exceeded_by_at_most_one_in_twenty(values: list[float]):
    assert sum(value > p95(values) for value in values) <= len(values) * 0.05
    assert p95(values) in values


def test_delays_are_those_of_messages_stored_in_the_span():
    late = Log("ann", 1, [Heard(1, "text 1", 1.25), Heard(2, "text 2", 4.0)])
    assert delays([late], rows(1, 2)) == [0.25, 2.0]
    assert delays([late], rows(1, 2), (1.5, 3.0)) == [2.0]
    assert slowest([late], rows(1, 2)) == 2.0
    assert slowest([], rows(1)) == 0.0


def test_percentile_is_not_exceeded_by_the_rest():
    assert percentile(range(1, 101), 99) == 99
    assert percentile([], 99) == 0.0


def test_growth_leaves_out_the_warm_up():
    assert growth([1, 2, 9, 10, 10, 11, 20, 20, 20]) == (10, 20)
    assert grew([1, 2, 30], [3, 4, 5]) == 2


def lost(*delays: float | None) -> list[Log]:
    return [log(lost=[Lost(1.0, 1012, delay)]) for delay in delays]


def test_announced_and_spread_closes_have_no_faults():
    assert partings(lost(0.1, 1, 2, 3, 4, 4.9), 6, 5) == []


def test_names_who_was_not_told_when_to_come_back():
    assert partings(lost(0.1, None), 2, 5) == ["1 were not told"]


def test_names_connections_without_an_end():
    assert partings(lost(0.1), 2, 5) == ["1 connections ended, not 2"]


def test_names_delays_that_are_too_long_or_not_spread():
    assert partings(lost(0.1, 6), 2, 5) == ["told to come back after 0.1 to 6 s"]
    assert partings(lost(*[3] * 6), 6, 5) == ["all told to come back within 0 s of each other"]
