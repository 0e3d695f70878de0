"""`manage.py` of a server that does not recover: what the bus loses stays lost. The harness has to notice."""

import asyncio
import os
import sys

import django
from django.core.management import execute_from_command_line

from tests.support.server import ServerProcess


class DeafServer(ServerProcess):
    """An app process that hears what Redis carries, and never asks the database."""

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.faults.deaf", "serve", f"127.0.0.1:{self.port}"]


async def _nothing() -> None:
    """What the recovery does here."""


def main() -> None:
    """Switch the recovery off, and go on as `manage.py` does."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "wschat_site.settings"
    django.setup()
    from chat.realtime.feed import Feed  # noqa: PLC0415 - models can be imported only now
    from chat.realtime.upkeep import Poll  # noqa: PLC0415

    Poll.look = lambda self: _nothing()  # type: ignore[method-assign]
    Feed.fill = lambda self, room, wait=0.0: asyncio.create_task(_nothing())  # type: ignore[method-assign]
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
