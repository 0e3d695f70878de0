"""The memory of a connection that is in a room and does nothing, next to one of node `ws`."""

from typing import Final

from bench.contenders import V1, Contender, find_contender
from bench.generator import Talk
from bench.machine import resident_bytes
from bench.report import Line, Outcome, ratios, spread, table
from bench.stand import Running, Stand

FEW, MORE = 1000, 4000  # what the first ones cost once is not counted
_OURS: Final = "wschat, `wschat.v1`"
_PEER: Final = "node ws"
_ABREAST: Final = 50  # not a storm: that is measured elsewhere


def measure(stand: Stand) -> Outcome:
    """New servers for each round, as memory that was needed once is not given back."""
    peer: Contender = find_contender(_PEER)
    found: dict[str, list[float]] = {_OURS: [], _PEER: []}
    for _ in range(stand.rounds):
        with stand.alone() as server:
            found[_OURS].append(_of_one(stand, server, V1))
        found[_PEER].append(_of_one(stand, peer.start(stand), peer.talk))
    share = ratios(found[_OURS], found[_PEER])
    line = Line(
        "memory of an idle `wschat.v1` connection in one room",
        f"1 of {_PEER}",
        share.shown(2),
        share.median <= 1,
    )
    rows = [[name, spread(value / 1000 for value in each).shown(1)] for name, each in found.items()]
    return Outcome([line], table(["server", "kB of a connection"], rows))


def _of_one(stand: Stand, server: Running, talk: Talk) -> float:
    with stand.generator.hold(talk, [server.port], server.pid, {"n": FEW, "c": _ABREAST}):
        before = resident_bytes(server.pid)
        with stand.generator.hold(talk, [server.port], server.pid, {"n": MORE, "c": _ABREAST}):
            return (resident_bytes(server.pid) - before) / MORE
