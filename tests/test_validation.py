"""What is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import validation
from chat.errors import INVALID_CONTENT, INVALID_FIELD, ChatError

ANYTHING = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text()))
CHECKS = [
    validation.clean_name,
    validation.clean_color,
    validation.clean_title,
    validation.clean_description,
    validation.clean_visibility,
    validation.clean_new_password,
    lambda value: validation.clean_text(value, 4000),
]


@pytest.mark.parametrize("check", CHECKS)
@given(value=ANYTHING)
def test_checks_answer_with_a_typed_error_or_an_encodable_string(check, value):
    try:
        check(value).encode()
    except ChatError as refusal:
        error = refusal
    else:
        return
    assert error.kind in (INVALID_FIELD, INVALID_CONTENT)
    assert error.field
    assert error.detail


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert validation.fold_label(validation.fold_label(text)) == validation.fold_label(text)


@pytest.mark.parametrize(
    ("left", "right"), [("Ann", "ANN"), ("ﬁn", "FIN"), ("Straße", "STRASSE"), ("a  b", "A b"), ("①", "1")]
)
def test_labels_that_look_alike_fold_alike(left, right):
    assert validation.fold_label(left) == validation.fold_label(right)


@pytest.mark.parametrize(
    "name",
    ["", " ", "a\nb", "a\x00b", "\u202eevil", "zero\u200bwidth", "\ud800", "\u200d", "x" * 51, 7, None],
)
def test_names_that_are_refused(name):
    with pytest.raises(ChatError) as refused:
        validation.clean_name(name)
    assert (refused.value.kind, refused.value.field) == (INVALID_FIELD, "name")


@pytest.mark.parametrize("name", ["a", "Ann-Marie O'Neill", "李小龍", "🚀", "نادیا", " padded "])
def test_names_that_are_fine(name):
    assert validation.clean_name(name) == name.strip()


@pytest.mark.parametrize("text", ["hi", "two\nlines\tand a tab", "👨‍👩‍👧 \u202b", "x" * 4000])
def test_text_is_kept_as_it_is(text):
    assert validation.clean_text(text, 4000) == text


@pytest.mark.parametrize("text", ["", " \n", "a\x00", "\x1b[31mred", "\udfff", "x" * 4001, None, 3, ["hi"]])
def test_text_that_is_refused(text):
    with pytest.raises(ChatError) as refused:
        validation.clean_text(text, 4000)
    assert (refused.value.kind, refused.value.field) == (INVALID_FIELD, "msg")


@pytest.mark.parametrize("title", ["x", "x" * 71, "", None, "a\u2028b"])
def test_titles_that_are_refused(title):
    with pytest.raises(ChatError) as refused:
        validation.clean_title(title)
    assert (refused.value.kind, refused.value.field) == (INVALID_CONTENT, "title")


@pytest.mark.parametrize(
    ("visibility", "password", "has_one", "field"),
    [
        ("public", "long enough", False, "visibility"),
        ("private", None, False, "password"),
        ("hidden", "", False, "password"),
        ("private", "short", False, "password"),
        ("private", 12345678, False, "password"),
    ],
)
def test_passwords_that_do_not_fit_the_visibility(visibility, password, has_one, field):
    with pytest.raises(ChatError) as refused:
        validation.clean_password_for(visibility, password, has_one)
    assert (refused.value.kind, refused.value.field) == (INVALID_CONTENT, field)


@pytest.mark.parametrize(
    ("visibility", "password", "has_one", "new"),
    [
        ("public", None, True, None),
        ("public", "", False, None),
        ("private", "long enough", False, "long enough"),
        ("hidden", None, True, None),
    ],
)
def test_passwords_that_fit_the_visibility(visibility, password, has_one, new):
    assert validation.clean_password_for(visibility, password, has_one) == new


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u200d", "\u202e", "\u2066", "\u3164", "\ufe0f", "\u2800", "\x07"]
)
def test_name_with_what_cannot_be_seen_is_refused(unseen: str):
    with pytest.raises(ChatError) as refused:
        validation.clean_name(f"an{unseen}n")
    assert refused.value.field == "name"


def test_name_that_is_long_when_spelled_out_is_refused():
    with pytest.raises(ChatError):
        validation.clean_name("\ufdfa" * 50)
