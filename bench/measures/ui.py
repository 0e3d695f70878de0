"""The page of a room in a real browser: its first load, and how it keeps up with ten thousand messages."""

import sqlite3
from statistics import quantiles
from typing import Final

import httpx

from bench.browser import Load, Reader, burst, change_rooms, chromium, entered, first_load
from bench.report import Line, Outcome, spread
from bench.stand import Running, Stand

MESSAGES: Final = 10_000
RATE: Final = 200
_KILOBYTES: Final = 110
_USABLE_MS: Final = 500
_CHANGE_MS: Final = 100
_CHANGES: Final = 10  # in each round
_PAINT_MS: Final = 50
_FRAMES: Final = 50
_INSERT: Final = (
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?)"
    " INSERT INTO chat_event (room_id, seq, kind, created_at, name, color, text)"
    " SELECT ?, n, 'message', CURRENT_TIMESTAMP, 'ann' || (n / 3 % 5), 'red',"
    " 'message number ' || n || substr(' and some more words as people write them to each other', 1, n % 60)"
    " || CASE WHEN n % 7 THEN '' ELSE ? END FROM c"
)


def measure(stand: Stand) -> Outcome:
    """The room's page."""
    server = stand.wschat()
    other, third = (_make_room(server, title) for title in ("Other", "Formatted"))
    _fill(server, 1, "")
    _fill(server, third, " **bold** https://example.com/x")
    room, second, formatted = (f"{server.url}/room/{number}" for number in (1, other, third))
    with chromium() as browser:
        cookies = entered(browser, [room, second, formatted], "reader")
        loads = [first_load(browser, room, cookies) for _ in range(stand.rounds)]
        others = [first_load(browser, formatted, cookies) for _ in range(stand.rounds)]
        with burst(server.url.replace("http", "ws", 1), other, 1):
            changes = change_rooms(browser, [room, second], cookies, _CHANGES * stand.rounds)
        reader = Reader(browser, room, cookies)
        quiet = [_p95(reader.type(stand.seconds)) for _ in range(stand.rounds)]
        with burst(server.url.replace("http", "ws", 1), 1, RATE):
            busy = [_p95(reader.type(stand.seconds)) for _ in range(stand.rounds)]
            frames = [reader.frames(stand.seconds) for _ in range(stand.rounds)]
        reader.close()
    usable = [load.milliseconds for load in loads]
    return Outcome(
        [
            _at_most("first load, cold cache: transferred", _kilobytes(loads), _KILOBYTES, "kB"),
            _at_most("the same, formatted: transferred", _kilobytes(others), _KILOBYTES, "kB"),
            _at_most("first load, cold cache: until you can write", usable, _USABLE_MS, "ms"),
            _at_most("to another room, from click to its messages", changes, _CHANGE_MS, "ms"),
            _at_most(f"from key to letter, {MESSAGES:,} messages loaded: p95", quiet, _PAINT_MS, "ms"),
            _at_most(f"the same while {RATE} messages/s come: p95", busy, _PAINT_MS, "ms"),
            _frames_line(frames),
        ]
    )


def _make_room(server: Running, title: str) -> int:
    room = {"title": title, "visibility": "public"}
    return int(httpx.post(f"{server.url}/chats", json=room, trust_env=False).json()["id"])


def _fill(server: Running, room: int, markup: str) -> None:
    """Fill the room with messages, each seventh of them with this at its end."""
    database = sqlite3.connect(server.folder / "wschat.sqlite3")
    with database:
        database.execute(_INSERT, (MESSAGES, room, markup))
        database.execute("UPDATE chat_room SET last_seq = ? WHERE id = ?", (MESSAGES, room))
    database.close()


def _kilobytes(loads: list[Load]) -> list[float]:
    return [load.bytes / 1000 for load in loads]


def _p95(milliseconds: list[float]) -> float:
    return quantiles(milliseconds, n=20)[-1]


def _at_most(work: str, values: list[float], goal: int, unit: str) -> Line:
    found = spread(values)
    return Line(work, f"{goal:,} {unit}", f"{found.shown(1)} {unit}", found.median <= goal)


def _frames_line(values: list[float]) -> Line:
    found = spread(values)
    work = f"frames/s while {RATE} messages/s come, {MESSAGES:,} loaded"
    return Line(work, str(_FRAMES), found.shown(1), found.median >= _FRAMES)
