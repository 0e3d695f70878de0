"""The feed: whatever comes in whichever order, subscriptions see each event once and in order."""

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.delivery.catchup import CatchUp
from chat.delivery.feed import Feed
from chat.delivery.hub import Hub, LiveRoom
from chat.events import Joined, Message, Sender
from tests.delivery.fakes import NOW, ListLog, RecordingOutbox, message, subscription


class Engine:
    """Hub, feed and catch-up over a log that is a list."""

    def __init__(self) -> None:
        self.log = ListLog()
        self.hub = Hub()
        self.feed = Feed(self.hub, self.log.read_after)
        self.catch_up = CatchUp(self.hub, self.log.read_after, stuck_seconds=60)
        self.hub.open_room(LiveRoom(1, 0))

    def join(self, outbox: RecordingOutbox, since: int | None = None) -> None:
        new = subscription(outbox)
        if not self.hub.add_subscription(new, since):
            self.catch_up.feed_subscription(new)


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 (any condition, not only one that an event tells of)
            await asyncio.sleep(0)


async def test_late_event_fills_a_gap_without_a_query():
    engine, outbox = Engine(), RecordingOutbox()
    engine.join(outbox)
    engine.feed.deliver_in_order(1, [message(2), message(3)])
    assert outbox.seqs == []
    waiting = engine.feed._filling[1]
    engine.feed.deliver_in_order(1, [message(1), message(5)])
    assert outbox.seqs == [1, 2, 3]
    engine.feed.deliver_in_order(1, [message(4)])
    await waiting
    assert outbox.seqs == [1, 2, 3, 4, 5]
    assert engine.log.reads == 0


async def test_requested_log_read_does_not_wait_for_a_gap():
    engine, outbox = Engine(), RecordingOutbox()
    engine.join(outbox)
    engine.log.append(message(1), message(2), message(3))
    engine.feed.deliver_in_order(1, [message(2)])
    await asyncio.sleep(0)
    filled = engine.feed.fill_gap(1)
    engine.feed.deliver_in_order(1, [message(1)])
    await filled
    assert outbox.seqs == [1, 2, 3]


async def test_remaining_gap_is_read_from_the_log():
    engine, outbox = Engine(), RecordingOutbox()
    engine.join(outbox)
    engine.log.append(*(message(seq) for seq in range(1, 9)))
    engine.feed.deliver_in_order(1, [message(8)])
    await until(lambda: outbox.seqs == list(range(1, 9)))


async def test_known_events_are_dropped():
    engine, outbox = Engine(), RecordingOutbox()
    engine.join(outbox)
    engine.feed.deliver_in_order(1, [message(1), message(1)])
    engine.feed.deliver_in_order(1, [message(1)])
    assert outbox.seqs == [1]


async def test_live_events_pass_at_once():
    engine, outbox = Engine(), RecordingOutbox()
    engine.join(outbox)
    engine.feed.deliver_in_order(1, [message(5), Joined(1, NOW, Sender("ann"))])
    assert len(outbox.payloads) == 1


async def test_rooms_without_members_are_passed_over():
    engine = Engine()
    engine.feed.deliver_in_order(9, [message(1, room=9)])
    assert 9 not in engine.hub.rooms


async def test_log_that_begins_later_is_read_from_its_begin():
    engine, outbox = Engine(), RecordingOutbox()
    engine.join(outbox)
    engine.log.append(message(7), message(8))
    engine.feed.fill_gap(1)
    await until(lambda: outbox.seqs == [7, 8])


@given(st.integers(1, 60), st.randoms(use_true_random=False), st.floats(0, 0.7))
def test_lost_doubled_and_disordered_events_come_out_whole(count: int, chance: random.Random, loss: float):
    """What the bus does to events, the log makes good."""

    async def scenario() -> None:
        engine, outbox = Engine(), RecordingOutbox()
        engine.join(outbox)
        events = [message(seq) for seq in range(1, count + 1)]
        engine.log.append(*events)
        arriving = [event for event in events * 2 if chance.random() > loss]
        chance.shuffle(arriving)
        for event in arriving:
            engine.feed.deliver_in_order(1, [event])
            if chance.random() < 0.1:
                await asyncio.sleep(0)
        engine.feed.fill_gap(1)  # as the poll does
        await until(lambda: engine.hub.rooms[1].seq == count)
        assert outbox.seqs == list(range(1, count + 1))

    asyncio.run(scenario())


@given(st.lists(st.sampled_from(["say", "join", "drain", "yield"]), max_size=80), st.integers(1, 5))
def test_late_and_slow_members_get_everything_once_and_in_order(steps: list[str], room_for: int):
    """Members join from 0 at any moment, their connections fill and drain: in the end each has it all."""

    async def scenario() -> None:
        engine = Engine()
        outboxes: list[RecordingOutbox] = []
        seq = 0
        for step in steps:
            if step == "say":
                seq += 1
                engine.log.append(message(seq))
                engine.feed.deliver_in_order(1, [message(seq)])
            elif step == "join":
                outboxes.append(RecordingOutbox(room_for))
                engine.join(outboxes[-1], since=0)
            elif step == "drain" and outboxes:
                outboxes[seq % len(outboxes)].drain(room_for)
            else:
                await asyncio.sleep(0)
        for outbox in outboxes:
            outbox.drain()
            await until(lambda outbox=outbox: len(outbox.payloads) >= seq)
        await asyncio.sleep(0)
        assert [outbox.seqs for outbox in outboxes] == [list(range(1, seq + 1))] * len(outboxes)

    asyncio.run(scenario())


@pytest.mark.parametrize("stuck", [True, False])
async def test_connection_that_takes_nothing_for_too_long_is_closed(stuck: bool):
    engine, outbox = Engine(), RecordingOutbox(room_for=1)
    engine.catch_up = CatchUp(engine.hub, engine.log.read_after, stuck_seconds=0)
    engine.join(outbox)
    engine.log.append(message(1))
    engine.feed.deliver_in_order(1, [message(1)])
    if stuck:
        await until(lambda: outbox.reasons)
        assert outbox.reasons[0].come_back
    else:
        outbox.drain()
        for _ in range(10):
            await asyncio.sleep(0)
        assert outbox.reasons == []


async def test_catching_up_reads_a_page_at_a_time():
    engine, outbox = Engine(), RecordingOutbox()
    engine.log.append(*(Message(1, seq, NOW, Sender("ann"), "hi") for seq in range(1, 11)))
    engine.hub.open_room(LiveRoom(1, 0)).seq = 10
    engine.join(outbox, since=0)
    await until(lambda: outbox.seqs == list(range(1, 11)))
    assert engine.log.reads == 4  # three events a page here
