"""`manage.py serve [ADDRESS]`: the chat server."""

import asyncio
import logging
import os
import signal
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from chat import conf
from chat.server import options, preflight, runner
from chat.server.address import Address, AddressError, bind_socket, parse_address, with_ports
from chat.server.connection_limit import ConnectionLimit
from chat.server.preflight import NotReady
from chat.server.workers import Inheritance, Workers

logger = logging.getLogger("chat.server")


class Command(BaseCommand):
    """Check what is needed, say where the site is, serve. Options are settings by now: see `manage.py`."""

    help = options.HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the address."""
        options.add_to(parser, type(settings.ENV).model_fields)

    def handle(self, *args: Any, **parsed: Any) -> None:
        """Serve until told to stop."""
        try:
            signal.signal(signal.SIGTERM, _exit_with_error)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if (inherited := Inheritance.claim()) is not None:
                self._serve_in_worker(inherited)
            else:
                _check_options(options.read_chosen(parsed))
                self._begin_serving(parsed["address"])
        except (AddressError, NotReady) as error:
            self.stderr.write(f"wschat: {error}")
            sys.exit(2)
        except KeyboardInterrupt:
            self.stdout.write("wschat has stopped")

    def _begin_serving(self, where: str) -> None:
        env = settings.ENV
        addresses = with_ports(parse_address(where, env.port), env.wschat_listen)
        listeners = [bind_socket(address) for address in addresses]
        preflight.check_settings()
        self._print_line(_build_banner(addresses))
        limit = ConnectionLimit.create_shared(env.wschat_max_connections, env.wschat_workers)
        if env.wschat_workers > 1:
            Workers(listeners, limit, env.wschat_workers, env.wschat_drain_seconds).run()
        else:
            _serve_until_stopped(listeners, limit)

    def _serve_in_worker(self, inherited: Inheritance) -> None:
        """Be one of several workers."""
        inherited.obey()
        limit = ConnectionLimit(inherited.limit, settings.ENV.wschat_max_connections, inherited.slot)
        _serve_until_stopped(inherited.sockets(), limit)

    def _print_line(self, lines: Sequence[str]) -> None:
        """On standard output; or as log lines, so that a reader of JSON finds nothing else."""
        if settings.ENV.wschat_log_format == "json":
            for line in lines:
                logger.info("%s", line.strip())
            return
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _exit_with_error(*signal: object) -> None:
    """End with status 0: uvicorn ends in order when told to, and raises the signal again after that.

    It takes the signal a moment after its event loop has begun. Within that moment nothing is served yet, and
    SystemExit in the loop, outside of its tasks, would end with a traceback.
    """
    if asyncio._get_running_loop() is not None and asyncio.current_task() is None:
        os._exit(0)
    sys.exit(0)


def _check_options(chosen: Mapping[str, str]) -> None:
    """They have come too late if anything but `manage.py` started this."""
    late = [name for name, value in chosen.items() if os.environ.get(name) != value]
    if late:
        raise NotReady(f"options work with `manage.py serve` only; elsewhere set {', '.join(late)}")


def _serve_until_stopped(listeners: list[socket.socket], limit: ConnectionLimit) -> None:
    env = settings.ENV
    runner.run_server(
        listeners,
        limit,
        max_frame=env.wschat_max_frame,
        ping_seconds=env.wschat_ping_seconds,
        drain_seconds=env.wschat_drain_seconds,
        forwarded_allow_ips=env.wschat_forwarded_allow_ips,
        http_per_address=conf.get_limit_table().max_count("http_per_address"),
    )


def _build_banner(addresses: Sequence[Address]) -> list[str]:
    main = addresses[0]
    limits = () if settings.ENV.wschat_limits else ("  limits: off (WSCHAT_LIMITS)",)
    return [
        f"wschat is at {main.url}",
        *(f"  root:  {each.socket_url} speaks {conf.root_dialect(each.port)}" for each in addresses),
        *limits,
        f"  data:  {preflight.database_place()}",
        f"  admin: {main.url}/admin/ (create an account: {sys.executable} manage.py createsuperuser)",
        "  stop:  Ctrl-C",
    ]
