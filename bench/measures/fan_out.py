"""A room of 500 and eight publishers, ours and the peers side by side."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from bench.contenders import YARDSTICK, Contender, contenders
from bench.generator import GeneratorFailed, Published
from bench.machine import Lacking
from bench.plot import Bar, bars
from bench.report import Line, Outcome, Spread, ratios, spread, table
from bench.stand import PUBLISHERS, Running, Stand
from tests.support.processes import ProcessEnded

MEMBERS: Final = 500
UNDER_WAY: Final = (1, 64)
_ABREAST: Final = 32  # the tutorial's Redis connections do not do for more newcomers
_UWEBSOCKETS: Final = "uWebSockets (socketify)"

Rounds: TypeAlias = list[list[Published]]  # by round, then by number under way


def measure(stand: Stand) -> Outcome:
    """Rows 1 and 2."""
    everybody = contenders()
    left_out = {each.name: f"{each.lacks} not installed" for each in everybody if each.lacks}
    found = _rounds(stand, everybody, left_out)
    if YARDSTICK not in found:
        raise GeneratorFailed(f"{YARDSTICK}: {left_out[YARDSTICK]}")
    ours = [each.name for each in everybody if each.ours and each.name in found]
    words = [f"{name} ({why})" for name, why in left_out.items()]
    lines = [*_lines(found, ours), _line_of_load(found[YARDSTICK])]
    return Outcome(lines, _table(found), words, _chart(found, ours))


def _rounds(stand: Stand, everybody: Sequence[Contender], left_out: dict[str, str]) -> dict[str, Rounds]:
    """In each round everybody has a turn, since the machine is not the same from minute to minute."""
    running: dict[str, Running] = {}
    found: dict[str, Rounds] = {}
    for _ in range(stand.rounds):
        for each in everybody:
            if each.name not in left_out:
                try:
                    if each.name not in running:
                        running[each.name] = each.start(stand)
                    phases = _turn(stand, each, running[each.name])
                    found.setdefault(each.name, []).append(phases)
                except (Lacking, ProcessEnded, GeneratorFailed) as error:
                    left_out[each.name] = str(error)
    return {name: rounds for name, rounds in found.items() if name not in left_out}


def _turn(stand: Stand, each: Contender, server: Running) -> list[Published]:
    options = {"n": MEMBERS, "b": PUBLISHERS, "c": _ABREAST, "t": stand.seconds}
    return stand.generator.run(each.talk, [server.port], server.pid, options, UNDER_WAY)


def _rates(rounds: Rounds, position: int) -> list[float]:
    return [phases[position].deliveries_per_second for phases in rounds]


def _of(found: Mapping[str, Rounds], name: str, other: str, position: int) -> Spread:
    return ratios(_rates(found[name], position), _rates(found[other], position))


def _table(found: Mapping[str, Rounds]) -> str:
    head = ["server"]
    for count in UNDER_WAY:
        head += [f"{count} under way: deliveries/s", f"of the {YARDSTICK}", "p50 / p99 ms"]
    return table([*head, "lost"], (_row(found, name) for name in found))


def _row(found: Mapping[str, Rounds], name: str) -> Sequence[str]:
    row = [name]
    for position in range(len(UNDER_WAY)):
        phases = [each[position] for each in found[name]]
        least = "≥ " if any(phase.limited_by_load for phase in phases) else ""
        row.append(least + spread(_rates(found[name], position)).shown())
        row.append(f"{_of(found, name, YARDSTICK, position).median:.2f}")
        delays = [spread(phase.p50_ms for phase in phases), spread(phase.p99_ms for phase in phases)]
        row.append(" / ".join(f"{each.median:.1f}" for each in delays))
    return [*row, str(sum(phase.lost for phases in found[name] for phase in phases))]


def _lines(found: Mapping[str, Rounds], ours: Sequence[str]) -> list[Line]:
    lines = []
    for name in ours:
        share = _of(found, name, YARDSTICK, 0)
        lines.append(
            Line(f"one at a time, {name}", f"0.9 of the {YARDSTICK}", share.shown(2), share.median >= 0.9)
        )
    for name in ours:
        others = [other for other in found if other not in ours and other != _UWEBSOCKETS]
        best = max(others, key=lambda other: spread(_rates(found[other], 1)).median)
        ahead = _of(found, name, best, 1)
        work = f"64 under way, {name}"
        measured = f"{ahead.shown(2)} of {best}"
        lines.append(Line(work, "ahead of all but uWebSockets", measured, ahead.median > 1))
        if _UWEBSOCKETS in found:
            equal = _of(found, name, _UWEBSOCKETS, 1)  # within noise: in one round it was
            lines.append(Line(work, "uWebSockets' equal", equal.shown(2), max(equal.values) >= 1))
    return lines


def _line_of_load(rounds: Rounds) -> Line:
    phases = [phase for each in rounds for phase in each]
    busy = spread(phase.load_busy for phase in phases)
    reached = not any(phase.limited_by_load for phase in phases)
    return Line(f"the load itself, against the {YARDSTICK}", "not all of its core", busy.shown(2), reached)


def _chart(found: Mapping[str, Rounds], ours: Sequence[str]) -> str:
    shown = [
        Bar(
            name.replace("`", ""),
            tuple(_of(found, name, YARDSTICK, position).median for position in range(len(UNDER_WAY))),
            name in ours,
        )
        for name in found
    ]
    title = f"Deliveries a second in a room of {MEMBERS}, relative to the {YARDSTICK}"
    return bars(title, [f"{count} under way" for count in UNDER_WAY], shown)
