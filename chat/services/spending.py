"""What requests spend of the budgets that sockets spend from, too (`chat.budgets`): they cannot wait."""

from time import monotonic
from typing import Final

from chat import conf
from chat.budgets import Budgets
from chat.errors import refuse_for
from chat.permissions import Actor

budgets: Final = Budgets(conf.table())  # of this process


def charge(act: str, actor: Actor, address: str, *, runs: bool = False) -> None:
    """Count an act of a request. Raises 910.

    `runs`: the actor runs the room that it is done in. Anonymous clients spend of their address alone.
    """
    if not budgets.table.on:
        return
    account = actor.proof.account is not None
    purse = budgets.purse(actor.participant, address, account=account, staff=actor.staff)
    if wait := purse.spend(act, monotonic(), runs=runs):
        purse.give_back(act, runs=runs)
        raise refuse_for(wait)
