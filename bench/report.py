"""The report: medians, ratios, tables, and their places in docs/performance.md. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Line:
    """One goal: the work, what is wanted, what was measured, whether that is reached."""

    work: str
    goal: str
    measured: str
    reached: bool | None = None  # None: there is no goal for it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one measurement found. Perhaps with a table, a chart (SVG), and what was left out and why."""

    lines: Sequence[Line]
    table: str = ""
    left_out: Sequence[str] = ()
    chart: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """The same thing, measured in several rounds."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.values)

    def shown(self, digits: int = 0) -> str:
        """The median, and the least and the greatest."""
        if len(self.values) == 1:
            return _number(self.values[0], digits)
        least, most = _number(min(self.values), digits), _number(max(self.values), digits)
        return f"{_number(self.median, digits)} ({least}–{most})"


def spread(values: Iterable[float]) -> Spread:
    """Of any values."""
    return Spread(tuple(values))


def ratios(values: Sequence[float], to: Sequence[float]) -> Spread:
    """Round by round: what drifts from one round to the next is in both."""
    return spread(value / other for value, other in zip(values, to, strict=True))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """In Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def goals(lines: Iterable[Line]) -> str:
    """The lines as a table."""
    words = {True: "yes", False: "**no**", None: ""}
    head = ("work", "goal", "measured", "reached")
    return table(head, ((line.work, line.goal, line.measured, words[line.reached]) for line in lines))


def block(outcome: Outcome, how: str) -> str:
    """All that is written of one measurement."""
    left_out = [f"Left out: {what}." for what in outcome.left_out]
    parts = [outcome.table, goals(outcome.lines) if outcome.lines else "", *left_out, how]
    return "\n\n".join(part for part in parts if part)


def marks(name: str) -> tuple[str, str]:
    """The lines between which a measurement stands in the document."""
    return f"<!-- bench: {name} (made by `make bench`) -->", "<!-- bench: end -->"


def with_blocks(document: str, blocks: Mapping[str, str]) -> str:
    """The document with these blocks; the others stay as they are. Raises ValueError without their marks."""
    for name, text in blocks.items():
        begin, end = marks(name)
        place = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        if not place.search(document):
            raise ValueError(f"docs/performance.md has no marks for {name!r}: {begin} and {end}")
        whole = f"{begin}\n\n{text}\n\n{end}"
        document = place.sub(lambda _, whole=whole: whole, document, count=1)  # type: ignore[misc]
    return document


def _number(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}"
