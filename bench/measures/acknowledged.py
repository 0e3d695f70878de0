"""200 rooms with a publisher in each, who says the next thing once the last one is acknowledged."""

import sys
from typing import Final

from bench.contenders import PEERS, V1_ROOMS
from bench.generator import Options, Talk
from bench.machine import Lacking
from bench.ours import make_rooms
from bench.report import Line, Outcome, ratios, spread, table
from bench.stand import Running, Stand

ROOMS: Final = 200
LOOP: Final = "commit loop"
# `rooms` has no other acknowledgement than the message itself, which is shown after it is stored.
_TALKS: Final = {
    "`rooms`": Talk("/chats/bench-%i/ws", '{"event_type":"send","name":"u%s-%i","msg":"%b"}'),
    "`wschat.v1`": V1_ROOMS,
}
_GOALS: Final = {"`rooms`": 0.65, "`wschat.v1`": 0.5}  # of the commit loop


def measure(stand: Stand) -> Outcome:
    """In each round the loop and each protocol have a turn, on each database."""
    left_out = []
    databases = {"SQLite": f"sqlite:///{stand.new_folder() / 'loop.sqlite3'}"}
    servers = {"SQLite": stand.wschat()}
    try:
        databases["PostgreSQL"] = stand.postgres_database()
        servers["PostgreSQL"] = stand.wschat(stand.postgres_database())
    except Lacking as lacking:
        left_out.append(f"PostgreSQL ({lacking})")
    rates: dict[tuple[str, str], list[float]] = {
        (database, name): [] for database in databases for name in (LOOP, *_TALKS)
    }
    for server in servers.values():
        make_rooms(server, ROOMS)
    for _ in range(stand.rounds):
        for database, name in rates:
            if name == LOOP:
                rate = _commit(stand, databases[database])
            else:
                rate = _turn(stand, servers[database], _TALKS[name])
            rates[database, name].append(rate)
    lines = []
    for (database, name), values in rates.items():
        if name != LOOP:
            share, goal = ratios(values, rates[database, LOOP]), _GOALS[name]
            work = f"acknowledged messages/s, {database}, {name}"
            lines.append(Line(work, f"{goal:g} of the {LOOP}", share.shown(2), share.median >= goal))
    rows = [[database, name, spread(values).shown()] for (database, name), values in rates.items()]
    return Outcome(lines, table(["database", "work", "messages/s"], rows), left_out)


def _commit(stand: Stand, url: str) -> float:
    loop = str(PEERS / "commit_loop.py")
    return float(stand.run(sys.executable, loop, url, str(stand.seconds), str(ROOMS)))


def _turn(stand: Stand, server: Running, talk: Talk) -> float:
    rooms = str(server.folder / "rooms")
    options: Options = {"n": ROOMS, "b": ROOMS, "x": 1, "t": stand.seconds, "f": rooms}
    (phase,) = stand.generator.run(talk, [server.port], server.pid, options)
    return phase.broadcasts_per_second
