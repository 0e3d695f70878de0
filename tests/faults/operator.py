"""An operator's shell that stays open: `python -m tests.faults.operator`, a process that serves no one.

Each line of its input is Python in JSON. It answers with the time at which that was done, and with `value`.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tests.support.server import ROOT

NAMES = """
from django.contrib.auth.models import Group, User
from rest_framework_simplejwt.tokens import AccessToken
from chat.models import Participant, Room
from chat.permissions import SITE
from chat.services import moderation, rooms
"""


class Operator:
    """The other end: one piece of Python after the other."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def run(self, code: str) -> tuple[float, Any]:
        """When it was done (Unix time), and what it left in `value`."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(code).encode() + b"\n")
        line = await self._process.stdout.readline()
        assert line, "the operator's shell has died"
        done, value = json.loads(line)
        return float(done), value


@asynccontextmanager
async def open_shell(environment: Mapping[str, str]) -> AsyncIterator[Operator]:
    """A shell with the settings of an app process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.operator",
        cwd=ROOT,
        env={**environment, "DJANGO_SETTINGS_MODULE": "wschat_site.settings", "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Operator(process)
    finally:
        assert process.stdin
        process.stdin.close()
        await process.wait()


def main() -> None:
    """Do what each line says."""
    import django  # noqa: PLC0415 - not in the process that starts this one

    django.setup()
    names: dict[str, Any] = {}
    exec(NAMES, names)  # noqa: S102 - it is a shell
    for line in sys.stdin:
        names["value"] = None
        exec(json.loads(line), names)  # noqa: S102
        sys.stdout.write(json.dumps([time.time(), names["value"]]) + "\n")
        sys.stdout.flush()
    os._exit(0)  # the log's writer may wait for more


if __name__ == "__main__":
    main()
