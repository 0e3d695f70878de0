"""How often passwords may be tried."""

import time

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User

from chat.errors import ChatError
from chat.models import SignInTries
from chat.services import accounts, tries

pytestmark = pytest.mark.django_db

HOME = "192.0.2.1"


def fail(times: int, name: str = "ann", address: str = HOME) -> bool:
    """Wrong passwords; whether the last one was looked at."""
    return [tries.begin(name, address) for _ in range(times)][-1]


def test_limit_of_a_name_from_an_address_holds_for_both_together():
    assert fail(tries.MOST_OF_PAIR)
    assert tries.spent("ANN", HOME)
    assert not fail(1)
    assert fail(1, "bob")
    assert fail(1, address="192.0.2.2")
    assert not tries.spent("bob", HOME)


def test_limit_of_an_address_holds_for_all_names(monkeypatch):
    monkeypatch.setattr(tries, "MOST_OF_ADDRESS", 3)
    assert all(fail(1, name) for name in ("a", "b", "c"))
    assert not fail(1, "d")
    assert fail(1, "d", "192.0.2.2")


def test_limit_of_a_name_holds_for_all_addresses(monkeypatch):
    monkeypatch.setattr(tries, "MOST_OF_NAME", 3)
    assert all(fail(1, address=f"192.0.2.{n}") for n in range(3))
    assert not fail(1, address="192.0.2.9")
    assert not fail(1, address="")
    assert fail(1, "bob", "192.0.2.9")


def test_addresses_of_one_ipv6_network_count_as_one():
    assert fail(tries.MOST_OF_PAIR, address="2001:db8::1")
    assert not fail(1, address="2001:db8::2")
    assert fail(1, address="2001:db8:1::1")


def test_right_password_is_no_try():
    for _ in range(3 * tries.MOST_OF_ADDRESS):
        assert tries.begin("ann", HOME)
        tries.succeeded("ann", HOME)
    assert not any(SignInTries.objects.values_list("count", flat=True))


def test_success_of_one_account_gives_back_no_tries_at_another(monkeypatch):
    monkeypatch.setattr(tries, "MOST_OF_ADDRESS", 3)
    fail(3, "victim")
    assert not fail(1, "mine")
    tries.succeeded("mine", HOME)
    assert not fail(1, "victim")


def test_new_period_begins_anew_and_forgets_the_old_one(monkeypatch):
    fail(tries.MOST_OF_PAIR + 1)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + tries.PERIOD)
    assert not tries.spent("ann", HOME)
    assert fail(1)
    assert SignInTries.objects.count() == 3
    assert 0 < tries.seconds_left() <= tries.PERIOD


def test_what_is_stored_tells_neither_name_nor_address():
    fail(1)
    assert not any("ann" in key or HOME in key for key in SignInTries.objects.values_list("key", flat=True))


def test_password_is_not_looked_at_after_too_many():
    User.objects.create_user("ann", password="correct horse")
    assert authenticate(username="ann", password="correct horse", address=HOME)
    fail(tries.MOST_OF_PAIR)
    assert authenticate(username="ann", password="correct horse", address=HOME) is None
    assert authenticate(username="ann", password="correct horse")  # over a protocol that tells no address


def test_rest_is_told_when_to_try_again():
    fail(tries.MOST_OF_PAIR)
    with pytest.raises(ChatError) as refused:
        accounts.sign_in(username="ann", password="x", address=HOME)
    assert refused.value.kind.code == 908
    assert 0 < (refused.value.retry_after or 0) <= tries.PERIOD
