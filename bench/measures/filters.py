"""How long the filters of a room and of the server together look at one message, at worst."""

import time
from collections.abc import Sequence
from typing import Final

from bench.report import Line, Outcome, spread
from bench.stand import Stand
from chat import filters
from chat.filters import MOST_COST, MOST_FILTERS, FilterSet, TextFilter

MOST: Final = 50.0  # ms
_LENGTH: Final = 4000  # characters, as many as a message has by default
TEXTS: Final = (
    "a" * _LENGTH,
    "a " * (_LENGTH // 2),
    "\ufdfa" * _LENGTH,
    "\u3316." * (_LENGTH // 2),
    "www.w " * (_LENGTH // 6),
    "http:" * (_LENGTH // 5),
    " ".join(f"https://{'a.' * 110}{n}.w" for n in range(_LENGTH // 235)),
    "www." * (_LENGTH // 4),
    '_www.&Tab;](<\\"' * (_LENGTH // 15),
    "](<_http:" * (_LENGTH // 9),
    "\u00e1. " * (_LENGTH // 3),
    "a*b. " * (_LENGTH // 5),
)


def measure(stand: Stand) -> Outcome:
    """The most that may be added of each kind, and the text that takes the longest."""
    lines = []
    for kind, found in _fill().items():
        times = spread([max(_time(found, text) for text in TEXTS) for _ in range(stand.rounds)])
        work = f"the most filters of {kind}, the worst message of {_LENGTH:,} characters"
        lines.append(Line(work, f"{MOST:g} ms", f"{times.shown(1)} ms", times.median <= MOST))
    return Outcome(lines)


def _fill() -> dict[str, Sequence[TextFilter]]:
    """What fits the limits of a room, twice: the server's filters look at the message, too."""
    bombs = [TextFilter("regex", "refuse", "(?:a?){240}b")]
    assert MOST_COST / 2 < sum(map(filters.measure_cost, bombs)) <= MOST_COST
    lines = ["\n".join(f"{'a ' * 19}{n}{letter}" for n in range(40)) for letter in "bcdefghijk"]
    words = [TextFilter("words", "refuse", lines[n % len(lines)]) for n in range(MOST_FILTERS)]
    links = [TextFilter("links", "refuse", f"{n}.example\nw") for n in range(MOST_FILTERS)]
    return {"expressions": 2 * bombs, "words": 2 * words, "links": 2 * links}


def _time(found: Sequence[TextFilter], text: str) -> float:
    """Milliseconds. What is kept of a text from one filter to the next is forgotten first."""
    checked = FilterSet(found)
    for kept in (filters._split_words, filters._find_hosts):
        kept.cache_clear()
    began = time.perf_counter()
    checked.find(text)
    return 1e3 * (time.perf_counter() - began)
