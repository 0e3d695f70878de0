"""Which labels look alike (Unicode Technical Standard 39, section 4). Pure.

The data is Unicode's, as the package confusable-homoglyphs carries it: pairs of strings that look alike, each
pair both ways round.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from confusable_homoglyphs.confusables import confusables_data

from chat.characters import normalize, strip_ignored

_MARKS: Final = "\u200e\u200f"  # the data puts these around what is written from right to left


def build_skeleton(text: str) -> str:
    """A form that is the same for texts that look alike, whatever the case: of no use but to compare."""
    return _replace(strip_ignored(text), _build_table())


def _replace(text: str, table: Mapping[str, str]) -> str:
    for _ in range(2):  # the capital O looks like a zero, and the small o is a letter of its own
        text = normalize("NFKC", text).casefold()
        text = "".join(table.get(character, character) for character in normalize("NFD", text))
    return text


@cache
def _build_table() -> dict[str, str]:
    """Each character that looks like others, and what stands for all of them."""
    table: dict[str, str] = {}
    for kin in _group_lookalikes(_read_pairs()):
        stands = min(kin, key=_rank_plainness)
        table |= dict.fromkeys(kin - {stands}, stands)
    spelled = {one: other for one, other in _read_pairs() if len(one) == 1 < len(other)}  # m is rn
    table |= spelled
    # What stands for a character may have a look-alike itself when its case is folded, as that of a small
    # capital has.
    return {character: _replace(stands, table) for character, stands in table.items()}


def _read_pairs() -> Iterable[tuple[str, str]]:
    for character, alike in confusables_data.items():
        for other in alike:
            yield character.strip(_MARKS), other["c"].strip(_MARKS)


def _group_lookalikes(pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    """Single characters that look alike, directly or through others."""
    kin: dict[str, set[str]] = {}
    for one, other in pairs:
        if len(one) == len(other) == 1:
            merged = kin.get(one, {one}) | kin.get(other, {other})
            kin |= dict.fromkeys(merged, merged)
    return list({id(group): group for group in kin.values()}.values())


def _rank_plainness(character: str) -> tuple[bool, bool, str]:
    return not character.isascii(), not character.isalpha(), character.casefold()
