"""No clear regression in the hot places: reading a frame, the commit, the fan-out, the bus."""

import asyncio
import contextlib
import itertools
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer
from django.db import transaction

from chat.budgets import LimitTable
from chat.conf import SizeLimits
from chat.delivery import bus as bus_module
from chat.delivery import hub as hub_module
from chat.delivery.bus import Bus
from chat.delivery.hub import Audience, Hub, LiveRoom, Subscription
from chat.delivery.outbox import FrameOutbox
from chat.events import Event, Message, Sender
from chat.log import log
from chat.log.drafts import Batch, Draft, Outcome
from chat.log.kinds.message import UnkeptMessages
from chat.meter import Budgets, Meter
from chat.permissions import Actor
from tests.bench.costs import Cost, assert_within_limit, cost
from tests.delivery.fakes import V1
from tests.support.batches import BATCH, batches

FEW, MANY = 50, 250
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class SocketWriter:
    """What the server offers, on one end of a pair of sockets."""

    def __init__(self, end: socket.socket) -> None:
        self.descriptor: int | None = end.fileno()
        self.on_blocked = self.on_clear = self.on_closing = lambda: None

    def write(self, data: bytes) -> None:
        raise AssertionError("the socket takes all of it")

    def buffered_bytes(self) -> int:
        return 0

    def close(self, code: int, reason: str) -> None: ...
    def abort(self) -> None: ...


@contextlib.contextmanager
def room_of(members: int) -> Iterator[Hub]:
    """A live room, number 1, whose members have real sockets."""
    hub = Hub()
    hub.open_room(LiveRoom(1, 0))
    with contextlib.ExitStack() as stack:
        for _ in range(members):
            ours, theirs = map(stack.enter_context, socket.socketpair())
            ours.setblocking(False)
            hub.add_subscription(Subscription(1, FrameOutbox(SocketWriter(ours), 1 << 16), V1, 1))
            assert theirs
        yield hub


def delivery(members: int) -> Cost:
    """The cost of one message to this number of members."""
    seqs = itertools.count(1)
    with room_of(members) as hub:

        def deliver() -> None:
            hub.deliver(1, [Message(1, next(seqs), NOW, Sender("ann", "red", 1), "x" * 64, "nonce")])

        deliver()
        return cost(deliver)


def one_more_member() -> Cost:
    return (delivery(MANY) - delivery(FEW)).per(MANY - FEW)


def test_one_more_member_costs_no_more_than_before():
    assert_within_limit("one more member of a room", one_more_member())


def test_one_more_event_costs_no_more_than_before():
    assert_within_limit("one more event for a room", delivery(1))


def test_one_more_call_for_each_member_is_found(monkeypatch: pytest.MonkeyPatch):
    class Wasteful(Audience):
        def write_to_all(self, data: Any) -> None:
            for member in self.subscriptions():
                self._look_at(member)
            super().write_to_all(data)

        def _look_at(self, member: Subscription) -> None:
            pass

    monkeypatch.setattr(hub_module, "Audience", Wasteful)
    with pytest.raises(AssertionError, match="one more member of a room now costs"):
        test_one_more_member_costs_no_more_than_before()


def test_a_copy_of_the_message_for_each_member_is_found(monkeypatch: pytest.MonkeyPatch):
    class Wasteful(Audience):
        def write_to_all(self, data: Any) -> None:
            super().write_to_all(data)
            self.kept = [data + b"!" for _ in self.subscriptions()]

    monkeypatch.setattr(hub_module, "Audience", Wasteful)
    with pytest.raises(AssertionError, match="one more member of a room now costs"):
        test_one_more_member_costs_no_more_than_before()


def charged_act() -> Cost:
    """Of a guest at a known address: the dearest kind."""
    table = LimitTable(factors={"guest": 1e9, "account": 1e9, "moderator": 1e9, "address": 10})
    meter, guest = Meter(Budgets(table), "192.0.2.1", tells=True), Actor(1)

    def charge() -> None:
        assert not meter.charge("send", guest)

    charge()
    return cost(charge)


def test_limit_on_an_act_costs_no_more_than_before():
    assert_within_limit("one act that is charged", charged_act())


SEND = '{"type":"send","id":1,"room":1,"text":"' + "x" * 64 + '","nonce":"0123456789abcdef"}'


def one_frame() -> Cost:
    limits = SizeLimits()

    def read() -> None:
        V1.decode(SEND, limits)

    read()
    return cost(read)


def test_reading_a_frame_costs_no_more_than_before():
    assert_within_limit("one frame that is read", one_frame())


def crossing(events: int) -> Cost:
    """The cost of a commit with this number of messages, from one process to another: all but Redis."""
    loop, arrived = asyncio.new_event_loop(), list[int]()
    messages = [Message(1, seq, NOW, Sender("ann", "red", 1), "x" * 64, "nonce") for seq in range(events)]

    async def cross() -> None:
        layer = InMemoryChannelLayer()
        here = Bus(layer, lambda *_: None)
        came = asyncio.Event()

        def receive(events: list[Event], whom: tuple[int, ...]) -> None:
            arrived.append(len(events))
            came.set()

        there = Bus(layer, receive)
        await asyncio.gather(here.start(), there.start())
        await there.join_group(bus_module.room_group(1))
        here.publish_events(bus_module.room_group(1), messages)
        await came.wait()
        await asyncio.gather(here.stop(), there.stop())

    def work() -> None:
        loop.run_until_complete(cross())

    try:
        work()
        counted = cost(work)
    finally:
        loop.close()
    assert set(arrived) == {events}
    return counted


def one_more_crossing() -> Cost:
    return (crossing(FEW + 1) - crossing(1)).per(FEW)


def test_one_more_event_for_another_process_costs_no_more_than_before():
    assert_within_limit("one more event for another process", one_more_crossing())


def test_events_that_cross_one_by_one_are_found(monkeypatch: pytest.MonkeyPatch):
    publish_events = Bus.publish_events

    def wasteful(self: Bus, group: str, events: list[Event], whom: tuple[int, ...] = ()) -> None:
        for event in events:
            bus_module._encode([event])
        publish_events(self, group, events, whom)

    monkeypatch.setattr(Bus, "publish_events", wasteful)
    with pytest.raises(AssertionError, match="one more event for another process now costs"):
        test_one_more_event_for_another_process_costs_no_more_than_before()


def one_message() -> Cost:
    waiting = batches()
    ready = [next(waiting) for _ in range(3)]
    unkept = UnkeptMessages()

    def commit() -> None:
        with transaction.atomic():
            log._commit_batch(ready.pop(), unkept)

    commit()
    return cost(commit).per(BATCH)


@pytest.mark.django_db
def test_one_more_message_costs_no_more_than_before():
    assert_within_limit("one message of a batch of 200, on SQLite", one_message())


@pytest.mark.django_db
def test_one_more_copy_of_each_draft_is_found(monkeypatch: pytest.MonkeyPatch):
    number_draft = log.number_draft

    def wasteful(draft: Draft, batch: Batch) -> Outcome:
        return number_draft(replace(draft), batch)

    monkeypatch.setattr(log, "number_draft", wasteful)
    with pytest.raises(AssertionError, match="one message of a batch of 200, on SQLite now costs"):
        test_one_more_message_costs_no_more_than_before()
