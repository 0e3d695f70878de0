"""The long form of all faults, or of some: `python -m tests.faults [--short] [WORD ...]`. See `make chaos`.

Says how far it is on standard error, and prints one table. Status 1 if anything did not hold.
"""

import asyncio
import shutil
import sys
import tempfile
import time
import traceback
from argparse import ArgumentParser
from pathlib import Path

from tests.faults.cluster import Cluster, cluster
from tests.faults.scenarios import SCENARIOS
from tests.faults.stage import LONG, SHORT, Figure, Form, stage
from tests.support import server
from tests.support.postgres import installed
from tests.support.processes import find_binary
from tests.support.server import ServerProcess


def main() -> int:
    """Play what was asked for."""
    parser = ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("words", nargs="*", help="only faults whose name has one of these words")
    parser.add_argument("--short", action="store_true", help="the form that the tests play")
    asked = parser.parse_args()
    names = [name for name in SCENARIOS if not asked.words or any(word in name for word in asked.words)]
    with tempfile.TemporaryDirectory(prefix="wschat-chaos-") as folder:
        figures = _play(names, SHORT if asked.short else LONG, Path(folder))
    print(table(figures))  # noqa: T201 - it is what this is for
    return 0 if all(figure.ok for each in figures.values() for figure in each) else 1


def _play(names: list[str], form: Form, folder: Path) -> dict[str, list[Figure]]:
    initdb, redis = find_binary("initdb", *installed()), find_binary("redis-server")
    if not initdb or not redis:
        sys.exit("PostgreSQL and Redis are needed: scripts/test-servers.sh installs them on Debian")
    try:
        with cluster(Path(initdb).resolve().parent, redis, folder, ServerProcess) as whole:
            return {name: asyncio.run(_one(name, whole, form)) for name in names}
    finally:
        shutil.rmtree(server.session_folder())


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


def table(figures: dict[str, list[Figure]]) -> str:
    """In Markdown: one row for each thing that was asked."""
    rows = ["| fault | must hold | measured | |", "|---|---|---|---|"]
    for name, each in figures.items():
        rows += [
            f"| {name} | {figure.asked} | {figure.measured} | {'ok' if figure.ok else '**no**'} |"
            for figure in each
        ]
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
