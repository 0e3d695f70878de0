"""Which names look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.confusables import build_skeleton
from chat.validation import name_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypal", "раураl"),  # Cyrillic
        ("ann", "ＡＮＮ"),  # full width
        ("bob", "b0b"),
        ("ill", "Ill"),
        ("modern", "rnodern"),
        ("Zoë", "Zoe\u0308"),
        ("straße", "STRASSE"),
        ("a  b", "A b"),
    ],
)
def test_names_that_look_alike_are_one(one: str, other: str):
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("ann", "anna"), ("bob", "rob"), ("李", "王"), ("zoe", "zoë")])
def test_names_that_differ_stay_two(one: str, other: str):
    assert name_key(one) != name_key(other)


@given(st.text(max_size=50))
def test_case_makes_no_difference(text: str):
    assert build_skeleton(text) == build_skeleton(text.casefold())
