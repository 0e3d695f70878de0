"""What a message costs, as there are more rooms: the server's time on its core, told by the kernel."""

from typing import Final

from bench.contenders import V1_ROOMS
from bench.generator import Options
from bench.ours import make_rooms
from bench.report import Line, Outcome, ratios, spread, table
from bench.stand import Stand

ROOMS: tuple[int, ...] = (100, 1000, 10_000)
PUBLISHERS: Final = 64
_GROWTH: Final = 1.2


def measure(stand: Stand) -> Outcome:
    """Each room has one member. In each round every number of rooms has a turn."""
    servers = {count: stand.wschat() for count in ROOMS}
    files = {count: make_rooms(server, count) for count, server in servers.items()}
    costs: dict[int, list[float]] = {count: [] for count in ROOMS}
    for _ in range(stand.rounds):
        for count, server in servers.items():
            options: Options = {
                "n": count,
                "b": PUBLISHERS,
                "x": 1,
                "t": stand.seconds,
                "f": str(files[count]),
            }
            (phase,) = stand.generator.run(V1_ROOMS, [server.port], server.pid, options)
            costs[count].append(phase.server_microseconds)
    few, most = ROOMS[0], ROOMS[-1]
    grown = ratios(costs[most], costs[few])
    work, goal = f"a message, with {most:,} rooms", f"at most {_GROWTH} times that with {few:,}"
    line = Line(work, goal, grown.shown(2), grown.median <= _GROWTH)
    rows = [[f"{count:,}", spread(each).shown()] for count, each in costs.items()]
    return Outcome([line], table(["rooms", "µs of a message"], rows))
