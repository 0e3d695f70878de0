"""200 rooms with a publisher in each, who says the next thing once the last one is acknowledged."""

from typing import Final

from bench.contenders import V1_ROOMS
from bench.generator import Options, Talk
from bench.machine import Lacking
from bench.ours import make_rooms
from bench.report import Line, Outcome, spread
from bench.stand import Running, Stand

ROOMS: Final = 200
_GOALS: Final = {"SQLite": 20_000, "PostgreSQL": 15_000}
# `rooms` has no other acknowledgement than the message itself, which is shown after it is stored.
_TALKS: Final = {
    "`rooms`": Talk("/chats/bench-%i/ws", '{"event_type":"send","name":"u%s-%i","msg":"%b"}'),
    "`wschat.v1`": V1_ROOMS,
}


def measure(stand: Stand) -> Outcome:
    """Row 3."""
    left_out = []
    servers = {"SQLite": stand.wschat()}
    try:
        servers["PostgreSQL"] = stand.wschat(stand.postgres_database())
    except Lacking as lacking:
        left_out.append(f"PostgreSQL ({lacking})")
    rates: dict[tuple[str, str], list[float]] = {
        (database, name): [] for database in servers for name in _TALKS
    }
    for server in servers.values():
        make_rooms(server, ROOMS)
    for _ in range(stand.rounds):
        for database, name in rates:
            rates[database, name].append(_turn(stand, servers[database], _TALKS[name]))
    return Outcome([_line(*key, values) for key, values in rates.items()], left_out=left_out)


def _line(database: str, name: str, values: list[float]) -> Line:
    goal, found = _GOALS[database], spread(values)
    work = f"acknowledged messages/s, {database}, {name}"
    return Line(work, f"{goal:,}", found.shown(), found.median >= goal)


def _turn(stand: Stand, server: Running, talk: Talk) -> float:
    rooms = str(server.folder / "rooms")
    options: Options = {"n": ROOMS, "b": ROOMS, "x": 1, "t": stand.seconds, "f": rooms}
    (phase,) = stand.generator.run(talk, [server.port], server.pid, options)
    return phase.broadcasts_per_second
