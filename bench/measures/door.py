"""5,000 clients come in: the bare handshake, and all that comes after it, next to node `ws`.

What is compared is the processor time of the server, as the kernel accounts it. How many come in a second
says as much on a machine that does nothing else, and little on others.
"""

from dataclasses import replace
from typing import Final

from bench.contenders import ROOMS, V1, Contender, find_contender
from bench.generator import Opened, Talk
from bench.report import Line, Outcome, ratios, spread, table
from bench.stand import Running, Stand

CLIENTS: Final = 5000
_ABREAST: Final = 256
_PEER: Final = "node ws"
_WORK: Final[dict[str, tuple[Talk, float]]] = {  # and the goals, of the peer's bare handshake
    "bare handshake of `/chats/<room>/ws`": (replace(ROOMS, steps=()), 0.8),
    "connect and join, `rooms`": (ROOMS, 0.5),
    "connect, hello and join, `wschat.v1`": (V1, 0.35),
}


def measure(stand: Stand) -> Outcome:
    """In each round every server has a turn; ours is a new one each time, since its members are leaving."""
    peer = find_contender(_PEER)
    found: dict[str, list[Opened]] = {name: [] for name in (_PEER, *_WORK)}
    for _ in range(stand.rounds):
        found[_PEER].append(_of_peer(stand, peer))
        for name, (talk, _) in _WORK.items():
            with stand.alone() as server:
                found[name].append(_come_in(stand, talk, server))
    lines = []
    for name, (_, goal) in _WORK.items():
        share = ratios(
            [run.server_microseconds for run in found[_PEER]],
            [run.server_microseconds for run in found[name]],
        )
        refused = sum(run.refused for run in found[name])
        lines.append(
            Line(
                name,
                f"{goal:g} of {_PEER}, none refused",
                f"{share.shown(2)}; {refused} refused",
                share.median >= goal and not refused,
            )
        )
    return Outcome(lines, _table(found))


def _of_peer(stand: Stand, peer: Contender) -> Opened:
    return _come_in(stand, peer.talk, peer.start(stand))


def _come_in(stand: Stand, talk: Talk, server: Running) -> Opened:
    options = {"n": CLIENTS, "c": _ABREAST}
    return stand.generator.open_only(talk, [server.port], server.pid, options)


def _table(found: dict[str, list[Opened]]) -> str:
    rows = []
    for name, runs in found.items():
        each = spread(run.server_microseconds for run in runs)
        rate = spread(run.joins_per_second for run in runs)
        busy = spread(run.server_busy for run in runs)
        rows.append([name, each.shown(), rate.shown(), busy.shown(2)])
    return table(["work", "processor time of each, µs", "clients/s", "share of its core"], rows)
