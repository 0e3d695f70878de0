"""The meter: how fast a connection can act, by the test's clock."""

import contextlib
from typing import get_args

import pytest

from chat import commands
from chat import meter as meter_module
from chat.budgets import RATES, LimitTable, Rate
from chat.commands import ACTS, Posting
from chat.errors import TOO_MANY_REQUESTS, ChatError
from chat.meter import (
    COME_BACK,
    FORGIVEN,
    GRACE,
    MOST_STRIKES,
    MOST_WAIT,
    OF_CONNECTION,
    PATIENCE,
    Budgets,
    Meter,
    TooFast,
)
from chat.permissions import Actor, Proof

ANN = Actor(1)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(meter_module, "monotonic", lambda: clock.now)
    return clock


class Sender:
    """A client that sends again as soon as it may."""

    def __init__(self, clock: Clock, budgets: Budgets | None = None, *, tells: bool = True) -> None:
        self.meter = Meter(budgets or Budgets(LimitTable()), "", tells=tells)
        self.clock = clock

    def send(self, act: str = "send") -> float:
        wait = self.meter.charge(act, ANN)
        self.clock.now += wait
        return wait

    def send_until_refused(self) -> tuple[int, ChatError]:
        for count in range(10_000):
            try:
                self.send()
            except ChatError as error:
                return count, error
        raise AssertionError("nothing was refused")


def refused(sender: Sender) -> ChatError:
    with pytest.raises(ChatError) as refused:
        sender.send()
    return refused.value


def test_burst_needs_no_wait_and_what_follows_waits_for_its_turn(clock: Clock):
    sender = Sender(clock)
    assert [sender.send() for _ in range(10)] == [0] * 10
    assert [sender.send() for _ in range(4)] == pytest.approx([0.5] * 4)


def test_refused_after_waiting_for_long_and_told_for_how_long(clock: Clock):
    sender = Sender(clock)
    began = clock.now
    count, error = sender.send_until_refused()
    assert clock.now - began == pytest.approx(PATIENCE)
    assert count == 18
    assert error.kind == TOO_MANY_REQUESTS
    clock.now += error.retry_after or 0
    assert [sender.send() for _ in range(5)] == [0] * 5


def test_client_that_heeds_the_wait_is_never_closed(clock: Clock):
    sender, done = Sender(clock), 0
    for _ in range(200):
        count, error = sender.send_until_refused()
        assert not isinstance(error, TooFast)
        done += count
        clock.now += error.retry_after or 0
    assert done > 2000


@pytest.mark.parametrize("rate", [Rate(10, 2), Rate(1, 1), Rate(5, 50), Rate(100, 5)])
def test_client_that_goes_on_is_closed(clock: Clock, rate: Rate):
    sender = Sender(clock, Budgets(LimitTable(rates={"send": rate})))
    sender.send_until_refused()
    error = refused(sender)
    while not isinstance(error, TooFast):
        clock.now += 0.02
        error = refused(sender)
    assert error.reason.code == 4429
    assert error.reason.come_back
    assert f"{COME_BACK:.0f} s" in error.reason.text


def test_those_who_flood_together_are_closed_at_different_times(clock: Clock):
    took = set()
    for _ in range(50):
        sender = Sender(clock)
        sender.send_until_refused()
        clock.now += GRACE + 0.1
        tries = 1
        while not isinstance(refused(sender), TooFast):
            tries += 1
        took.add(tries)
    assert len(took) > 10
    assert min(took) > MOST_STRIKES[0]
    assert max(took) <= MOST_STRIKES[1] + 1


def test_what_was_under_way_at_the_refusal_does_not_close(clock: Clock):
    sender = Sender(clock)
    sender.send_until_refused()
    clock.now += GRACE / 2
    for _ in range(10 * MOST_STRIKES[1]):
        assert not isinstance(refused(sender), TooFast)


def test_strikes_are_forgiven(clock: Clock):
    sender = Sender(clock)
    for _ in range(3):
        sender.send_until_refused()
        clock.now += GRACE + 0.1
        for _ in range(MOST_STRIKES[0] - 1):
            assert not isinstance(refused(sender), TooFast)
        clock.now += FORGIVEN


def test_other_acts_go_on_while_one_is_refused(clock: Clock):
    sender = Sender(clock)
    sender.send_until_refused()
    assert sender.send("react") == 0


def test_many_connections_of_a_participant_wait_for_a_bounded_time(clock: Clock):
    budgets = Budgets(LimitTable())
    waits: list[float] = []
    for _ in range(30):
        with contextlib.suppress(ChatError):
            waits.append(Meter(budgets, "", tells=True).charge("send", ANN))
    assert max(waits) <= MOST_WAIT
    assert len(waits) == 14


def test_dialect_without_a_word_for_errors_waits_until_it_is_closed(clock: Clock):
    sender, began = Sender(clock, tells=False), clock.now
    count, error = sender.send_until_refused()
    assert isinstance(error, TooFast)
    assert clock.now - began < 10
    assert count == 28


def test_person_who_types_fast_is_not_held_up(clock: Clock):
    sender = Sender(clock)
    for _ in range(200):
        clock.now += 0.6
        assert sender.send() == 0


def test_bot_with_an_account_may_post_five_a_second(clock: Clock):
    meter = Meter(Budgets(LimitTable()), "192.0.2.1", tells=True)
    bot = Actor(1, proof=Proof(account=b"x"))
    for _ in range(1000):
        clock.now += 0.2
        assert meter.charge("send", bot) == 0


def test_each_command_that_reaches_others_is_in_the_table():
    by_others = {"name", "mention_all"}  # of a second hello; of the log, which knows whom a message calls
    assert set(ACTS.values()) | by_others == set(RATES)
    others = (commands.Label, commands.Direct, commands.Write, commands.Join, commands.Leave, commands.Block)
    own = (commands.KeepUnfinished,)  # of the participant's own connections
    reports = (commands.Report, commands.ClaimReport, commands.DecideReport)
    deletions = (commands.DeleteAll, commands.StopDeletion)
    bans = (commands.BanFromServer, commands.UnbanFromServer)
    filters = (commands.AddFilter, commands.ChangeFilter, commands.RemoveFilter, commands.TryFilter)
    assert set(ACTS) == {*get_args(Posting), *others, *own, *reports, *deletions, *bans, *filters}


def test_reading_is_slowed_down_and_never_refused(clock: Clock):
    meter = Meter(Budgets(LimitTable()), "", tells=True)
    began, reading = clock.now, OF_CONNECTION["read"]
    for _ in range(int(reading.burst + 5 * reading.per_second)):
        clock.now += meter.charge_reading()
    assert clock.now - began == pytest.approx(5, abs=0.1)


def test_frames_that_are_refused_are_slowed_down(clock: Clock):
    meter = Meter(Budgets(LimitTable()), "", tells=True)
    began, refused = clock.now, OF_CONNECTION["refused"]
    for _ in range(int(refused.burst + 5 * refused.per_second)):
        clock.now += meter.charge_refusal()
    assert clock.now - began == pytest.approx(5, abs=0.1)
    lifted = Meter(Budgets(LimitTable(on=False)), "", tells=True)
    assert not any(lifted.charge_refusal() for _ in range(1000))
