"""What members ask of a room, and what they send to it, as its history grows to ten million messages."""

from typing import Final

from bench.contenders import HELLO
from bench.generator import Options, Talk
from bench.machine import Lacking
from bench.ours import INSERT_EVENTS, RAISE_SEQ, fill_room
from bench.report import Line, Outcome, ratios, spread, table
from bench.servers.base import READERS
from bench.stand import Running, Stand

LENGTHS: tuple[int, ...] = (100_000, 1_000_000, 10_000_000)
# What the shortest room's time may grow by until the longest.
_GROWTH: Final = 1.5

# %r is a random number up to the length of the room: as a word, it begins that number and longer ones.
_SEARCH: Final = '{"type":"search","id":%n,"room":1,"text":"TEXT"}'
_ASKED: Final = {
    "history page of 50": '{"type":"history","id":%n,"room":1,"before":%r,"limit":50}',
    "search for a word that few have": _SEARCH.replace("TEXT", "%r"),
    "search for two words that all have": _SEARCH.replace("TEXT", "message number"),
    "search for a word that is in none": _SEARCH.replace("TEXT", "wolf%n"),
    "joined rooms, with unread counts": '{"type":"joined_rooms","id":%n}',
    "message sent, until it is acknowledged": f'{{"type":"send","id":%n,"room":1,"text":"{"x" * 64}"}}',
}
# Each client has joined the room and has read nothing.
_STEPS: Final = (
    HELLO,
    ('{"type":"join","id":2,"room":1}', '"ok","id":2,'),
    ('{"type":"read","id":3,"room":1,"seq":1,"back":true}', '"ok","id":3}'),
)


def measure(stand: Stand) -> Outcome:
    """Rooms of all lengths have a turn in each round, on each database."""
    left_out = []
    servers = {("SQLite", length): _on_sqlite(stand, length) for length in LENGTHS}
    try:
        servers |= {("PostgreSQL", length): _on_postgres(stand, length) for length in LENGTHS}
    except Lacking as lacking:
        left_out.append(f"PostgreSQL ({lacking})")
    databases = dict.fromkeys(database for database, _ in servers)
    lines, rows = [], []
    for what, frame in _ASKED.items():
        for database in databases:
            lengths = LENGTHS[:-1] if _walks(what, database) else LENGTHS
            p50s: dict[int, list[float]] = {length: [] for length in lengths}
            p99s: dict[int, list[float]] = {length: [] for length in lengths}
            for _ in range(stand.rounds):
                for length in lengths:
                    p50, p99 = _ask(stand, servers[database, length], frame, length)
                    p50s[length].append(p50)
                    p99s[length].append(p99)
            cells = [f"{spread(p50s[each]).shown(2)} / {spread(p99s[each]).median:.2f}" for each in lengths]
            rows.append([what, database, *cells, *["–"] * (len(LENGTHS) - len(lengths))])
            if lengths == LENGTHS:
                grown = ratios(p50s[lengths[-1]], p50s[lengths[0]])
                work = f"{what}, {database}, {lengths[-1]:,} messages"
                goal = f"at most {_GROWTH} times that of {lengths[0]:,}"
                lines.append(Line(work, goal, grown.shown(2), grown.median <= _GROWTH))
    head = ["work", "database", *(f"{length:,} messages: p50 / p99 ms" for length in LENGTHS)]
    return Outcome(lines, table(head, rows), left_out)


def _walks(what: str, database: str) -> bool:
    """Whether it looks at all messages: in ten million of them that takes longer than a search may."""
    return database == "SQLite" and what.startswith("search")


def _ask(stand: Stand, server: Running, frame: str, length: int) -> tuple[float, float]:
    """Milliseconds of an answer, in the middle and at the 99th percentile, asked one after the other."""
    talk = Talk("/ws", frame, '"ok","id":', _STEPS, "wschat.v1")
    options: Options = {"n": READERS, "b": READERS, "x": 1, "y": 1, "r": length, "t": stand.seconds}
    (phase,) = stand.generator.run(talk, [server.port], server.pid, options, (1,))
    return phase.p50_ms, phase.p99_ms


def _on_sqlite(stand: Stand, length: int) -> Running:
    server = stand.wschat()
    fill_room(server, length)
    return server


def _on_postgres(stand: Stand, length: int) -> Running:
    url = stand.postgres_database()
    server = stand.wschat(url)
    with stand.postgres.connect(url.rpartition("/")[2]) as database:
        database.execute(INSERT_EVENTS.format(f"generate_series(1, {length}) AS c(n)"))
        database.execute(RAISE_SEQ.format(length))
        database.execute("VACUUM ANALYZE chat_event")  # as autovacuum would
    return server
