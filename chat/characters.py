"""Which characters show something, by Unicode's own properties. Pure.

The package regex carries the data: no property here is a list of ours, but for the few blank pictures.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import Final, Literal

import regex
from regex import _regex_core

# Characters that have a picture, in which there is nothing: no property of Unicode says so.
_BLANK: Final = r"\u2800\ufffc\U00013441\U00013442\U00016fe4\U0001d159"
_HIDDEN: Final = rf"\p{{Default_Ignorable_Code_Point}}\p{{Noncharacter_Code_Point}}{_BLANK}"
# Some formats are pictures around what follows, such as the end of an Ayah; some marks only join letters.
_SEEN: Final = regex.compile(
    rf"(?V1)[^{_HIDDEN}\p{{Cc}}[\p{{Cf}}--\p{{Prepended_Concatenation_Mark}}]\p{{Cs}}\p{{Z}}"
    r"\p{Indic_Syllabic_Category=Invisible_Stacker}\p{Indic_Syllabic_Category=Number_Joiner}\u2d7f]"
)
_NOT_SEEN: Final = regex.compile(rf"[{_HIDDEN}]")
# Formats other than joiners and the tags of flags: marks of direction, soft hyphens and the like.
_UNJOINED: Final = regex.compile(r"(?V1)[\p{Cf}--[\u200c\u200d\U000e0020-\U000e007f]]")
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
EMOJI: Final = rf"{_FLAG}|{_PICTURE}(?:\u200d{_PICTURE})*|{_KEYCAP}"  # those of several characters, too
_IN_PLACE: Final = regex.compile(rf"{EMOJI}|{_AFTER_VIRAMA}|{_BETWEEN_LETTERS}")

# One emoji, fully qualified: about what Unicode Technical Standard 51 recommends for general interchange, of
# which no property tells.
_ELEMENT: Final = (
    r"(?:[\p{Emoji_Presentation}--\p{Regional_Indicator}]|[\p{Emoji}--[0-9#*]]\ufe0f"
    r"|\p{Emoji_Modifier_Base}\p{Emoji_Modifier})"
)
_ONE_EMOJI: Final = regex.compile(
    rf"(?V1){_ELEMENT}(?:\u200d{_ELEMENT})*|\p{{Regional_Indicator}}{{2}}|[0-9#*]\ufe0f\u20e3"
    r"|\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
)

_SELECTORS: Final = regex.compile(r"[\ufe0e\ufe0f]")
_UNQUALIFIED: Final = regex.compile(
    r"(?V1)[[\p{Emoji}--\p{Emoji_Presentation}]--[0-9#*]](?!\p{Emoji_Modifier})|[0-9#*](?=\u20e3)"
)

# Unicode Technical Standard 39, 5.2: "highly restrictive" is one script, or one of these together.
_WRITTEN_TOGETHER: Final = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)
_OF_ALL_SCRIPTS: Final = frozenset({"COMMON", "INHERITED"})
_UNKNOWN: Final = frozenset({"UNKNOWN"})  # of code points that are no characters yet
_MOST_MARKS: Final = 4  # on one letter: 5.4
# Each script once: the package has its name and its code for the same number.
_SCRIPTS: Final = {
    number: name for name, number in reversed(_regex_core.PROPERTIES["SCRIPTEXTENSIONS"][1].items())
}
_IN_SCRIPT: Final = {name: regex.compile(rf"\p{{scx={name}}}") for name in _SCRIPTS.values()}
# Marks that Unicode puts in order: as many as its Stream-Safe Text Format has on end (UAX 15, 13).
_LONG_RUN: Final = regex.compile(r"[^\p{Canonical_Combining_Class=0}]{30}")
_PIECE: Final = regex.compile(rf"(?s).*?{_LONG_RUN.pattern}|.+")


def normalize(form: Literal["NFC", "NFD", "NFKC"], text: str) -> str:
    """Normalize a text in time that grows with its length, whatever it holds.

    Python sorts a run of marks in quadratic time: 32,000 of them took two seconds, and kept everyone waiting.
    """
    if text.isascii():
        return text
    if _LONG_RUN.search(text) is None:
        return unicodedata.normalize(form, text)
    pieces = _PIECE.findall(text)
    return "".join(unicodedata.normalize(form, piece) for piece in pieces)


def shows_something(text: str) -> bool:
    """Whether there is anything to be seen in the text."""
    return _SEEN.search(text) is not None


def has_hidden(text: str) -> bool:
    """Whether the text holds a character that shows nothing, other than in an emoji or as a joiner that has
    an effect where it stands.
    """
    if text.isascii() and text.isprintable():  # as almost all names are: a search takes 30 µs
        return False
    return _NOT_SEEN.search(text) is not None and _NOT_SEEN.search(strip_in_place(text)) is not None


def strip_in_place(text: str) -> str:
    """The text without its emoji, and without the joiners that have an effect where they stand."""
    stripped: str = _IN_PLACE.sub("", text)
    return stripped


def is_highly_restrictive(text: str) -> bool:
    """Whether the text is of one script or of those that are written together, marks and digits included.

    Emoji are of all scripts.
    """
    if text.isascii():
        return True
    plain = normalize("NFD", strip_in_place(text))
    return _is_of_one_script(plain) and _has_sound_marks(plain) and len(set(_find_zeros(plain))) <= 1


# Before the budgets: a name that was not seen before must not take long. One of 50 letters takes 0.2 ms.
@lru_cache(maxsize=1024)
def _is_of_one_script(text: str) -> bool:
    found: dict[str, set[str]] = {character: set() for character in text}  # its Script_Extensions
    for script, pattern in _IN_SCRIPT.items():
        for character in pattern.findall(text):
            found[character].add(script)
    used = [scripts for scripts in found.values() if not scripts & _OF_ALL_SCRIPTS]
    if not used or set.intersection(*used) - _UNKNOWN:
        return True
    return any(all(scripts & together for scripts in used) for together in _WRITTEN_TOGETHER)


def _has_sound_marks(text: str) -> bool:
    """No enclosing mark, none at the start, none twice on one letter, and few on each."""
    if text and unicodedata.category(text[0]).startswith("M"):
        return False
    for is_mark, run in groupby(text, key=lambda c: unicodedata.category(c) in ("Mn", "Me")):
        marks = list(run) if is_mark else []
        if len(marks) > _MOST_MARKS or len(set(marks)) < len(marks):
            return False
        if any(unicodedata.category(mark) == "Me" for mark in marks):
            return False
    return True


def _find_zeros(text: str) -> Iterator[str]:
    """The zero of each digit's own numerals: 5.3."""
    return (chr(ord(c) - unicodedata.digit(c)) for c in text if unicodedata.category(c) == "Nd")


def strip_ignored(text: str) -> str:
    """The text without its default-ignorable code points."""
    return text if text.isascii() else _IGNORED.sub("", text)


def strip_formats(text: str) -> str:
    """The text without formats that join no characters."""
    return text if text.isascii() else _UNJOINED.sub("", text)


def qualify_emoji(text: str) -> str:
    """The one spelling of an emoji: NFC, with the selectors of its fully-qualified form (UTS 51)."""
    plain = _SELECTORS.sub("", normalize("NFC", text))
    qualified: str = _UNQUALIFIED.sub(r"\g<0>" + "\ufe0f", plain)
    return qualified


def is_one_emoji(text: str) -> bool:
    """Whether the text, as `qualify_emoji` spells it, is one emoji and nothing else."""
    return _ONE_EMOJI.fullmatch(text) is not None
