"""1,000 clients resume their sessions, each 100 messages late."""

from typing import Final

from bench.ours import fall_behind
from bench.report import Line, Outcome, spread
from bench.stand import Stand

CLIENTS: Final = 1000
BEHIND: Final = 100
_SECONDS: Final = 5


def measure(stand: Stand) -> Outcome:
    """Row 9."""
    server = stand.wschat()
    talk, words = fall_behind(server, CLIENTS, BEHIND)
    options = {"n": CLIENTS, "c": CLIENTS, **words}
    runs = [stand.generator.open_only(talk, [server.port], server.pid, options) for _ in range(stand.rounds)]
    seconds, refused = spread(run.seconds for run in runs), sum(run.refused for run in runs)
    work = f"{CLIENTS:,} clients resume, each {BEHIND} messages behind"
    reached = seconds.median <= _SECONDS and not refused
    return Outcome([Line(work, f"{_SECONDS} s for all", f"{seconds.shown(2)} s; {refused} refused", reached)])
