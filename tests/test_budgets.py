"""Token buckets, with a clock of the tests."""

import pytest

from chat.budgets import RATES, LimitTable, Rate, network_of
from chat.meter import Budgets

NOW = 1000.0


def spent_at_once(
    budgets: Budgets,
    act: str,
    *,
    participant: int | None = 1,
    address: str = "",
    account: bool = False,
    staff: bool = False,
) -> int:
    """How many acts a client may do in one moment."""
    purse = budgets.open_purse(participant, address, account=account, staff=staff)
    for count in range(10_000):
        if purse.spend(act, NOW):
            purse.refund(act)
            return count
    raise AssertionError("there is no end to it")


@pytest.mark.parametrize("act", RATES)
def test_burst_of_a_guest_is_that_of_the_table(act: str):
    assert spent_at_once(Budgets(LimitTable()), act) == RATES[act].burst


def test_others_have_wider_budgets():
    assert spent_at_once(Budgets(LimitTable()), "send", account=True) == 30
    assert spent_at_once(Budgets(LimitTable()), "send", account=True, staff=True) == 60


def test_moderator_has_a_wider_budget_in_the_room():
    purse = Budgets(LimitTable()).open_purse(1, "", account=False, staff=False)
    waits = [purse.spend("send", NOW, runs=True) for _ in range(61)]
    assert [wait > 0 for wait in waits] == [False] * 60 + [True]


def test_bucket_fills_at_its_rate():
    purse = Budgets(LimitTable(rates={"send": Rate(4, 2)})).open_purse(1, "", account=False, staff=False)
    for _ in range(4):
        assert purse.spend("send", NOW) == 0
    assert purse.spend("send", NOW) == pytest.approx(0.5)
    purse.refund("send")
    assert purse.spend("send", NOW + 0.25) == pytest.approx(0.25)
    assert purse.spend("send", NOW + 1.0) == 0


def test_connections_of_a_participant_share_a_budget():
    budgets = Budgets(LimitTable())
    assert spent_at_once(budgets, "send") == 10
    assert spent_at_once(budgets, "send") == 0
    assert spent_at_once(budgets, "edit") == 10
    assert spent_at_once(budgets, "send", participant=2) == 10


def test_clients_without_an_account_share_a_budget_at_an_address():
    budgets = Budgets(LimitTable())
    done = [spent_at_once(budgets, "send", participant=who, address="2001:db8::1") for who in range(1, 12)]
    assert sum(done) == 100
    assert spent_at_once(budgets, "send", participant=20, address="2001:db8::ffff") == 0
    assert spent_at_once(budgets, "send", participant=21, address="2001:db8:0:1::1") == 10
    assert spent_at_once(budgets, "send", participant=22, address="2001:db8::1", account=True) == 30
    assert spent_at_once(budgets, "send", participant=None, address="2001:db8::1") == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", network_of("fe80::2")),
        ("[2001:db8::1]", network_of("2001:db8::2")),
        ("", ""),
        ("not:an:address", "not:an:address"),
    ],
)
def test_network_of_an_address(address: str, network: str):
    assert network_of(address) == network


def test_full_budgets_are_forgotten_and_others_are_not():
    budgets = Budgets(LimitTable())
    purse = budgets.open_purse(1, "192.0.2.7", account=False, staff=False)
    for _ in range(10):
        purse.spend("send", NOW)
    budgets.forget_full(NOW + 1)
    assert len(budgets) == 1  # of the participant; that of the address is full again
    budgets.forget_full(NOW + 6)
    assert not len(budgets)
    assert purse.spend("send", NOW + 6) == 0
