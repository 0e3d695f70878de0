"""The wait before a reconnect."""

from hypothesis import given, settings
from hypothesis import strategies as st
from wschat_client import Backoff


def ceilings(count: int) -> list[float]:
    backoff = Backoff(uniform=lambda: 1.0)
    return [backoff.next() for _ in range(count)]


def test_ceiling_doubles_up_to_half_a_minute():
    assert ceilings(9) == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_success_resets_the_wait():
    backoff = Backoff(uniform=lambda: 1.0)
    backoff.next()
    backoff.next()
    backoff.reset()
    assert backoff.next() == 0.5


@settings(deadline=None)
@given(failures=st.integers(0, 10_000), chance=st.floats(0, 1))
def test_wait_is_never_more_than_the_ceiling(failures: int, chance: float):
    assert 0 <= Backoff(uniform=lambda: chance).after(failures) <= 30


def test_clients_do_not_come_back_together():
    assert len({Backoff().after(6) for _ in range(20)}) > 10
