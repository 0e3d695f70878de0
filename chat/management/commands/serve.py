"""`manage.py serve [ADDRESS]`: the chat server."""

import signal
import sys
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from chat.server import runner


class Command(BaseCommand):
    """Check what is needed, say where the site is, and serve."""

    help = "Serve the chat over HTTP and WebSocket."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One address is all that is ever needed."""
        parser.add_argument(
            "address",
            nargs="?",
            default="127.0.0.1",
            help="where to listen: 127.0.0.1:8080, :8080, [::1]:8080 or 8080 (default: PORT on 127.0.0.1)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until told to stop."""
        try:
            address = runner.parse_address(options["address"], settings.ENV.port)
            listener = runner.listen(address)
        except runner.AddressError as error:
            self._give_up(str(error))
        except OSError as error:
            self._give_up(f"cannot listen on {options['address']}: {error.strerror or error}")
        self._check_database()
        self.stdout.write(
            f"wschat is at {address.url}\n"
            f"  data:  {_database_place()}\n"
            f"  admin: {address.url}/admin/ (make an account: {sys.executable} manage.py createsuperuser)\n"
            f"  stop:  Ctrl-C"
        )
        self.stdout.flush()
        env = settings.ENV
        # uvicorn ends in order at SIGTERM, then raises the signal again: that end is a good one.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        try:
            runner.run(
                listener,
                max_frame=env.wschat_max_frame,
                ping_seconds=env.wschat_ping_seconds,
                forwarded_allow_ips=env.wschat_forwarded_allow_ips,
            )
        except KeyboardInterrupt:
            self.stdout.write("wschat has stopped")

    def _check_database(self) -> None:
        try:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                self._give_up("the database is not up to date: run `manage.py migrate` first")
        except DatabaseError as error:
            why = str(error).strip().splitlines()[0]
            self._give_up(f"the database ({_database_place()}) does not answer: {why}")
        finally:
            connection.close()

    def _give_up(self, why: str) -> NoReturn:
        self.stderr.write(f"wschat: {why}")
        sys.exit(2)


def _database_place() -> str:
    """Where the data lies, without a password."""
    database = settings.DATABASES["default"]
    return str(
        database["NAME"] if connection.vendor == "sqlite" else f"{database['NAME']} on {database['HOST']}"
    )
