"""Patterns of names: what they match, and how long that takes."""

from time import thread_time

from hypothesis import given
from hypothesis import strategies as st

from chat import validation
from chat.log.bans import ActiveBan, BanList, Client
from chat.log.name_patterns import NamePatterns
from tests.log.test_bans import now

FEW = st.text("ab", max_size=6)


def matches_slowly(pattern: str, key: str) -> bool:
    """Whether a pattern matches, by its definition."""
    if not pattern:
        return not key
    if pattern[0] == "*":
        return any(matches_slowly(pattern[1:], key[start:]) for start in range(len(key) + 1))
    return bool(key) and pattern[0] == key[0] and matches_slowly(pattern[1:], key[1:])


PATTERNS = st.lists(FEW, min_size=2, max_size=5).map("*".join)


@given(st.lists(PATTERNS, max_size=4), FEW)
def test_pattern_matches_as_defined(patterns: list[str], key: str):
    expected = tuple(n for n, pattern in enumerate(patterns) if matches_slowly(pattern, key))
    assert NamePatterns(tuple(patterns)).find(key) == expected


def test_thousand_hard_patterns_take_little_time():
    """With backtracking, eight of them held the process for 18 s."""
    bans = BanList()
    for number in range(validation.MOST_BANS - 1):
        bans.add(f"pattern:{'i*' * 5}{'i' * (number % 30)}b{number}", None, ActiveBan(1))
    bans.add("pattern:*iii*", None, ActiveBan(2))
    hard = Client(names=("\u2172" * 50,))  # a Roman three, which is iii
    began = thread_time()
    found = bans.find(hard, now())
    assert thread_time() - began < 1
    assert found == ActiveBan(2)
