"""Running the site under uvicorn, as this server needs it."""

import socket
from functools import partial
from typing import Any, Final

import uvicorn

from chat.server.address import BACKLOG
from chat.server.http import ChatHttpProtocol
from chat.server.places import Places
from chat.server.protocol import ChatWebSocketProtocol

SHUTDOWN_SECONDS: Final = 8


def run(
    listeners: list[socket.socket],
    places: Places,
    *,
    max_frame: int,
    ping_seconds: float,
    forwarded_allow_ips: str,
) -> None:
    """Serve until SIGINT or SIGTERM."""
    websocket: Any = partial(ChatWebSocketProtocol, places=places)
    config = uvicorn.Config(
        "wschat_site.asgi:application",
        ws=websocket,
        http=ChatHttpProtocol,
        loop="uvloop",
        backlog=BACKLOG,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=max_frame,
        ws_ping_interval=ping_seconds,
        ws_ping_timeout=ping_seconds,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        forwarded_allow_ips=forwarded_allow_ips,
    )
    uvicorn.Server(config).run(sockets=listeners)
