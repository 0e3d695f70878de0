"""The effect of a fault: the logs of all clients, compared with the database. Pure."""

import math
import statistics
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from tests.faults.records import Log, Row

SHOWN = 5  # of what is missing, by its seq

Rows: TypeAlias = Mapping[int, Sequence[Row]]
Span: TypeAlias = tuple[float, float]  # from, to


def by_room(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """The rows of each room, in the order of the log."""
    found: dict[int, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row.room, row.seq)):
        found.setdefault(row.room, []).append(row)
    return found


def complaints(logs: Iterable[Log], rows: Rows, since: Mapping[int, int] | None = None) -> list[str]:
    """One line for each thing that must not be; none if all is well.

    `rows` and `logs` have what came after `since`, the seq of each room, or else all.
    """
    found = [
        text for room, stored in rows.items() for text in _rows(room, stored, (since or {}).get(room, 0))
    ]
    for log in logs:
        stored = rows.get(log.room, ())
        found += [
            f"{log.name} in room {log.room}: {text}" for text in (*_said(log, stored), *_heard(log, stored))
        ]
    return found


def _rows(room: int, stored: Sequence[Row], since: int) -> Iterator[str]:
    """The database itself: no hole in the numbers, nothing twice."""
    seqs = [row.seq for row in stored]
    if seqs != list(range(since + 1, since + 1 + len(seqs))):
        yield f"room {room}: the numbers after {since} have holes or doubles"
    for text, count in Counter(row.text for row in stored).items():
        if count > 1:
            yield f"room {room}: {text!r} was stored {count} times"


def _said(log: Log, stored: Sequence[Row]) -> Iterator[str]:
    """Each acknowledgement told the truth."""
    texts = {row.seq: row.text for row in stored}
    for text, seq in log.said:
        if texts.get(seq) != text:
            yield f"{text!r} was acknowledged as {seq}, which is {texts.get(seq)!r}"


def _heard(log: Log, stored: Sequence[Row]) -> Iterator[str]:
    """What was handed over is what is stored."""
    seqs = [heard.seq for heard in log.heard]
    if lost := sorted({row.seq for row in stored} - set(seqs)):
        yield f"{len(lost)} lost: {_some(lost)}"
    if doubled := sorted(seq for seq, count in Counter(seqs).items() if count > 1):
        yield f"{len(doubled)} doubled: {_some(doubled)}"
    if seqs != sorted(seqs):
        yield "out of order"
    texts = {row.seq: row.text for row in stored}
    if wrong := sorted(heard.seq for heard in log.heard if texts.get(heard.seq) != heard.text):
        yield f"{len(wrong)} not as stored: {_some(wrong)}"


def _some(seqs: Sequence[int]) -> str:
    return ", ".join(map(str, seqs[:SHOWN])) + (" ..." if len(seqs) > SHOWN else "")


def recoveries(logs: Iterable[Log], rows: Rows) -> list[float]:
    """Seconds from each return of a client until it had all that was stored by then."""
    return [seconds for log in logs for back in log.back for seconds in _recovery(log, rows, back)]


def _recovery(log: Log, rows: Rows, back: float) -> Iterator[float]:
    stored = rows.get(log.room, ())
    until = bisect_right(stored, back, key=lambda row: row.at)
    had = back if not until else _had(log, stored[until - 1].seq)
    yield max(0.0, had - back)


def _had(log: Log, seq: int) -> float:
    return next((heard.at for heard in log.heard if heard.seq >= seq), math.inf)


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not exceed; 0 if there are none."""
    return percentile(values, 95)


def percentile(values: Sequence[float], percent: int) -> float:
    """The percentile of the values; 0 if there are none."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1] if values else 0.0


def slowest(logs: Iterable[Log], rows: Rows) -> float:
    """Seconds that the slowest message took from the database to a client."""
    return max(delays(logs, rows), default=0.0)


def delays(logs: Iterable[Log], rows: Rows, span: Span = (0.0, math.inf)) -> list[float]:
    """Seconds that each message stored in this span took from the database to each client."""
    stored = {
        (row.room, row.seq): row.at for each in rows.values() for row in each if span[0] <= row.at < span[1]
    }
    return [
        heard.at - stored[log.room, heard.seq]
        for log in logs
        for heard in log.heard
        if (log.room, heard.seq) in stored
    ]


def grew(before: Sequence[float], after: Sequence[float]) -> float:
    """How much higher the median is than it was."""
    return statistics.median(after) - statistics.median(before)


def growth(values: Sequence[float]) -> tuple[float, float]:
    """The medians of the second and of the last third of a row; the first one is the warm-up."""
    third = len(values) // 3
    return statistics.median(values[third : 2 * third]), statistics.median(values[2 * third :])


def partings(logs: Iterable[Log], expected: int, most: float) -> list[str]:
    """One line for each fault in how the clients were asked to reconnect."""
    lost = [each for log in logs for each in log.lost]
    told = [each.retry_after for each in lost if each.retry_after is not None]
    found = []
    if len(lost) != expected:
        found.append(f"{len(lost)} connections ended, not {expected}")
    if len(told) < len(lost):
        found.append(f"{len(lost) - len(told)} were not told")
    if any(not 0 <= seconds <= most for seconds in told):
        found.append(f"told to come back after {min(told)} to {max(told)} s")
    if len(told) > SHOWN and max(told) - min(told) < most / 2:
        found.append(f"all told to come back within {max(told) - min(told)} s of each other")
    return found
