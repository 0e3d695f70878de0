"""Two workers next to one: what each of them does in the same time on the processor."""

from collections.abc import Callable
from typing import Final

from bench.contenders import V1, V1_ROOMS
from bench.generator import Options
from bench.machine import Lacking, processor_seconds
from bench.ours import make_rooms
from bench.report import Line, Outcome, ratios, spread, table
from bench.stand import Running, Stand

_CLIENTS: Final = 2000
_ROOMS: Final = 200
_ABREAST: Final = 256
_WANTED: Final = 1.7  # times as much as one worker, with a core for each


def measure(stand: Stand) -> Outcome:
    """On PostgreSQL and Redis, whose own time is not counted. In each round one and two have a turn."""
    work: dict[str, Callable[[Stand, Running], float]] = {
        "connect, hello and join, `wschat.v1`": _come_in,
        "acknowledged messages, 200 rooms, `wschat.v1`": _acknowledge,
    }
    found: dict[tuple[str, int], list[float]] = {(name, count): [] for name in work for count in (1, 2)}
    try:
        for _ in range(stand.rounds):
            for name, count in found:
                with stand.with_workers(count) as server:
                    found[name, count].append(work[name](stand, server))
    except Lacking as lacking:
        return Outcome([], left_out=[f"workers ({lacking})"])
    lines = []
    for name in work:
        gain = ratios([2 * each for each in found[name, 1]], found[name, 2])
        lines.append(Line(name, f"{_WANTED:g} times one worker", gain.shown(2), gain.median >= _WANTED))
    rows = [[name, *(spread(found[name, count]).shown() for count in (1, 2))] for name in work]
    return Outcome(lines, table(["µs of the processor for each", "one worker", "two"], rows))


def _come_in(stand: Stand, server: Running) -> float:
    before = _processor_seconds(server)
    options: Options = {"n": _CLIENTS, "c": _ABREAST}
    opened = stand.generator.open_only(V1, [server.port], server.pid, options)
    return 1e6 * (_processor_seconds(server) - before) / max(opened.ready, 1)


def _acknowledge(stand: Stand, server: Running) -> float:
    make_rooms(server, _ROOMS)
    before = _processor_seconds(server)
    rooms = str(server.folder / "rooms")
    options: Options = {"n": _ROOMS, "b": _ROOMS, "x": 1, "t": stand.seconds, "f": rooms}
    (phase,) = stand.generator.run(V1_ROOMS, [server.port], server.pid, options)
    return 1e6 * (_processor_seconds(server) - before) / phase.broadcasts


def _processor_seconds(server: Running) -> float:
    """Of the server and its workers."""
    return sum(map(processor_seconds, (server.pid, *server.workers)))
