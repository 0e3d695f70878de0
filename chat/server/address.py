"""Where to listen."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

BACKLOG: Final = 4096
# After this time without an acknowledgement the kernel gives up on a peer: one that is gone without a FIN,
# or whose window stays closed.
DEAD_PEER_MILLISECONDS: Final = 30_000
# A peer that is silent for this long is probed, as some clients cannot be pinged.
_KEEPALIVE: Final = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}  # seconds, seconds, times


class AddressError(ValueError):
    """An address that means nothing, or that cannot be listened on; says why in one line."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address to open in a browser on this machine."""
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 (shown, not bound)
        return f"http://{Address(here, self.port)}"

    @property
    def socket_url(self) -> str:
        """The same for a WebSocket at the bare root."""
        return f"ws{self.url.removeprefix('http')}/"


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


def with_ports(main: Address, ports: Iterable[int]) -> list[Address]:
    """The main address, and its host on the other ports."""
    return [main, *(Address(main.host, port) for port in ports if port != main.port)]


def bind_socket(address: Address) -> socket.socket:
    """A listening socket. Raises AddressError."""
    try:
        family, kind, proto, _, where = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
    except (OSError, UnicodeError) as error:
        raise _explain_bind_error(address, error) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # inherited by the connections that it accepts (Linux)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_MILLISECONDS)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEPALIVE.items():
            if hasattr(socket, option):
                listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        listener.bind(where)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _explain_bind_error(address, error) from None
    return listener


def _explain_bind_error(address: Address, error: Exception) -> AddressError:
    return AddressError(f"cannot listen on {address}: {getattr(error, 'strerror', None) or error}")
