"""200 rooms with a publisher in each, who says the next thing once the last one is acknowledged."""

from typing import Final

import httpx

from bench.contenders import HELLO
from bench.generator import Options, Talk
from bench.machine import Lacking
from bench.report import Line, Outcome, spread
from bench.stand import Running, Stand

ROOMS: Final = 200
_GOALS: Final = {"SQLite": 20_000, "PostgreSQL": 15_000}
# `rooms` has no other acknowledgement than the message itself, which is shown after it is stored.
_TALKS: Final = {
    "`rooms`": Talk("/chats/bench-%i/ws", '{"event_type":"send","name":"u%s-%i","msg":"%b"}'),
    "`wschat.v1`": Talk(
        "/ws",
        f'{{"type":"send","id":%n,"room":%w,"text":"{"x" * 64}","nonce":"%s-%n"}}',
        marker='"ok","id":',
        steps=(HELLO, ('{"type":"join","id":2,"room":%w}', '"ok","id":2,')),
        subprotocol="wschat.v1",
    ),
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
        _make_rooms(server)
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


def _make_rooms(server: Running) -> None:
    """Their titles are bench-0, bench-1 ...; their numbers stand in a file."""
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        made = [
            client.post("/chats", json={"title": f"bench-{i}", "visibility": "public"}).json()
            for i in range(ROOMS)
        ]
    (server.folder / "rooms").write_text("".join(f"{room['id']}\n" for room in made))
