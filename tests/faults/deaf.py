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


async def _look(self: object) -> None:
    """What the poll does here: nothing."""


def _fill(self: object, room: int) -> asyncio.Task[None]:
    """What the feed does about a gap here."""
    return asyncio.create_task(_look(self))


def main() -> None:
    """Switch the recovery off, and go on as `manage.py` does."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "wschat_site.settings"
    django.setup()
    from chat.delivery.feed import Feed  # noqa: PLC0415 - models can be imported only now
    from chat.engine.upkeep import Poll  # noqa: PLC0415

    Poll.look_for_news = _look  # type: ignore[method-assign]
    Feed.fill_gap = Feed._fill_soon = _fill  # type: ignore[method-assign]
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
