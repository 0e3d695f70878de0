"""The limits on tries at passwords."""

import threading
import time
from collections.abc import Callable

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.test import Client

from chat.errors import ChatError
from chat.models import WindowCount
from chat.services import accounts, devices, tries, windows

pytestmark = pytest.mark.django_db

HOME = "192.0.2.1"


SECRET = "correct horse"
SLOWED = 0.3


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann", password=SECRET)


@pytest.fixture(autouse=True)
def _shorter_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "SLOWED_SECONDS", SLOWED)


def seconds_of(call: Callable[[], object]) -> float:
    started = time.monotonic()
    call()
    return time.monotonic() - started


def counts() -> list[int]:
    return sorted(WindowCount.objects.values_list("count", flat=True))


def fail(times: int, name: str = "ann", address: str = HOME) -> bool:
    """Wrong passwords; whether the last one was looked at."""
    return [tries.count_try(name, address) for _ in range(times)][-1]


def test_limit_of_a_name_from_an_address_holds_for_both_together():
    assert fail(tries.MOST_OF_PAIR)
    assert tries.seconds_locked("ANN", HOME)
    assert not fail(1)
    assert fail(1, "bob")
    assert fail(1, address="192.0.2.2")
    assert not tries.seconds_locked("bob", HOME)


def test_limit_of_an_address_holds_for_all_names(monkeypatch):
    monkeypatch.setattr(tries, "MOST_OF_ADDRESS", 3)
    assert all(fail(1, name) for name in ("a", "b", "c"))
    assert not fail(1, "d")
    assert fail(1, "d", "192.0.2.2")


def test_limit_of_a_name_delays_without_refusal(monkeypatch, ann: User):
    monkeypatch.setattr(tries, "MOST_OF_NAME", 3)
    assert seconds_of(lambda: accounts.check_password(name="ann", password=SECRET, address=HOME)) < SLOWED
    assert all(fail(1, address=f"192.0.2.{n}") for n in range(10, 14))
    assert seconds_of(lambda: accounts.check_password(name="ann", password=SECRET, address=HOME)) >= SLOWED
    assert not tries.seconds_locked("ann", HOME)
    assert seconds_of(lambda: authenticate(username="bob", password="x", address=HOME)) < SLOWED


def test_slowed_tries_hold_a_bounded_number_of_threads(monkeypatch):
    monkeypatch.setattr(tries, "MOST_OF_NAME", 0)
    monkeypatch.setattr(tries, "_slowed", threading.BoundedSemaphore(1))
    fail(1)
    with tries._slowed:
        assert seconds_of(lambda: tries.slow_down("ann")) < SLOWED
    assert seconds_of(lambda: tries.slow_down("ann")) >= SLOWED


def test_tries_that_are_refused_count_for_nothing_else(monkeypatch):
    monkeypatch.setattr(tries, "MOST_OF_ADDRESS", 20)
    assert not fail(200)
    assert counts() == [tries.MOST_OF_PAIR] * 3  # of the pair, its address, its name
    for n in range(10):
        fail(1, f"other {n}")
    before = counts()
    assert not fail(1, "victim")
    assert counts() == before


def test_tries_without_an_address_are_bounded_too():
    assert fail(tries.MOST_OF_NAME, address="")
    assert not fail(1, address="")
    assert fail(1)


@pytest.mark.parametrize("address", ["::ffff:192.0.2.1", "[::ffff:c000:201]", HOME])
def test_an_ipv4_address_is_one_however_it_is_written(address: str):
    assert fail(tries.MOST_OF_PAIR, address="::ffff:192.0.2.1")
    assert not fail(1, address=address)
    assert fail(1, address="::ffff:192.0.2.2")


def test_addresses_of_one_ipv6_network_count_as_one():
    assert fail(tries.MOST_OF_PAIR, address="2001:db8::1")
    assert not fail(1, address="2001:db8::2")
    assert fail(1, address="2001:db8:1::1")


def test_right_password_is_no_try():
    for _ in range(3 * tries.MOST_OF_ADDRESS):
        assert tries.count_try("ann", HOME)
        tries.forget_try("ann", HOME)
    assert not any(WindowCount.objects.values_list("count", flat=True))


def test_success_of_one_account_gives_back_no_tries_at_another(monkeypatch):
    monkeypatch.setattr(tries, "MOST_OF_ADDRESS", 3)
    fail(3, "victim")
    assert not fail(1, "mine")
    tries.forget_try("mine", HOME)
    assert not fail(1, "victim")


def test_period_begins_with_the_first_try(monkeypatch):
    began = float(tries.PERIOD * 1000)  # a full quarter of an hour
    clock = began - 1
    monkeypatch.setattr(time, "time", lambda: clock)
    fail(tries.MOST_OF_PAIR)
    clock = began + 1
    assert not fail(1)
    assert tries.seconds_locked("ann", HOME) == tries.PERIOD - 2
    clock = began - 1 + tries.PERIOD
    assert not tries.seconds_locked("ann", HOME)
    assert fail(1)
    assert counts() == [1, 1, 1]


def test_periods_that_have_ended_are_deleted(monkeypatch):
    fail(1)
    windows.forget_ended()
    assert WindowCount.objects.count() == 3
    ended = time.time() + tries.PERIOD
    monkeypatch.setattr(time, "time", lambda: ended)
    fail(1, "bob", "192.0.2.2")
    windows.forget_ended()
    assert WindowCount.objects.count() == 3


def test_what_is_stored_tells_neither_name_nor_address():
    fail(1)
    assert not any("ann" in key or HOME in key for key in WindowCount.objects.values_list("key", flat=True))


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
    assert (refused.value.kind.status, refused.value.kind.code, refused.value.field) == (429, 910, "password")
    assert 0 < (refused.value.retry_after or 0) <= tries.PERIOD


