"""Mentions in a text: `@ann`. Pure. static/chat/text/mentions.js finds the same ones in what the page shows.

A mention is an `@` that follows no letter and no slash (mail and web addresses), and then the longest name
that fits and that no letter follows. Code and links have no mentions.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Final

import regex

from chat.characters import normalize

ALL: Final = ("room", "here")  # who joined the room, who is in it: words in place of names
MOST: Final = 20  # mentions in one text that count
MOST_ENDS: Final = 12  # places where a name may end: each costs a look for that name
LONGEST: Final = 50  # characters of a name

# Letters of scripts that put no spaces between words: next to a name, any of them may stand.
_UNSPACED: Final = "".join(
    rf"\p{{Script={script}}}"
    for script in ("Han", "Hiragana", "Katakana", "Hangul", "Thai", "Lao", "Khmer", "Myanmar")
)
_LETTER: Final = rf"[[\p{{L}}\p{{N}}\p{{M}}_]--[{_UNSPACED}]]"
_BEGIN: Final = regex.compile(rf"(?V1)(?<!{_LETTER})(?<!/)@(?=[^\s@])")
_END: Final = regex.compile(rf"(?V1)(?<=\S)(?!{_LETTER})")
_TICKS: Final = regex.compile(r"`+")
_BLOCK_TICKS: Final = 3  # at least, at the begin of a line, after a few spaces at most
_INDENT: Final = 3
_LINK: Final = regex.compile(r"\[[^\[\]\n]*\]\(")


def count_mentions(text: str) -> int:
    """How many mentions a text has, if there is a name after each @."""
    return sum(1 for _ in _find_starts(_drop_other(text))) if "@" in text else 0


def find_candidates(text: str) -> set[str]:
    """What may be a mentioned name: all that stands after an @, up to each place where a name may end."""
    text = _drop_other(text)
    starts = islice(_find_starts(text), MOST)
    return {text[start:end] for start in starts for end in _find_ends(text, start)}


def find_words_for_all(text: str) -> set[str]:
    """Which of the words for all are mentioned, if they may be."""
    return set(find_mentions(text, ALL)) if "@" in text else set()


def find_mentions(text: str, names: Collection[str]) -> list[str]:
    """The names out of these that the text mentions, in the order of the text."""
    text, known = _drop_other(text), {(len(name), fold_name(name)): name for name in names}
    found: list[str] = []
    after = 0  # of the last one
    for start in islice(_find_starts(text), MOST):
        for end in reversed(_find_ends(text, start) if start > after else ()):
            if (name := known.get((end - start, fold_name(text[start:end])))) is not None:
                found.append(name)
                after = end
                break
    return found


def fold_name(name: str) -> str:
    """The form in which a name and its mention are equal; look-alikes are not."""
    return normalize("NFKC", name).lower()


def _drop_other(text: str) -> str:
    """The text without code and the words of links."""
    if "`" in text:
        text = "`".join(_split_at_code(text))
    return _LINK.sub("`", text) if "](" in text else text


def _split_at_code(text: str) -> Iterator[str]:
    """What stands between code: it goes from some ticks to as many ticks again. Each are looked at once."""
    later: dict[int, deque[tuple[int, int]]] = defaultdict(deque)
    runs = [found.span() for found in _TICKS.finditer(text)]
    for begin, end in runs:
        later[end - begin].append((begin, end))
    after = 0
    for begin, end in runs:
        same = later[end - begin]
        while same and same[0][0] <= begin:
            same.popleft()
        if begin < after or not (same or _opens_block(text, begin, end)):
            continue
        yield text[after:begin]
        after = same[0][1] if same else len(text)
    yield text[after:]


def _opens_block(text: str, begin: int, end: int) -> bool:
    """Whether these ticks open a block of code, which goes to the end if nothing closes it."""
    line = text.rfind("\n", 0, begin) + 1
    return end - begin >= _BLOCK_TICKS and begin - line <= _INDENT and not text[line:begin].strip(" ")


def _find_starts(text: str) -> Iterator[int]:
    return (begin.end() for begin in _BEGIN.finditer(text))


def _find_ends(text: str, start: int) -> list[int]:
    """Where a name may end that begins there."""
    line = text[start : start + LONGEST + 1].partition("\n")[0]
    ends = (end.start() for end in _END.finditer(line, 1))
    return [start + end for end in islice(ends, MOST_ENDS) if end <= LONGEST]
