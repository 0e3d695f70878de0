"""Running the site under uvicorn, as this server needs it."""

import asyncio
import gc
import socket
from functools import partial
from types import FrameType
from typing import Any, Final

import uvicorn

from chat.engine import process
from chat.server.address import BACKLOG
from chat.server.connection_limit import ConnectionLimit, set_limit
from chat.server.http import ChatHttpProtocol, PeerLimit
from chat.server.protocol import ChatWebSocketProtocol

SHUTDOWN_SECONDS: Final = 8
LOOK_SECONDS: Final = 0.1
NEW_OBJECTS: Final = 10_000  # more than were freed, until Python looks for cycles among them


class ChatServer(uvicorn.Server):
    """Says that it is about to stop, and goes on for a while, before it stops."""

    def __init__(self, config: uvicorn.Config, drain_seconds: float) -> None:
        super().__init__(config)
        self._drain_seconds = drain_seconds
        self._signals = 0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal to stop."""
        self._signals += 1
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """What is loaded by now stays: Python need not look for garbage in it again and again.

        With thousands of connections, looking after every 700 new objects took a third of a storm of joins.
        """
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """A second signal ends the wait."""
        process.send_farewells()
        loop = asyncio.get_running_loop()
        until = loop.time() + self._drain_seconds
        while loop.time() < until and self._signals < 2:  # noqa: ASYNC110 (no event can be set in a handler)
            await asyncio.sleep(LOOK_SECONDS)
        await super().shutdown(sockets)


def run_server(
    listeners: list[socket.socket],
    limit: ConnectionLimit,
    *,
    max_frame: int,
    ping_seconds: float,
    drain_seconds: float,
    forwarded_allow_ips: str,
    http_per_address: int,
) -> None:
    """Serve until SIGINT or SIGTERM."""
    set_limit(limit)  # for polled connections
    websocket: Any = partial(ChatWebSocketProtocol, limit=limit)
    peers = PeerLimit(http_per_address, forwarded_allow_ips)
    http: Any = partial(ChatHttpProtocol, peers=peers)
    config = uvicorn.Config(
        "wschat_site.asgi:application",
        ws=websocket,
        http=http,
        loop="uvloop",
        backlog=BACKLOG,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=max_frame,
        ws_ping_interval=ping_seconds,
        ws_ping_timeout=ping_seconds,
        # Compression keeps a state for each connection: members could not be sent the same bytes.
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        forwarded_allow_ips=forwarded_allow_ips,
    )
    ChatServer(config, drain_seconds).run(sockets=listeners)
