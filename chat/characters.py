"""Which characters show something, by Unicode's own properties. Pure.

The package regex carries the data: no property here is a list of ours, but for the few blank pictures.
"""

import unicodedata
from typing import Final

import regex

# Characters that have a picture, in which there is nothing: no property of Unicode says so.
_BLANK: Final = r"\u2800\ufffc\U0001d159"
_SEEN: Final = regex.compile(rf"[^\p{{Default_Ignorable_Code_Point}}\p{{Cc}}\p{{Cf}}\p{{Cs}}\p{{Z}}{_BLANK}]")
_NOT_SEEN: Final = regex.compile(rf"[\p{{Default_Ignorable_Code_Point}}{_BLANK}]")
_IGNORED: Final = regex.compile(r"\p{Default_Ignorable_Code_Point}+")

_PICTURE: Final = r"\p{Extended_Pictographic}[\ufe0e\ufe0f]?\p{Emoji_Modifier}?"
_FLAG: Final = r"\U0001f3f4[\U000e0020-\U000e007e]{1,32}\U000e007f"
_KEYCAP: Final = r"[0-9#*]\ufe0f?\u20e3"
# Joiners that change what is seen: after a virama, and between letters that join (RFC 5892, A.1 and A.2;
# Unicode Technical Standard 39, 3.1.1).
_AFTER_VIRAMA: Final = r"(?<=\p{Canonical_Combining_Class=9})[\u200c\u200d]"
_BETWEEN_LETTERS: Final = (
    r"(?<=[\p{Joining_Type=L}\p{Joining_Type=D}]\p{Joining_Type=T}*)\u200c"
    r"(?=\p{Joining_Type=T}*[\p{Joining_Type=R}\p{Joining_Type=D}])"
)
_IN_PLACE: Final = regex.compile(
    rf"{_FLAG}|{_PICTURE}(?:\u200d{_PICTURE})*|{_KEYCAP}|{_AFTER_VIRAMA}|{_BETWEEN_LETTERS}"
)

_SELECTORS: Final = regex.compile(r"[\ufe0e\ufe0f]")
_UNQUALIFIED: Final = regex.compile(
    r"(?V1)[[\p{Emoji}--\p{Emoji_Presentation}]--[0-9#*]](?!\p{Emoji_Modifier})|[0-9#*](?=\u20e3)"
)


def shows_something(text: str) -> bool:
    """Whether there is anything to be seen in the text."""
    return _SEEN.search(text) is not None


def has_hidden(text: str) -> bool:
    """Whether the text holds a character that shows nothing, other than in an emoji or as a joiner that has
    an effect where it stands.
    """
    return _NOT_SEEN.search(text) is not None and _NOT_SEEN.search(strip_in_place(text)) is not None


def strip_in_place(text: str) -> str:
    """The text without its emoji, and without the joiners that have an effect where they stand."""
    stripped: str = _IN_PLACE.sub("", text)
    return stripped


def strip_ignored(text: str) -> str:
    """The text without its default-ignorable code points."""
    return text if text.isascii() else _IGNORED.sub("", text)


def qualify_emoji(text: str) -> str:
    """The one spelling of an emoji: NFC, with the selectors of its fully-qualified form (UTS 51)."""
    plain = _SELECTORS.sub("", unicodedata.normalize("NFC", text))
    qualified: str = _UNQUALIFIED.sub(r"\g<0>" + "\ufe0f", plain)
    return qualified