def signed_in_before() -> Client:
    """A browser in which Ann has signed in, and out again."""
    browser = Client(REMOTE_ADDR=HOME)
    assert browser.post("/sign-in", {"username": "ann", "password": SECRET}).status_code == 302
    assert browser.post("/sign-out").status_code == 302
    assert browser.cookies[devices.COOKIE]["httponly"]
    return browser


def sign_in(browser: Client, password: str, path: str = "/sign-in", name: str = "ann") -> bool:
    return browser.post(path, {"username": name, "password": password}).status_code == 302


@pytest.mark.parametrize("path", ["/sign-in", "/admin/login/"])
def test_wrong_passwords_of_others_lock_out_no_browser_that_has_signed_in_before(ann: User, path: str):
    User.objects.filter(pk=ann.pk).update(is_staff=True)
    browser = signed_in_before()
    stranger = Client(REMOTE_ADDR=HOME)
    for _ in range(tries.MOST_OF_PAIR + 1):
        assert not sign_in(stranger, "wrong", path)
    assert not sign_in(stranger, SECRET, path)
    assert sign_in(browser, SECRET, path)


def test_browser_that_has_signed_in_before_has_a_limit_of_its_own(ann: User):
    browser = signed_in_before()
    for _ in range(tries.MOST_OF_PAIR):
        assert not sign_in(browser, "wrong")
    refused = browser.post("/sign-in", {"username": "ann", "password": SECRET})
    assert refused.status_code == 429
    assert sign_in(Client(REMOTE_ADDR=HOME), SECRET)  # it has counted for no other limit of the account


def test_browsers_of_an_account_have_a_limit_together(ann: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tries, "MOST_OF_DEVICES", 3)
    browsers = [signed_in_before() for _ in range(2)]
    assert sign_in(browsers[0], SECRET)  # which is no try
    browsers[0].post("/sign-out")
    assert [sign_in(browsers[n % 2], "wrong") for n in range(3)] == [False] * 3
    for browser in browsers:
        assert browser.post("/sign-in", {"username": "ann", "password": SECRET}).status_code == 429


def test_wrong_passwords_of_known_browsers_count_for_their_address(
    ann: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tries, "MOST_OF_ADDRESS", 3)
    browser = signed_in_before()
    for _ in range(3):
        assert not sign_in(browser, "wrong")
    assert tries.seconds_locked("bob", HOME)
    assert sign_in(browser, SECRET)  # the address does not limit it
    assert not tries.seconds_locked("bob", "192.0.2.2")


def test_new_password_voids_the_cookies_of_before(ann: User):
    browser = signed_in_before()
    cookie = browser.cookies[devices.COOKIE].value
    assert devices.read_device(cookie, "ann")
    ann.set_password("new horse battery")
    ann.save()
    assert devices.read_device(cookie, "ann") == ""
    stranger = Client(REMOTE_ADDR=HOME)
    for _ in range(tries.MOST_OF_PAIR):
        sign_in(stranger, "wrong")
    assert not sign_in(browser, "new horse battery")  # it has no tries of its own


def test_browser_in_which_the_password_was_changed_gets_another_cookie(ann: User):
    browser = Client(REMOTE_ADDR=HOME)
    sign_in(browser, SECRET)
    before = browser.cookies[devices.COOKIE].value
    new = {"new_password1": "new horse battery", "new_password2": "new horse battery"}
    assert browser.post("/account", {"old_password": SECRET, **new}).status_code == 302
    assert browser.cookies[devices.COOKIE].value != before
    assert devices.read_device(browser.cookies[devices.COOKIE].value, "ann")


@pytest.mark.parametrize("path", ["/account", "/admin/password_change/"])
def test_current_password_has_the_tries_of_a_sign_in(ann: User, path: str, caplog: pytest.LogCaptureFixture):
    """A copied session cookie comes without the device cookie."""
    User.objects.filter(pk=ann.pk).update(is_staff=True)
    browser = Client(REMOTE_ADDR=HOME)
    browser.force_login(User.objects.get(pk=ann.pk), backend="chat.services.backend.AccountBackend")
    browser.cookies.pop(devices.COOKIE, None)
    form = {"new_password1": "new horse battery", "new_password2": "new horse battery"}
    for _ in range(tries.MOST_OF_PAIR):
        assert browser.post(path, {"old_password": "wrong", **form}).status_code in (200, 429)
    refused = browser.post(path, {"old_password": SECRET, **form})
    assert (refused.status_code, int(refused["Retry-After"]) > 0) == (429, True)
    assert tries.seconds_locked("ann", HOME)
    assert not tries.seconds_locked("ann", "192.0.2.2")
    lines = [record.getMessage() for record in caplog.records if record.name == "chat.services.backend"]
    refusals = [f'sign-in {how}: from {HOME} as "ann"' for how in ("refused", "limited")]
    assert lines == [refusals[0]] * tries.MOST_OF_PAIR + refusals[1:]
    ann.refresh_from_db()
    assert ann.check_password(SECRET)


@pytest.mark.parametrize("forged", ["x", "", "eyJhIjoxfQ:1:x", "x" * 5000])
def test_cookie_that_is_forged_or_of_another_account_is_none(ann: User, forged: str):
    bob = User.objects.create_user("bob", password=SECRET)
    assert devices.read_device(forged, "ann") == ""
    assert devices.read_device(devices.make_cookie(bob), "ann") == ""
    assert devices.read_device(devices.make_cookie(ann), "ann")
    assert devices.read_device(devices.make_cookie(ann), "nobody") == ""
    assert devices.read_device(devices.make_cookie(ann), "ann\x00") == ""
