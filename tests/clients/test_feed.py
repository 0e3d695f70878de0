"""Events on their way to whoever iterates over them."""

import asyncio
from datetime import UTC, datetime

import pytest
from wschat_client import ClientEnded, Joined, Overflow, Person
from wschat_client.feed import HARD, Brake, Feed, Feeds

EVENT = Joined(1, datetime(2026, 11, 21, tzinfo=UTC), Person("ann"))


def test_abandoned_iterator_blocks_no_reader():
    brake = Brake(2)
    feeds = Feeds(brake)
    feed = feeds.open()
    for _ in range(2):
        feeds.put(EVENT)
    assert feed.full
    del feed
    asyncio.run(asyncio.wait_for(brake.released(lambda: False), 1))


async def test_full_iterator_stops_the_reading_until_it_is_read():
    brake = Brake(2)
    feeds = Feeds(brake)
    feed = feeds.open()
    feeds.put(EVENT)
    feeds.put(EVENT)
    reading = asyncio.create_task(brake.released(lambda: False))
    await asyncio.wait({reading}, timeout=0)
    assert not reading.done()
    assert await anext(feed) == EVENT
    await asyncio.wait_for(reading, 1)


async def test_answer_that_is_awaited_is_read_in_spite_of_a_full_iterator():
    brake = Brake(1)
    feeds = Feeds(brake)
    feed = feeds.open()
    feeds.put(EVENT)
    assert feed.full
    await asyncio.wait_for(brake.released(lambda: True), 1)


async def test_iterator_that_is_never_read_ends_with_an_error():
    feed = Feed(2)
    for _ in range(2 * HARD + 5):
        feed.put(EVENT)
    assert [await anext(feed) for _ in range(2 * HARD)] == [EVENT] * (2 * HARD)
    with pytest.raises(Overflow):
        await anext(feed)


async def test_first_iterator_begins_at_the_join():
    feeds = Feeds(Brake(10))
    feeds.keep_from_now()
    feeds.put(EVENT)
    first, second = feeds.open(), feeds.open()
    feeds.end()
    assert [event async for event in first] == [EVENT]
    assert [event async for event in second] == []


async def test_what_nobody_asks_for_is_not_kept_for_ever():
    feeds = Feeds(Brake(3))
    feeds.keep_from_now()
    for _ in range(3):
        feeds.put(EVENT)
    late = feeds.open()
    feeds.end()
    assert [event async for event in late] == []


async def test_iterator_that_is_opened_after_the_end_tells_why():
    feeds = Feeds(Brake(3))
    feeds.end(ClientEnded("over"))
    with pytest.raises(ClientEnded, match="over"):
        await anext(feeds.open())
