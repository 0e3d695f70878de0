"""Running the site under uvicorn, as this server needs it."""

import socket
from dataclasses import dataclass
from typing import Final

import uvicorn

from chat.server.http import ChatHttpProtocol
from chat.server.protocol import ChatWebSocketProtocol

BACKLOG: Final = 4096
SHUTDOWN_SECONDS: Final = 8
# The kernel gives up on a peer that has acknowledged nothing for so long: one that is gone without a FIN,
# or whose window stays closed.
DEAD_PEER_MILLISECONDS: Final = 30_000


class AddressError(ValueError):
    """An address that means nothing; says how one looks."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """What a person on this machine would open."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 (shown, not bound)
        return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{self.port}"


def parse_address(text: str, port: int) -> Address:
    """`127.0.0.1:8080`, `:8080`, `[::1]:8080`, `8080` or a host alone. Raises AddressError."""
    host, colon, last = text.rpartition(":")
    if text.isdecimal():
        host, last = "", text
    elif not colon or text.endswith("]"):
        host, last = text, str(port)
    elif ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise AddressError(f"{text!r} is no address: write an IPv6 one as [::1]:8080")
    if not (last.isascii() and last.isdecimal()) or not 0 < int(last) < 65536:
        raise AddressError(f"{text!r} is no address: examples are 127.0.0.1:8080, :8080, [::1]:8080, 8080")
    return Address(host.strip("[]") or "127.0.0.1", int(last))


def listen(address: Address) -> socket.socket:
    """A listening socket. Raises OSError."""
    family, kind, proto, _, where = socket.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, proto)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # inherited by the connections that it accepts (Linux)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_MILLISECONDS)
        listener.bind(where)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def run(listener: socket.socket, *, max_frame: int, ping_seconds: float, forwarded_allow_ips: str) -> None:
    """Serve until SIGINT or SIGTERM."""
    config = uvicorn.Config(
        "wschat_site.asgi:application",
        ws=ChatWebSocketProtocol,
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
    uvicorn.Server(config).run(sockets=[listener])
