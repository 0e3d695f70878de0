"""Patterns of names, in which * is any text. Pure."""

from functools import lru_cache
from typing import Final, TypeAlias

Pieces: TypeAlias = tuple[str, tuple[str, ...], str]  # how a key begins, what follows in this order, its end

_KEPT_ANSWERS: Final = 1024  # of one set of patterns
_KEPT_SETS: Final = 64  # the latest of all rooms


class NamePatterns:
    """The patterns of one list of bans. A moderator writes them, and a client the key: both may be hostile.

    Not regular expressions: those backtrack for seconds while no other thread runs. Each piece between two
    stars is taken where it first occurs, since then most is left for the next one. So a key takes, for each
    pattern, at most the time of a search for its pieces.
    """

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._pieces = tuple(map(_split_pattern, patterns))
        # The same names come again with each message and each check of who is here.
        self.find = lru_cache(maxsize=_KEPT_ANSWERS)(self._find)

    def _find(self, key: str) -> tuple[int, ...]:
        """The positions of the patterns that match the key of a name."""
        return tuple(number for number, pieces in enumerate(self._pieces) if _matches(pieces, key))


@lru_cache(maxsize=_KEPT_SETS)
def prepare_patterns(patterns: tuple[str, ...]) -> NamePatterns:
    """The patterns, ready to be asked; once for each set, as bans of rooms are read with each batch."""
    return NamePatterns(patterns)


def _split_pattern(pattern: str) -> Pieces:
    first, *middle, last = pattern.split("*")
    return first, tuple(filter(None, middle)), last


def _matches(pieces: Pieces, key: str) -> bool:
    first, middle, last = pieces
    place, end = len(first), len(key) - len(last)
    if place > end or not key.startswith(first) or not key.endswith(last):
        return False
    for piece in middle:
        if (place := key.find(piece, place, end)) < 0:
            return False
        place += len(piece)
    return True
