"""Clients come in over TLS through nginx, next to node `ws` behind the same nginx.

What is compared is the processor time of nginx and the server together.
"""

from typing import Final

from bench.contenders import V1, find_contender
from bench.generator import Options, Talk
from bench.machine import Lacking, processor_seconds
from bench.report import Line, Outcome, ratios, spread, table
from bench.stand import Running, Stand
from bench.tls import put_behind_tls

CLIENTS: Final = 5000
_ABREAST: Final = 256
_OURS: Final = "nginx + wschat: connect, hello and join, `wschat.v1`"
_PEER: Final = "nginx + node ws: bare handshake"
_WANTED: Final = 0.35


def measure(stand: Stand) -> Outcome:
    """In each round both have a turn, each time with a new server and a new nginx."""
    peer = find_contender("node ws")
    found: dict[str, list[float]] = {_PEER: [], _OURS: []}
    refused = 0
    try:
        for _ in range(stand.rounds):
            each, _failed = _come_in(stand, peer.talk, peer.start(stand))
            found[_PEER].append(each)
            with stand.alone() as server:
                each, failed = _come_in(stand, V1, server)
            found[_OURS].append(each)
            refused += failed
    except Lacking as lacking:
        return Outcome([], left_out=[f"all of it ({lacking})"])
    share = ratios(found[_PEER], found[_OURS])
    line = Line(
        _OURS,
        f"{_WANTED:g} of nginx + node ws, none refused",
        f"{share.shown(2)}; {refused} refused",
        share.median >= _WANTED and not refused,
    )
    rows = [[name, spread(values).shown()] for name, values in found.items()]
    return Outcome([line], table(["work", "processor time of each, µs"], rows))


def _come_in(stand: Stand, talk: Talk, server: Running) -> tuple[float, int]:
    """Returns the microseconds of the processor for each client, and how many were refused."""
    entrance, proxy = put_behind_tls(stand, server)
    pids = server.pid, proxy.pid
    before = sum(map(processor_seconds, pids))
    options: Options = {"n": CLIENTS, "c": _ABREAST}
    opened = stand.generator.open_only(talk, [entrance.port], server.pid, options)
    used = sum(map(processor_seconds, pids)) - before
    return 1e6 * used / max(opened.ready, 1), opened.refused
