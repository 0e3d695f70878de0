"""How fast one connection may act: at first it waits, then it is refused, and if it goes on, it is closed.

Only what reaches other people is counted (`chat.budgets.RATES`): by participant, over all connections of this
process, and without an account by address, too.

- Beyond the budget each act waits for its turn. Meanwhile the connection is not read.
- After `PATIENCE` seconds of waiting on end, an act is refused, and told after how long it will not be.
- A client that does not heed that for longer than `GRACE`, `MOST_STRIKES` times, is closed. What it had under
  way when it was refused does not count: it could not know.

Where the dialect cannot tell of a refusal, the act waits all the same, so that nothing is lost without a
word, and the connection is closed the sooner.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from time import monotonic
from typing import Final

from msgspec import Struct

from chat import commands
from chat.budgets import Budgets, Purse
from chat.errors import CLOSE_TOO_FAST, TOO_MANY_REQUESTS, ChatError, refuse_for
from chat.permissions import Actor

MOST_WAIT: Final = 2.0  # seconds, of one act
PATIENCE: Final = 4.0  # seconds of waiting on end
RECOVERY: Final = 2.5  # seconds that a refusal is longer than it need be, so that there is a small burst
GRACE: Final = 1.0  # seconds from a refusal on, in which the client may not know of it; less than that
MOST_STRIKES: Final = 64
MOST_STRIKES_UNTOLD: Final = 10
FORGIVEN: Final = 10.0  # seconds after the last refusal
COME_BACK: Final = 10.0  # seconds
_EARLY: Final = 0.05  # seconds; so far the clock of a client may differ

ACTS: Final[Mapping[type[Struct], str]] = {
    commands.Send: "send",
    commands.Label: "send",
    commands.Direct: "direct",
    commands.Edit: "edit",
    commands.Erase: "delete",
    commands.React: "react",
    commands.Pin: "pin",
    commands.Mute: "moderate",
    commands.SetModerator: "moderate",
    commands.Describe: "moderate",
    commands.Write: "typing",
    commands.Join: "join",
    commands.Leave: "leave",
}


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
        self._refused: dict[str, float] = {}  # act: until when
        self._refused_at = -math.inf
        self._strikes = 0
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
                purse.give_back(act, runs=runs)  # or the debt of its address would grow without bound
            if now - self._refused_at > FORGIVEN:
                self._strikes = 0
            self._refused_at = now
            self._strike()
            return self._wait(min(wait, MOST_WAIT), now)
        purse.give_back(act, runs=runs)
        if now - self._refused_at > FORGIVEN:
            self._strikes = 0
        left = wait + RECOVERY
        self._refused[act], self._refused_at, self._waited = now + left, now, 0.0
        raise refuse_for(left)

    def _open(self, actor: Actor) -> Purse:
        """It is another participant from now on."""
        account = actor.proof.account is not None
        self._actor = actor
        self._purse = self._budgets.purse(
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
        if self._strikes > (MOST_STRIKES if self._tells else MOST_STRIKES_UNTOLD):
            raise TooFast
