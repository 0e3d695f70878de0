"""Texts as search compares them. Pure.

Both databases look for one string in another, and no more, so that both find the same: neither PostgreSQL's
parser, which depends on the locale and splits words at their marks, nor SQLite's LIKE, which folds A to Z
alone, has a say.
"""

import re
import unicodedata
from typing import Final

import regex

from chat.characters import EMOJI, normalize

MOST_FOLDED: Final = 200_000  # characters that are looked through; a tsvector of PostgreSQL takes 1 MB
LONGEST_WORD: Final = 400  # characters; one of its lexemes takes 2,046 bytes
_MOST_KEPT: Final = 20_000  # characters whose form is kept; no text but an attack has more

# Letters of scripts that have no spaces between words: at each of them a word may begin. To the second kind
# belong marks, which stay with their letter.
_IDEOGRAPH: Final = regex.compile(
    r"(?V1)[[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\p{Yi}\p{Tangut}\p{Nushu}\u30fc]&&[\p{L}\p{N}]]"
)
_UNSPACED: Final = regex.compile(
    r"(?V1)[[\p{Line_Break=Complex_Context}\p{Javanese}\p{Balinese}]&&[\p{L}\p{N}]]"
)
_END_OF_UNSPACED: Final = regex.compile(
    r"(?V1)[\p{Line_Break=Complex_Context}\p{Javanese}\p{Balinese}]"
    r"(?=[[\p{L}\p{N}]--[\p{Line_Break=Complex_Context}\p{Javanese}\p{Balinese}]])"
)
_PART_OF_WORD: Final = regex.compile(r"[\p{L}\p{N}\p{M}]")
# What may be left out in writing: the points of Hebrew, Arabic and Syriac, the tatweel; and the signs of
# Armenian that stand within a word.
_LEFT_OUT: Final = regex.compile(
    r"(?V1)[\p{Default_Ignorable_Code_Point}\u0640\u055b\u055c\u055e"
    r"[[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\u064b-\u0652\u0670]&&\p{Mn}]]"
)
_GREEK: Final = regex.compile(r"\p{Greek}")
_TURKISH: Final = {"\u0130": "i", "\u0131": "i"}  # else one of the cases of a word would not be found
# Letters of Malayalam and Bengali that may be spelled with a virama and a joiner, and look the same then.
_VIRAMA_SPELLED: Final = {
    "\u0d7a": "\u0d23\u0d4d",
    "\u0d7b": "\u0d28\u0d4d",
    "\u0d7c": "\u0d30\u0d4d",
    "\u0d7d": "\u0d32\u0d4d",
    "\u0d7e": "\u0d33\u0d4d",
    "\u0d7f": "\u0d15\u0d4d",
    "\u09ce": "\u09a4\u09cd",
}
_SPELLED: Final = _TURKISH | _VIRAMA_SPELLED
_AFTER_NAME: Final = re.compile(r"([+#])(?=[^\s+#])")
_SIGN: Final = re.compile(r"[^\s0-9a-z+#]")  # of ASCII
_TOO_LONG: Final = re.compile(rf"\S{{{LONGEST_WORD}}}(?=\S)")
# C++, C#: these two signs belong to the word before them. What cannot be seen begins no word.
_WORD: Final = regex.compile(
    rf"(?V1)(?:{EMOJI}|[\p{{So}}\p{{Emoji_Modifier}}][\ufe0e\ufe0f]?)+"
    r"|[[\p{L}\p{N}\p{M}\u055b\u055c\u055e]--\p{Default_Ignorable_Code_Point}]"
    r"[\p{L}\p{N}\p{M}\p{Default_Ignorable_Code_Point}\u055b\u055c\u055e]*[+#]*"
)
# What makes one emoji of several characters, which are words of their own: else a family would be its
# members, each flag of a region a black one, and 🇫🇷🇺🇸 the flag 🇷🇺. Each stands for itself between them.
_COMPOSED: Final = regex.compile(EMOJI)
_STAND_INS: Final = {code: 0xF0000 + code % 128 for code in (0x200D, *range(0xE0020, 0xE0080))}
_FLAG: Final = re.compile("[\U0001f1e6-\U0001f1ff]{1,2}")
_OF_COMPOSED: Final = re.compile("[\u200d\u20e3\U000e007f]")
_BEGIN: Final = "\x00"  # no text holds it


class _Forms(dict[int, str]):
    """What stands for each character: folded, with a space next to it where a word may begin."""

    def __missing__(self, code: int) -> str:
        form = _form_of(chr(code))
        if len(self) < _MOST_KEPT:
            self[code] = form
        return form


_FORMS: Final = _Forms()


def fold_text(text: str) -> str:
    """The text as search compares it: folded, and all that begins a word after one space."""
    folded = _SIGN.sub(r"\g<0> ", text.lower()) if text.isascii() else _fold(text[:MOST_FOLDED])
    if "+" in folded or "#" in folded:
        folded = _AFTER_NAME.sub(r"\1 ", folded)
    folded = " ".join(["", *folded[:MOST_FOLDED].split()])
    return folded if len(folded) <= LONGEST_WORD else _TOO_LONG.sub(r"\g<0> ", folded)


def split_words(text: str) -> tuple[str, ...]:
    """The words and pictures of a text that is looked for; if it has none, all of it."""
    return tuple(dict.fromkeys(_WORD.findall(text))) or (text,)


def fold_word(word: str) -> str:
    """What stands in the folded texts in which there is this word, or these signs."""
    folded = fold_text(word)
    if _PART_OF_WORD.match(folded, 1):
        return folded
    return folded.strip() or word  # which is in none of them, as all of it is left out


def _fold(text: str) -> str:
    plain = normalize("NFKC", text)
    if _OF_COMPOSED.search(plain):
        plain = _COMPOSED.sub(lambda emoji: f" {emoji[0].translate(_STAND_INS)}", plain)
    folded = _FLAG.sub(r" \g<0> ", plain.translate(_FORMS))
    if _BEGIN in folded:
        folded = _END_OF_UNSPACED.sub(r"\g<0> ", folded).replace(_BEGIN, " ")
    return normalize("NFC", folded)


def _form_of(character: str) -> str:
    folded = _SPELLED.get(character) or normalize("NFKC", character.casefold())
    if _GREEK.match(character):  # its capitals have no accents
        plain = normalize("NFD", folded)
        folded = "".join(each for each in plain if not unicodedata.combining(each))
    return "".join(_place(each) for each in folded if not _LEFT_OUT.match(each))


def _place(character: str) -> str:
    if character in "+#" or _FLAG.match(character):
        return character
    if _IDEOGRAPH.match(character):
        return f" {character} "
    if _UNSPACED.match(character):
        return f"{_BEGIN}{character}"
    return character if _PART_OF_WORD.match(character) else f"{character} "
