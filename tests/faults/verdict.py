"""What a fault did: the logs of all clients, held against the database. Pure."""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tests.faults.records import Log, Row

SHOWN = 5  # of what is missing, by its seq

Rows = Mapping[int, Sequence[Row]]


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
    return sorted(values)[math.ceil(len(values) * 0.95) - 1] if values else 0.0


def slowest(logs: Iterable[Log], rows: Rows) -> float:
    """Seconds that the slowest message took from the database to a client."""
    stored = {(row.room, row.seq): row.at for each in rows.values() for row in each}
    took = [
        heard.at - stored[log.room, heard.seq]
        for log in logs
        for heard in log.heard
        if (log.room, heard.seq) in stored
    ]
    return max(took, default=0.0)
