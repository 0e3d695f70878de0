"""ConnectionLimit for connections."""

import os

from chat.server.connection_limit import ConnectionLimit


def test_places_are_counted_over_all_slots():
    first = ConnectionLimit.new(3, processes=2)
    second = ConnectionLimit(first.descriptor, 3, slot=1)
    assert [first.take(), second.take(), second.take(), first.take(), second.take()] == [True] * 3 + [
        False
    ] * 2
    first.give_back()
    assert [second.take(), first.take()] == [True, False]
    first.clear(1)
    assert [first.take() for _ in range(4)] == [True, True, True, False]
    os.close(first.descriptor)


def test_zero_is_no_limit():
    limit = ConnectionLimit.new(0, processes=1)
    assert all(limit.take() for _ in range(100))
    os.close(limit.descriptor)
