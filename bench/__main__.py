"""Run the benchmark: `python -m bench [--quick] [--dry] [MEASUREMENT ...]`. See `make bench`."""

import signal
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from bench import machine
from bench.generator import GeneratorFailed
from bench.machine import HERE, Lacking
from bench.measures import MEASURES, QUICK
from bench.report import Outcome, block, with_blocks
from bench.stand import CLIENTS, MESSAGES, Stand

DOCUMENT: Final = HERE.parent / "docs/performance.md"
_QUICK_SECONDS, _QUICK_ROUNDS = 0.6, 2
_SECONDS, _ROUNDS = 3.0, 5


def main() -> int:
    """Measure what was asked for, print it, and write it into the document, unless that is not wanted."""
    asked = _asked()
    seconds = asked.seconds or (_QUICK_SECONDS if asked.quick else _SECONDS)
    rounds = asked.rounds or (_QUICK_ROUNDS if asked.quick else _ROUNDS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # no server is left running
    try:
        for name, outcome in _measured(asked, seconds, rounds):
            text = block(outcome, _how(seconds, rounds))
            print(f"\n{name}\n\n{text}", flush=True)
            if not (asked.dry or asked.quick):
                _write(name, outcome, text)
    except Lacking as lacking:
        print(f"bench: {lacking}", file=sys.stderr)
        return 2
    return 0


def _asked() -> Namespace:
    parser = ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", metavar="MEASUREMENT", help=f"some of: {', '.join(MEASURES)}")
    parser.add_argument("--quick", action="store_true", help="the first three goals; only print")
    parser.add_argument("--dry", action="store_true", help="only print")
    parser.add_argument("--seconds", type=float, help="how long each thing is measured in each round")
    parser.add_argument("--rounds", type=int, help="how often")
    parser.add_argument(
        "--clients", type=int, default=CLIENTS, help="the maximum number of clients of `servers`"
    )
    parser.add_argument(
        "--messages", type=int, default=MESSAGES, help="`servers`: in the room whose history is read"
    )
    asked = parser.parse_args()
    asked.names = asked.names or list(QUICK if asked.quick else MEASURES)
    if unknown := set(asked.names) - set(MEASURES):
        parser.error(f"no such measurement: {', '.join(unknown)}")
    return asked


def _measured(asked: Namespace, seconds: float, rounds: int) -> Iterator[tuple[str, Outcome]]:
    """Each with a stand of its own: servers that are not measured are not there."""
    for name in asked.names:
        started = time.monotonic()
        stand = Stand(seconds=seconds, rounds=rounds, clients=asked.clients, messages=asked.messages)
        with stand:
            try:
                outcome = MEASURES[name](stand)
            except GeneratorFailed as error:  # the others are still worth measuring
                outcome = Outcome([], left_out=[f"all of it ({error})"])
        print(f"bench: {name} took {time.monotonic() - started:.0f} s", file=sys.stderr)
        yield name, outcome


def _how(seconds: float, rounds: int) -> str:
    on = f"{datetime.now(UTC):%Y-%m-%d} on {machine.described()}"
    times = "one round" if rounds == 1 else f"{rounds} rounds"
    return f"Medians (least–greatest) of {times} of {seconds:g} s, measured {on}."


def _write(name: str, outcome: Outcome, text: str) -> None:
    document = DOCUMENT.read_text("utf-8")
    DOCUMENT.write_text(with_blocks(document, {name: text}), "utf-8")
    if outcome.chart:
        DOCUMENT.with_suffix(".svg").write_text(outcome.chart, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
