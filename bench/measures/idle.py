"""Many connections that do nothing, in rooms where others talk: their memory, and the delay of messages."""

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.contenders import HELLO, V1
from bench.generator import Options
from bench.machine import Lacking, resident_bytes
from bench.ours import make_rooms
from bench.report import Line, Outcome, table
from bench.stand import Running, Stand

CONNECTIONS: int = 100_000
ROOMS: int = 1000
WORKERS: int = 6  # a process may have 20,000 descriptors, here and there
_ADDRESSES: Final = 8
_ABREAST: Final = 512
_SECONDS: Final = 300  # until all are in
_UNDER_WAY: Final = (1, 16)
_TALK: Final = replace(
    V1,
    publication='{"type":"send","id":%n,"room":%w,"text":"%b","nonce":"%s-%n"}',
    steps=(HELLO, ('{"type":"join","id":2,"room":%w}', '"ok","id":2,')),
)


def measure(stand: Stand) -> Outcome:
    """Two in each room talk; one round, as it takes minutes. All processes share the cores."""
    of_each, speakers = CONNECTIONS // WORKERS, 2 * ROOMS
    idle: Options = {"n": of_each, "c": _ABREAST, "A": _ADDRESSES, "o": _SECONDS}
    talking: Options = {"n": speakers, "b": ROOMS, "x": 2, "y": 1, "t": stand.seconds, "A": _ADDRESSES}
    try:
        with stand.with_workers(WORKERS) as server, contextlib.ExitStack() as stack:
            rooms = _spread(make_rooms(server, ROOMS), max(of_each, speakers))
            before = _memory(server)
            for _ in range(WORKERS):
                load = stand.generator.hold(_TALK, [server.port], server.pid, {**idle, "f": str(rooms)})
                stack.enter_context(load)
            memory = (_memory(server) - before) / (of_each * WORKERS)
            phases = stand.generator.run(
                _TALK, [server.port], server.pid, {**talking, "f": str(rooms)}, _UNDER_WAY
            )
    except Lacking as lacking:
        return Outcome([], left_out=[f"idle ({lacking})"])
    lost = sum(phase.lost for phase in phases)
    found = f"{memory / 1000:.1f} kB each; 0 refused, {lost} lost"
    work = f"{of_each * WORKERS:,} connections on {WORKERS} workers, messages in {ROOMS:,} rooms"
    line = Line(work, "none refused, none lost", found, lost == 0)
    rows = [
        [
            f"{phase.under_way}",
            f"{phase.broadcasts_per_second:,.0f}",
            f"{phase.p50_ms:.1f}",
            f"{phase.p99_ms:.1f}",
        ]
        for phase in phases
    ]
    return Outcome([line], table(["messages under way", "messages/s", "p50 ms", "p99 ms"], rows))


def _spread(rooms: Path, clients: int) -> Path:
    """A file with a room for each client: the next one for the next."""
    numbers = rooms.read_text().splitlines()
    words = rooms.with_name("words")
    words.write_text("".join(f"{numbers[client % len(numbers)]}\n" for client in range(clients)))
    return words


def _memory(server: Running) -> int:
    """Of the server and its workers."""
    return sum(map(resident_bytes, (server.pid, *server.workers)))
