"""The output in a terminal."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wschat_client.events import Message, Person, Pinned
from wschat_client.terminal import CONTINUED, clean, show

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def shown(text: str, name: str = "ann") -> str:
    return show(Message(1, NOW, 1, Person(name, "", True), text)) or ""


@settings(deadline=None)
@given(text=st.text(), name=st.text(max_size=10))
def test_no_message_controls_the_terminal(text: str, name: str):
    line = shown(text, name).replace(CONTINUED, "")
    assert not [c for c in line if unicodedata.category(c) in {"Cc", "Cs"}]
    line.encode()


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("\x1b[2Jhi", "[2Jhi"),
        ("a\u202eb", "ab"),
        ("\x9b31m", "31m"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\x07\x00", ""),
    ],
)
def test_what_is_stripped(text: str, harmless: str):
    assert clean(text) == harmless


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x0b"])
def test_message_cannot_look_like_two(end: str):
    first, *others = shown(f"hello{end}12:00 bob: I agree").split("\n")
    assert first.endswith("ann: hello")
    assert others == ["    | 12:00 bob: I agree"]


def test_pins_are_lines_of_their_own():
    lines = [show(Pinned(1, NOW, 5, 3, Person("a\x1bnn"), on)) for on in (True, False)]
    assert lines == ["* ann pinned message 3", "* ann took down message 3"]


def test_unverified_name_is_marked():
    assert "(unverified)" in (show(Message(1, NOW, 1, Person("ann"), "hi")) or "")
