"""Mentions in texts."""

import pytest

from chat.mentions import LONGEST, MOST, count_mentions, find_candidates, find_mentions, fold_name
from tests.support.mentions import MENTIONS, PEOPLE


@pytest.mark.parametrize(("text", "mentioned"), MENTIONS)
def test_mentions_are_found_as_the_page_finds_them(text: str, mentioned: list[str]):
    names = find_mentions(text, PEOPLE)
    assert [fold_name(f"@{name}") for name in names] == [fold_name(each) for each in mentioned]
    assert set(map(fold_name, names)) <= set(map(fold_name, find_candidates(text)))


def test_mentions_of_anyone_are_counted():
    assert count_mentions("@ann, @nobody, (@bob) and a@b.example") == 3
    assert count_mentions("`@ann` @ @@") == 0


def test_longest_name_is_a_candidate_and_no_more():
    name = "n" * LONGEST
    assert name in find_candidates(f"@{name}, hi")
    assert not find_candidates(f"@{name}n")


def test_mentions_of_one_text_are_bounded():
    text = " ".join(f"@n{number}" for number in range(2 * MOST))
    names = [f"n{number}" for number in range(2 * MOST)]
    assert find_mentions(text, names) == names[:MOST]
    assert max(map(len, find_candidates("@" + "a b " * 100))) <= LONGEST
    assert len(find_candidates("@ann! " * 1000)) < 30
