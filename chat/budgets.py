"""How much a participant or an address may do: one table, and the budgets that are kept by it. Pure.

A budget is a token bucket for each act: full, it takes a burst; then it fills at a rate. It is kept as the
time at which it will be full again, so that it costs one number, and nothing has to fill it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv6Address
from typing import Final, TypeAlias

_ROUNDING: Final = 1e-6  # seconds
_HOST_BITS: Final = 64  # of IPv6: who has one address has all of these

Budget: TypeAlias = dict[str, float]  # act -> when, by the monotonic clock, its bucket is full again


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
    "moderate": Rate(10, 2),  # mute, describe, change a room
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
    "searches_at_a_time": 2,  # of a participant
    "http_per_address": 300,  # connections to `serve`, those from a trusted proxy left out
    "anonymous_rooms_per_hour": 5,  # of one address
    "guest_rooms_per_hour": 20,  # of one address
    "account_rooms_per_hour": 20,  # of one account
    "guests_per_hour": 200,  # new ones from one address
    "sign_ups_per_hour": 20,  # from one address
}


@dataclass(frozen=True, slots=True)
class Table:
    """The limits of this server: those above, where its settings do not say otherwise."""

    rates: Mapping[str, Rate] = field(default_factory=lambda: dict(RATES))
    factors: Mapping[str, float] = field(default_factory=lambda: dict(FACTORS))
    counts: Mapping[str, int] = field(default_factory=lambda: dict(COUNTS))
    on: bool = True

    def most(self, count: str) -> int:
        """How many of something there may be; 0 is any number."""
        return self.counts[count] if self.on else 0


class Budgets:
    """The budgets of one process, by participant and by network.

    Threads may share it. What can go wrong between them is that one act of two is not counted.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self._by_key: dict[int | str, Budget] = {}

    def of(self, key: int | str) -> Budget:
        """The budget of a participant (its number) or of a network."""
        return self._by_key.setdefault(key, {})

    def purse(self, who: int | str | None, address: str, *, account: bool, staff: bool) -> "Purse":
        """What a client spends from. With None for `who`, its own budget is for this purse alone."""
        kind = "moderator" if staff else "account" if account else "guest"
        return Purse(self, who, "" if account or staff else network_of(address), kind)

    def forget_full(self, now: float) -> None:
        """Forget those that are full again: they say nothing."""
        for key, budget in list(self._by_key.items()):
            if all(full <= now for full in list(budget.values())):  # threads may add to it
                del self._by_key[key]

    def __len__(self) -> int:
        return len(self._by_key)


class Purse:
    """What one client spends from: its own budget, and one that it may share with its address."""

    __slots__ = ("_budgets", "_factor", "_key", "_network", "_own")

    def __init__(self, budgets: Budgets, key: int | str | None, network: str, kind: str) -> None:
        self._budgets = budgets
        self._key = key
        self._own: Budget = {}
        self._network = network
        self._factor = budgets.table.factors[kind]

    def spend(self, act: str, now: float, *, runs: bool = False) -> float:
        """Take one act. For how many seconds to wait until there is enough for it, 0 mostly.

        `runs`: the client runs the room that it is done in.
        """
        table = self._budgets.table
        rate, factor = table.rates[act], self._factor_of(runs=runs)
        own = self._own if self._key is None else self._budgets.of(self._key)
        wait = _take(own, act, rate, factor, now)
        if not self._network:
            return wait
        shared = self._budgets.of(self._network)
        return max(wait, _take(shared, act, rate, factor * table.factors["address"], now))

    def give_back(self, act: str, *, runs: bool = False) -> None:
        """The act that was just taken was not done."""
        table = self._budgets.table
        rate, factor = table.rates[act], self._factor_of(runs=runs)
        own = self._own if self._key is None else self._budgets.of(self._key)
        own[act] -= 1 / (rate.per_second * factor)
        if self._network:
            self._budgets.of(self._network)[act] -= 1 / (rate.per_second * factor * table.factors["address"])

    def _factor_of(self, *, runs: bool) -> float:
        if runs:
            return max(self._factor, self._budgets.table.factors["moderator"])
        return self._factor


def _take(budget: Budget, act: str, rate: Rate, factor: float, now: float) -> float:
    full = budget.get(act, 0.0)
    if full < now:
        full = now
    budget[act] = full = full + 1 / (rate.per_second * factor)
    wait = full - rate.burst / rate.per_second - now
    return wait if wait > _ROUNDING else 0.0


class Places:
    """How many there are of something at the same time in this process, by key."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, int | str], int] = {}

    def take(self, what: str, key: int | str, most: int) -> bool:
        """Take a place, if there is one left; `most`: 0 is any number."""
        taken = self._taken.get((what, key), 0)
        if most and taken >= most:
            return False
        self._taken[what, key] = taken + 1
        return True

    def give_back(self, what: str, key: int | str) -> None:
        """It has ended."""
        self._taken[what, key] -= 1
        if not self._taken[what, key]:
            del self._taken[what, key]

    def __len__(self) -> int:
        return len(self._taken)


def network_of(address: str) -> str:
    """What one client has of the address: all of an IPv4 address, however it is written; a /64 of IPv6."""
    if ":" not in address:
        return address
    try:
        parsed = IPv6Address(address.strip("[]").partition("%")[0])
    except AddressValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(int(parsed) >> _HOST_BITS)
