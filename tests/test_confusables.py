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
        ("admin", "\u1d00\u1d05m\u026an"),  # small capitals
        ("ll", "\u2016"),
        ("oe", "\u0276"),
    ],
)
def test_names_that_look_alike_are_one(one: str, other: str):
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("ann", "anna"), ("bob", "rob"), ("李", "王"), ("zoe", "zoë")])
def test_names_that_differ_stay_two(one: str, other: str):
    assert name_key(one) != name_key(other)


def test_form_of_a_form_is_itself():
    characters = (chr(code) for code in range(0x20000) if not 0xD800 <= code < 0xE000)
    forms = {character: build_skeleton(character) for character in characters}
    assert not [character for character, form in forms.items() if build_skeleton(form) != form]


@given(st.text(max_size=50))
def test_case_makes_no_difference(text: str):
    assert build_skeleton(text) == build_skeleton(text.casefold())
