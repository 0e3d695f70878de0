"""How fast a client may act: at first it waits, then it is refused, and if it goes on, it is closed. Pure.

Only what reaches other people is counted (`chat.budgets.RATES`): by participant, over all connections of this
process, and without an account by address, too. A budget is a token bucket for each act: full, it takes a
burst; then it fills at a rate. It is kept as the time at which it will be full again, so that it costs one
number, and nothing has to fill it.

A request over HTTP beyond its budget is refused at once (`chat.services.spending`). For a connection:

- Beyond the budget each act waits for its turn. Meanwhile the connection is not read.
- After `PATIENCE` seconds of waiting on end, an act is refused with 910 and a time to retry.
- A client that does not heed that for longer than `GRACE`, `MOST_STRIKES` times, is closed. What it had under
  way when it was refused does not count: it could not know.

A notice of typing beyond the budget is answered and not passed on, as many as a person types. What reaches no
one but asks the database (`chat.commands.ASKS`) is counted by connection alone. All other commands (pages of
history, searches, lists), and frames that are refused, are only slowed down, by connection too.

Where the dialect cannot tell of a refusal, the act waits all the same, so that nothing is lost without a
word, and the connection is closed the sooner.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from random import randint
from time import monotonic
from typing import Final, TypeAlias

from chat.budgets import LimitTable, Rate, network_of
from chat.errors import CLOSE_TOO_FAST, TOO_MANY_REQUESTS, ChatError, refuse_for
from chat.permissions import Actor

MOST_WAIT: Final = 2.0  # seconds, of one act
PATIENCE: Final = 4.0  # seconds of waiting on end
RECOVERY: Final = 2.5  # seconds that a refusal is longer than it need be, so that there is a small burst
GRACE: Final = 1.0  # seconds from a refusal on, in which the client may not know of it; less than that
# A random number between these for each connection: fifty connections that started to flood together were
# closed together, which held up everyone else for 0.1 s.
MOST_STRIKES: Final = (12, 30)
MOST_STRIKES_UNTOLD: Final = 10
FORGIVEN: Final = 10.0  # seconds after the last refusal
COME_BACK: Final = 10.0  # seconds
_EARLY: Final = 0.05  # seconds; so far the clock of a client may differ

IGNORED: Final = -1.0  # in place of seconds to wait
# What is counted by connection alone.
OF_CONNECTION: Final[Mapping[str, Rate]] = {
    "ask": Rate(20, 5),
    "read": Rate(100, 10),  # the other commands
    # Frames; beyond that the connection is not read for a moment after each. With a burst of 100, 50 flooders
    # that were refused at the same time kept the event loop busy for 0.1 s.
    "refused": Rate(10, 20),
    "typed": Rate(60, 30),  # notices that are not passed on: one for each key
}
_ROUNDING: Final = 1e-6  # seconds

Budget: TypeAlias = dict[str, float]  # act -> when, by the monotonic clock, its bucket is full again


class Budgets:
    """The budgets of one process, by participant and by network.

    Threads may share it. What can go wrong between them is that one act of two is not counted.
    """

    def __init__(self, table: LimitTable) -> None:
        self.table = table
        # A participant (its number) or a network. Made when first asked for.
        self.by_key: defaultdict[int | str, Budget] = defaultdict(dict)

    def open_purse(self, who: int | str | None, address: str, *, account: bool, staff: bool) -> "Purse":
        """Make what a client spends from. With None for `who`, its own budget is for this purse alone."""
        kind = "moderator" if staff else "account" if account else "guest"
        return Purse(self, who, "" if account or staff else network_of(address), kind)

    def forget_full(self, now: float) -> None:
        """Forget those that are full again: they say nothing."""
        for key, budget in list(self.by_key.items()):
            if all(full <= now for full in list(budget.values())):  # threads may add to it
                del self.by_key[key]

    def __len__(self) -> int:
        return len(self.by_key)


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
        """Spend one act. Returns for how many seconds it has to wait, 0 mostly.

        `runs`: the client runs the room that it is done in.
        """
        table = self._budgets.table
        rate, factor = table.rates[act], self._factor_of(runs=runs) if runs else self._factor
        step, burst = 1 / (rate.per_second * factor), rate.burst / rate.per_second  # seconds
        longest = 0.0
        own = self._own if self._key is None else self._budgets.by_key[self._key]
        for budget in (own, self._budgets.by_key[self._network]) if self._network else (own,):
            full = budget.get(act, 0.0)
            if full < now:
                full = now
            budget[act] = full = full + step
            wait = full - burst - now
            if wait > longest:
                longest = wait
            step /= table.factors["address"]  # the budget that an address shares is larger
        return longest if longest > _ROUNDING else 0.0

    def read_wait(self, act: str, now: float) -> float:
        """Returns for how many seconds the next act would have to wait; nothing is spent."""
        rate = self._budgets.table.rates[act]
        kept = [self._own if self._key is None else self._budgets.by_key[self._key]]
        kept += [self._budgets.by_key[self._network]] if self._network else []
        return max(0.0, *(each.get(act, 0.0) - rate.burst / rate.per_second - now for each in kept))

    def refund(self, act: str, *, runs: bool = False) -> None:
        """Give back an act that was just spent and then not done."""
        table = self._budgets.table
        rate, factor = table.rates[act], self._factor_of(runs=runs)
        own = self._own if self._key is None else self._budgets.by_key[self._key]
        own[act] -= 1 / (rate.per_second * factor)
        if self._network:
            shared = self._budgets.by_key[self._network]
            shared[act] -= 1 / (rate.per_second * factor * table.factors["address"])

    def _factor_of(self, *, runs: bool) -> float:
        if runs:
            return max(self._factor, self._budgets.table.factors["moderator"])
        return self._factor


_BY_CONNECTION: Final = Budgets(LimitTable(rates=OF_CONNECTION))  # it keeps none: each has its own


class TooFast(ChatError):
    """The last refusal: the connection is closed with `reason`."""

    def __init__(self) -> None:
        wait = f"come back in {COME_BACK:.0f} s"
        super().__init__(TOO_MANY_REQUESTS, detail=f"too fast: {wait}", retry_after=COME_BACK)
        self.reason = replace(CLOSE_TOO_FAST, text=f"{CLOSE_TOO_FAST.text}: {wait}")


class Meter:
    """Charges the acts of one connection. `tells`: its dialect can tell of a refusal."""

    __slots__ = (
        "_actor",
        "_address",
        "_budgets",
        "_most_strikes",
        "_own",
        "_purse",
        "_refused",
        "_refused_at",
        "_strikes",
        "_tells",
        "_waited",
        "_waits_until",
        "on",
    )

    def __init__(self, budgets: Budgets, address: str, *, tells: bool) -> None:
        self._budgets = budgets
        self._address = address
        self._tells = tells
        self.on = budgets.table.on
        self._actor: Actor | None = None
        self._purse: Purse | None = None
        self._own = _BY_CONNECTION.open_purse(None, "", account=False, staff=False)
        self._refused: dict[str, float] = {}  # act: until when
        self._refused_at = -math.inf
        self._strikes = 0
        self._most_strikes = randint(*MOST_STRIKES) if tells else MOST_STRIKES_UNTOLD
        self._waited = 0.0  # seconds, on end
        self._waits_until = 0.0

    def charge(self, act: str, actor: Actor, *, runs: bool = False) -> float:
        """Count an act. For how many seconds it has to wait, 0 mostly. Raises 910.

        `runs`: the actor runs the room that it is done in.
        """
        now = monotonic()
        if self._refused and (left := self._refused.get(act, 0.0) - now) > _EARLY:
            if now - self._refused_at > GRACE:
                self._strike()
            raise refuse_for(left)
        purse = self._purse
        if purse is None or actor is not self._actor:
            purse = self._open(actor)
        wait = purse.spend(act, now, runs=runs)
        if not wait:
            return 0.0
        if self._may_wait(wait, now):
            return self._wait(wait, now)
        if not self._tells:
            if wait > MOST_WAIT:
                purse.refund(act, runs=runs)  # or the debt of its address would grow without bound
            if now - self._refused_at > FORGIVEN:
                self._strikes = 0
            self._refused_at = now
            self._strike()
            return self._wait(min(wait, MOST_WAIT), now)
        purse.refund(act, runs=runs)
        if now - self._refused_at > FORGIVEN:
            self._strikes = 0
        left = wait + RECOVERY
        self._refused[act], self._refused_at, self._waited = now + left, now, 0.0
        raise refuse_for(left)

    def charge_question(self) -> float:
        """Count one of `ASKS`. Returns for how many seconds it has to wait. Raises 910."""
        wait = self._own.spend("ask", monotonic())
        if wait > MOST_WAIT:
            self._own.refund("ask")
            self._strike()
            raise refuse_for(wait)
        return wait

    def charge_reading(self) -> float:
        """Count a command that only reads. Returns for how many seconds it has to wait."""
        return self._own.spend("read", monotonic())

    def charge_refusal(self) -> float:
        """Count a frame that was refused. Returns for how many seconds the next one has to wait."""
        return self._own.spend("refused", monotonic()) if self.on else 0.0

    def passes_typing(self, actor: Actor) -> bool:
        """Whether a notice of typing is within the budget, and is passed on; it is counted then."""
        purse = self._purse_of(actor)
        if purse.spend("typing", monotonic()):
            purse.refund("typing")
            return False
        return True

    def ignores_typing(self) -> bool:
        """Whether a notice beyond the budget is taken for one of a person who types; it is counted then."""
        if self._own.spend("typed", monotonic()):
            self._own.refund("typed")
            return False
        return True

    def note(self, act: str, actor: Actor) -> None:
        """Count an act that was done already: the next one waits for it."""
        if self.on:
            self._purse_of(actor).spend(act, monotonic())

    def wait_for(self, act: str, actor: Actor) -> float:
        """For how many seconds an act has to wait because of earlier ones; it is not counted. Raises 910."""
        wait = self._purse_of(actor).read_wait(act, monotonic())
        if wait > MOST_WAIT:
            self._strike()
            raise refuse_for(wait)
        return wait

    def _purse_of(self, actor: Actor) -> Purse:
        purse = self._purse
        return self._open(actor) if purse is None or actor is not self._actor else purse

    def _open(self, actor: Actor) -> Purse:
        """Open a purse for a new actor."""
        account = actor.proof.account is not None
        self._actor = actor
        self._purse = self._budgets.open_purse(
            actor.participant, self._address, account=account, staff=actor.staff
        )
        return self._purse

    def _may_wait(self, wait: float, now: float) -> bool:
        """Whether it has waited little enough; time without waiting makes up for time with it."""
        if now > self._waits_until:
            self._waited = max(0.0, self._waited - (now - self._waits_until))
        return wait <= MOST_WAIT and self._waited + wait <= PATIENCE

    def _wait(self, wait: float, now: float) -> float:
        self._waited += wait
        self._waits_until = now + wait
        return wait

    def _strike(self) -> None:
        self._strikes += 1
        if self._strikes > self._most_strikes:
            raise TooFast
