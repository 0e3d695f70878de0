"""How much a participant or an address may do: one table. Pure.

`chat.meter` keeps the budgets by it, and says what a client gets that is faster.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv6Address
from typing import Final

_HOST_BITS: Final = 64  # of IPv6: who has one address has all of these


@dataclass(frozen=True, slots=True)
class Rate:
    """How many acts are allowed at once, and how many a second after that."""

    burst: float
    per_second: float


# What reaches other people. Of a guest; for others, and for all at one address together, times a factor.
RATES: Final[Mapping[str, Rate]] = {
    "send": Rate(10, 2),
    "direct": Rate(10, 2),
    "edit": Rate(10, 2),
    "delete": Rate(10, 2),
    "react": Rate(10, 2),
    "pin": Rate(10, 2),
    "moderate": Rate(10, 2),  # mute, describe, change a room, decide reports
    "report": Rate(5, 0.1),
    "block": Rate(10, 0.5),  # and unblock
    "unfinished": Rate(20, 4),  # keep what is being written; clients do so once a second at most
    "mention_all": Rate(1, 0.003),  # a message with @room or @here; for each room
    "typing": Rate(10, 2),
    "name": Rate(10, 2),  # take another one
    "join": Rate(30, 5),  # a client that comes back joins all its rooms at once
    "leave": Rate(30, 5),
}
FACTORS: Final[Mapping[str, float]] = {
    "guest": 1,
    "account": 3,
    "moderator": 6,  # staff, and those who run the room
    "address": 10,  # all clients without an account at one address: it may be that of a school
}
# Upper bounds. 0 is any number.
COUNTS: Final[Mapping[str, int]] = {
    "sockets_per_address": 50,
    "sockets_per_participant": 20,
    "rooms_per_socket": 100,
    "searches_at_a_time": 2,  # of a participant: for messages, rooms or people; also other long jobs
    "http_per_address": 300,  # connections to `serve`, those from a trusted proxy left out
    "unread_mb_per_address": 16,  # of HTTP answers that are under way; small ones do not count
    "anonymous_rooms_per_hour": 5,  # of one address
    "guest_rooms_per_hour": 20,  # of one address
    "account_rooms_per_hour": 20,  # of one account
    "guests_per_hour": 200,  # new ones from one address
    "sign_ups_per_hour": 20,  # from one address
    "reports_per_hour": 60,  # of one account, or of all guests at one address
}


@dataclass(frozen=True, slots=True)
class LimitTable:
    """How fast and how much clients may act on this server: the above, unless its settings say otherwise."""

    rates: Mapping[str, Rate] = field(default_factory=lambda: dict(RATES))
    factors: Mapping[str, float] = field(default_factory=lambda: dict(FACTORS))
    counts: Mapping[str, int] = field(default_factory=lambda: dict(COUNTS))
    on: bool = True

    def max_count(self, count: str) -> int:
        """The upper bound of a count; 0 is any number."""
        return self.counts[count] if self.on else 0


class Slots:
    """How many slots are taken of something that is limited at the same time in this process, by key."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, int | str], int] = {}

    def take(self, what: str, key: int | str, most: int) -> bool:
        """Take a slot, if one is left; `most`: 0 is any number."""
        taken = self._taken.get((what, key), 0)
        if most and taken >= most:
            return False
        self._taken[what, key] = taken + 1
        return True

    def free(self, what: str, key: int | str) -> None:
        """Give a slot back."""
        self._taken[what, key] -= 1
        if not self._taken[what, key]:
            del self._taken[what, key]

    def __len__(self) -> int:
        return len(self._taken)


def network_of(address: str) -> str:
    """The part of an address that one client has: all of an IPv4 address, in any spelling; a /64 of IPv6."""
    if ":" not in address:
        return address
    try:
        parsed = IPv6Address(address.strip("[]").partition("%")[0])
    except AddressValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(int(parsed) >> _HOST_BITS)
