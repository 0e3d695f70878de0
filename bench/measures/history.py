"""A page of 50 messages from anywhere in a room of a million, and searches in it."""

from typing import Final

from bench.contenders import HELLO
from bench.generator import Talk
from bench.machine import Lacking
from bench.ours import INSERT_EVENTS, RAISE_SEQ, fill_room
from bench.report import Line, Outcome, spread
from bench.stand import Running, Stand

MESSAGES: Final = 1_000_000
_COUNT_POSTGRES: Final = "generate_series(1, 1000000) AS c(n)"

# What is asked. %r is a random number up to a million: as a word, it begins that number and longer ones.
_SEARCH: Final = '{"type":"search","id":%n,"room":1,"text":"TEXT"}'
_ASKED: Final = {
    "history page of 50": '{"type":"history","id":%n,"room":1,"before":%r,"limit":50}',
    "search for a word that few have": _SEARCH.replace("TEXT", "%r"),
    "search for two words that all have": _SEARCH.replace("TEXT", "message number"),
    "search for a word that is in none": _SEARCH.replace("TEXT", "wolf%n"),
}
# How fast the answer should come. On SQLite a search scans the room, so it has no goal.
PAGE_MS: Final = 5
SEARCH_MS: Final = 100


def measure(stand: Stand) -> Outcome:
    """Row 10."""
    left_out = []
    servers = {"SQLite": _on_sqlite(stand)}
    try:
        servers["PostgreSQL"] = _on_postgres(stand)
    except Lacking as lacking:
        left_out.append(f"PostgreSQL ({lacking})")
    lines = [
        _line(stand, f"{what} in a million messages, {database}", server, frame, _goal(what, database))
        for what, frame in _ASKED.items()
        for database, server in servers.items()
    ]
    return Outcome(lines, left_out=left_out)


def _goal(what: str, database: str) -> float | None:
    if what.startswith("history"):
        return PAGE_MS
    return SEARCH_MS if database == "PostgreSQL" else None


def _line(stand: Stand, work: str, server: Running, frame: str, wanted: float | None) -> Line:
    join = '{"type":"join","id":2,"room":1}', '"ok","id":2,'
    talk = Talk("/ws", frame, '"ok","id":', (HELLO, join), "wschat.v1")
    options = {"n": 1, "r": MESSAGES, "t": stand.seconds}
    runs = [stand.generator.run(talk, [server.port], server.pid, options)[0] for _ in range(stand.rounds)]
    p50, p99 = spread(run.p50_ms for run in runs), spread(run.p99_ms for run in runs)
    measured = f"{p50.shown(2)} / {p99.shown(2)} ms"
    if wanted is None:
        return Line(f"{work}: p50 / p99", "–", measured)
    return Line(f"{work}: p50 / p99", f"{wanted:g} ms", measured, p50.median <= wanted)


def _on_sqlite(stand: Stand) -> Running:
    server = stand.wschat()
    fill_room(server, MESSAGES)
    return server


def _on_postgres(stand: Stand) -> Running:
    url = stand.postgres_database()
    server = stand.wschat(url)
    with stand.postgres.connect(url.rpartition("/")[2]) as database:
        database.execute(INSERT_EVENTS.format(_COUNT_POSTGRES))
        database.execute(RAISE_SEQ.format(MESSAGES))
        database.execute("VACUUM ANALYZE chat_event")  # as autovacuum would
    return server
