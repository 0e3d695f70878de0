"""Places for connections."""

import os

from chat.server.places import Places


def test_places_are_counted_over_all_slots():
    first = Places.new(3, processes=2)
    second = Places(first.descriptor, 3, slot=1)
    assert [first.take(), second.take(), second.take(), first.take(), second.take()] == [True] * 3 + [
        False
    ] * 2
    first.give_back()
    assert [second.take(), first.take()] == [True, False]
    first.clear(1)
    assert [first.take() for _ in range(4)] == [True, True, True, False]
    os.close(first.descriptor)


def test_zero_is_no_limit():
    places = Places.new(0, processes=1)
    assert all(places.take() for _ in range(100))
    os.close(places.descriptor)
