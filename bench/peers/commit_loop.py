"""The yardstick of acknowledged messages: one commit after the other of a message in each room.

    commit_loop.py DATABASE_URL SECONDS ROOMS     prints how many messages it stored in a second

It writes to tables of its own, with `executemany` on SQLite and with `unnest` on PostgreSQL. There are no
clients to send or receive the messages, and nothing is validated.
"""

import sqlite3
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg

_TABLES = (
    "CREATE TABLE IF NOT EXISTS rooms (id bigint PRIMARY KEY, last_seq bigint NOT NULL)",
    "CREATE TABLE IF NOT EXISTS events (room bigint NOT NULL, seq bigint NOT NULL, kind text NOT NULL,"
    " at text NOT NULL, name text NOT NULL, color text NOT NULL, text text NOT NULL,"
    " PRIMARY KEY (room, seq))",
)
_TEXT = "x" * 64


def rows_of(rooms: int, seq: int) -> list[tuple[int, int, str, str, str, str, str]]:
    """A message in each room."""
    at = str(datetime.now(UTC))
    return [(room, seq, "message", at, f"u-{room}", "red", _TEXT) for room in range(rooms)]


def on_sqlite(file: str, rooms: int) -> Callable[[int], None]:
    """One commit for each call, with the settings of the server."""
    database = sqlite3.connect(file, isolation_level=None)
    for setting in ("journal_mode=WAL", "synchronous=NORMAL"):
        database.execute(f"PRAGMA {setting}")
    for table in _TABLES:
        database.execute(table)
    database.executemany("INSERT OR IGNORE INTO rooms VALUES (?, 0)", [(room,) for room in range(rooms)])

    def commit(seq: int) -> None:
        rows = rows_of(rooms, seq)
        database.execute("BEGIN IMMEDIATE")
        database.executemany("UPDATE rooms SET last_seq = ? WHERE id = ?", [(seq, row[0]) for row in rows])
        database.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        database.execute("COMMIT")

    return commit


def on_postgres(url: str, rooms: int) -> Callable[[int], None]:
    """One commit for each call, in one statement."""
    database = psycopg.connect(url, autocommit=True)
    for table in _TABLES:
        database.execute(table)
    database.execute(
        "INSERT INTO rooms SELECT n, 0 FROM generate_series(0, %s) AS n ON CONFLICT DO NOTHING", [rooms]
    )
    unnested = (
        "unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])"
    )
    statement = (
        "WITH raised AS (UPDATE rooms SET last_seq = d.seq"  # noqa: S608
        " FROM unnest(%s::bigint[], %s::bigint[]) AS d(id, seq) WHERE rooms.id = d.id)"
        f" INSERT INTO events SELECT * FROM {unnested}"
    )

    def commit(seq: int) -> None:
        columns = [list(column) for column in zip(*rows_of(rooms, seq), strict=True)]
        database.execute(statement, [*columns[:2], *columns])

    return commit


def main() -> None:
    """Commit for this long."""
    url, seconds, rooms = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    if url.startswith("sqlite:///"):
        commit = on_sqlite(url.removeprefix("sqlite:///"), rooms)
    else:
        commit = on_postgres(url, rooms)
    seq = time.time_ns()  # after those of an earlier run
    began, stored = time.perf_counter(), 0
    while (now := time.perf_counter()) - began < seconds:
        seq += 1
        commit(seq)
        stored += rooms
    print(stored / (now - began))


if __name__ == "__main__":
    main()
