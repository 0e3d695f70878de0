"""No clear step back, in the two places that all speed comes from: the fan-out and the commit."""

import contextlib
import itertools
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from chat.budgets import Budgets, Table
from chat.delivery import hub as hub_module
from chat.delivery.audience import Audience, Subscription
from chat.delivery.hub import Hub, LiveRoom
from chat.delivery.outbox import FrameOutbox
from chat.events import Message, Sender
from chat.log import log, numbering
from chat.log.drafts import Draft, Outcome
from chat.log.kinds.message import MessageDraft, UnkeptMessages
from chat.models import Participant, Room
from chat.permissions import Actor
from chat.sessions.meter import Meter
from tests.bench.costs import Cost, assert_within_limit, cost
from tests.delivery.recorder import V1

FEW, MANY = 50, 250
NOW = datetime(2026, 1, 1, tzinfo=UTC)
BATCH, ROOMS = 200, 20


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
    """Of one message to so many members."""
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
        def write(self, data: Any) -> None:
            for member in self.subscriptions():
                self._look_at(member)
            super().write(data)

        def _look_at(self, member: Subscription) -> None:
            pass

    monkeypatch.setattr(hub_module, "Audience", Wasteful)
    with pytest.raises(AssertionError, match="one more member of a room now costs"):
        test_one_more_member_costs_no_more_than_before()


def test_a_copy_of_the_message_for_each_member_is_found(monkeypatch: pytest.MonkeyPatch):
    class Wasteful(Audience):
        def write(self, data: Any) -> None:
            super().write(data)
            self.kept = [data + b"!" for _ in self.subscriptions()]

    monkeypatch.setattr(hub_module, "Audience", Wasteful)
    with pytest.raises(AssertionError, match="one more member of a room now costs"):
        test_one_more_member_costs_no_more_than_before()


def charged_act() -> Cost:
    """Of a guest at a known address: the dearest kind."""
    table = Table(factors={"guest": 1e9, "account": 1e9, "moderator": 1e9, "address": 10})
    meter, guest = Meter(Budgets(table), "192.0.2.1", tells=True), Actor(1)

    def charge() -> None:
        assert not meter.charge("send", guest)

    charge()
    return cost(charge)


def test_limit_on_an_act_costs_no_more_than_before():
    assert_within_limit("one act that is charged", charged_act())


def batches() -> Iterator[list[Draft]]:
    """Of messages with nonces, from one participant, spread over the rooms."""
    sender = Sender("ann", "red", Participant.objects.create(name="ann").pk)
    rooms = [Room.objects.create(title=f"room {i}", title_key=f"room {i}").pk for i in range(ROOMS)]
    for turn in itertools.count():
        yield [
            MessageDraft(room=rooms[i % ROOMS], at=NOW, sender=sender, text="x" * 64, nonce=f"{turn}-{i}")
            for i in range(BATCH)
        ]


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
    number_drafts = numbering.number_drafts

    def wasteful(drafts: Sequence[Draft], *rest: Any) -> list[Outcome]:
        return number_drafts([replace(draft) for draft in drafts], *rest)

    monkeypatch.setattr(log, "number_drafts", wasteful)
    with pytest.raises(AssertionError, match="one message of a batch of 200, on SQLite now costs"):
        test_one_more_message_costs_no_more_than_before()
