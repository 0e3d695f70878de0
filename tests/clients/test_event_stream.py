"""Event streams: limits, the brake on reading, and their end."""

import asyncio
from datetime import UTC, datetime

import pytest
from wschat_client import ClientEnded, Joined, Overflow, Person
from wschat_client.event_stream import HARD, Brake, EventStream, EventStreams

EVENT = Joined(1, datetime(2026, 11, 21, tzinfo=UTC), Person("ann"))


def test_abandoned_iterator_blocks_no_reader():
    brake = Brake(2)
    streams = EventStreams(brake)
    stream = streams.open()
    for _ in range(2):
        streams.put(EVENT)
    assert stream.full
    del stream
    asyncio.run(asyncio.wait_for(brake.released(lambda: False), 1))


async def test_full_iterator_stops_the_reading_until_it_is_read():
    brake = Brake(2)
    streams = EventStreams(brake)
    stream = streams.open()
    streams.put(EVENT)
    streams.put(EVENT)
    reading = asyncio.create_task(brake.released(lambda: False))
    await asyncio.wait({reading}, timeout=0)
    assert not reading.done()
    assert await anext(stream) == EVENT
    await asyncio.wait_for(reading, 1)


async def test_answer_that_is_awaited_is_read_in_spite_of_a_full_iterator():
    brake = Brake(1)
    streams = EventStreams(brake)
    stream = streams.open()
    streams.put(EVENT)
    assert stream.full
    await asyncio.wait_for(brake.released(lambda: True), 1)


async def test_iterator_that_is_never_read_ends_with_an_error():
    stream = EventStream(2)
    for _ in range(2 * HARD + 5):
        stream.put(EVENT)
    assert [await anext(stream) for _ in range(2 * HARD)] == [EVENT] * (2 * HARD)
    with pytest.raises(Overflow):
        await anext(stream)


async def test_first_iterator_begins_at_the_join():
    streams = EventStreams(Brake(10))
    streams.keep_from_now()
    streams.put(EVENT)
    first, second = streams.open(), streams.open()
    streams.end()
    assert [event async for event in first] == [EVENT]
    assert [event async for event in second] == []


async def test_unclaimed_events_are_not_kept_for_ever():
    streams = EventStreams(Brake(3))
    streams.keep_from_now()
    for _ in range(3):
        streams.put(EVENT)
    late = streams.open()
    streams.end()
    assert [event async for event in late] == []


async def test_iterator_that_is_opened_after_the_end_tells_why():
    streams = EventStreams(Brake(3))
    streams.end(ClientEnded("over"))
    with pytest.raises(ClientEnded, match="over"):
        await anext(streams.open())
