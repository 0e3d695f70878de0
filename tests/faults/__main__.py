"""The long form of all faults, or of some: `python -m tests.faults [--short] [WORD ...]`. See `make chaos`.

Says how far it is on standard error, and prints one table. Status 1 if anything did not hold.
"""

import asyncio
import sys
import time
import traceback
from argparse import ArgumentParser

from tests.faults.cluster import Cluster, running
from tests.faults.scenarios import SCENARIOS
from tests.faults.stage import LONG, SHORT, Figure, Form, stage, table


def main() -> int:
    """Play what was asked for."""
    parser = ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("words", nargs="*", help="only faults whose name has one of these words")
    parser.add_argument("--short", action="store_true", help="the form that the tests play")
    asked = parser.parse_args()
    names = [name for name in SCENARIOS if not asked.words or any(word in name for word in asked.words)]
    with running() as whole:
        figures = {name: asyncio.run(_one(name, whole, SHORT if asked.short else LONG)) for name in names}
    print(table(figures))  # noqa: T201 - it is what this is for
    return 0 if all(figure.ok for each in figures.values() for figure in each) else 1


async def _one(name: str, whole: Cluster, form: Form) -> list[Figure]:
    started = time.monotonic()

    def tell(text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - started:6.1f} s  {name}: {text}\n")

    try:
        async with stage(whole, form, tell) as here:
            figures = await SCENARIOS[name](here)
    except Exception as error:  # the others are still worth playing
        traceback.print_exc()
        figures = [Figure("it can be played to its end", repr(error), ok=False)]
    tell("done")
    return figures


if __name__ == "__main__":
    sys.exit(main())
