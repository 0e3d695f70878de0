"""What is done with a text before any budget takes time that grows with its length, and ends at its limit."""

import unicodedata
from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import characters, validation
from chat.errors import INVALID_CONTENT, INVALID_FIELD, ChatError

Form: TypeAlias = Literal["NFC", "NFD", "NFKC"]
FORMS: tuple[Form, ...] = get_args(Form)

MARKS = "\u0301\u0316"  # of different classes: Unicode puts them in order
LONGEST_RUN = 60  # two marks of one character, at most
LONG = {"marks": MARKS * 16_000, "ligatures": "\ufdfa" * 32_000, "flags": "\U0001f3f4" * 32_000}

CLEANERS: dict[str, Callable[[str], object]] = {
    "name": validation.clean_name,
    "known name": validation.clean_known_name,
    "title": validation.clean_title,
    "description": validation.clean_description,
    "color": validation.clean_color,
    "emoji": validation.clean_emoji,
    "search": lambda text: validation.split_search_words(text, "text"),
    "password": validation.clean_new_password,
}


@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("cleaner", CLEANERS)
def test_nothing_is_done_with_what_is_far_too_long(
    cleaner: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def normalize(form: str, text: str) -> str:
        done.append(text)
        return text

    monkeypatch.setattr(unicodedata, "normalize", normalize)
    with pytest.raises(ChatError) as refusal:
        CLEANERS[cleaner](LONG[kind])
    assert refusal.value.kind in (INVALID_FIELD, INVALID_CONTENT)
    assert done == []


def test_a_decomposed_text_is_as_long_as_it_is_composed() -> None:
    name = unicodedata.normalize("NFD", "\ud55c" * 50)
    assert len(name) == 150
    assert validation.clean_name(name) == "\ud55c" * 50


@pytest.mark.parametrize("form", FORMS)
def test_long_runs_of_marks_are_put_in_order_in_pieces(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []
    of_python = unicodedata.normalize

    def normalize(form: Form, text: str) -> str:
        runs.append(sum(map(bool, map(unicodedata.combining, of_python("NFD", text)))))
        return of_python(form, text)

    monkeypatch.setattr(unicodedata, "normalize", normalize)
    text = "a" + MARKS * 1000 + "\u0344" * 100  # which stands for two
    done = characters.normalize(form, text)
    assert max(runs) <= LONGEST_RUN
    assert sorted(of_python("NFD", done)) == sorted(of_python("NFD", text))  # nothing is lost


@given(st.text(max_size=100), st.sampled_from(FORMS))
def test_ordinary_texts_are_normalized_as_python_does(text: str, form: Form) -> None:
    assert characters.normalize(form, text) == unicodedata.normalize(form, text)


def test_letters_that_were_not_seen_before_have_their_scripts_found_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Looking each of them up by itself took a second for a name of Chinese letters."""
    texts: list[str] = []

    class Pattern:
        def findall(self, text: str) -> list[str]:
            texts.append(text)
            return list(text)

    monkeypatch.setattr(characters, "_IN_SCRIPT", {"HAN": Pattern()})
    name = "".join(map(chr, range(0x4E00, 0x4E00 + 50)))
    assert characters.is_highly_restrictive(name)
    assert texts == [name]
