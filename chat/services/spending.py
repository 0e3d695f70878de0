"""Charges requests to the same budgets as sockets (`chat.budgets`). Requests cannot wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import Final

from chat import conf
from chat.budgets import Slots, network_of
from chat.errors import TOO_MANY_REQUESTS, ChatError, refuse_for
from chat.meter import Budgets
from chat.permissions import Actor

budgets: Final = Budgets(conf.get_limit_table())  # of this process
_MOST_SEARCHES: Final = 2  # of requests at a time: on SQLite a search walks through the log
_WAIT_SECONDS: Final = 5.0
_searches: Final = BoundedSemaphore(_MOST_SEARCHES)
_slots: Final = Slots()
_slots_lock: Final = Lock()


def charge(act: str, actor: Actor, address: str, *, runs: bool = False) -> None:
    """Count an act of a request. Raises 910.

    `runs`: the actor runs the room that it is done in. Anonymous clients spend of their address alone.
    """
    if not budgets.table.on:
        return
    account = actor.proof.account is not None
    purse = budgets.open_purse(actor.participant, address, account=account, staff=actor.staff)
    if wait := purse.spend(act, monotonic(), runs=runs):
        purse.refund(act, runs=runs)
        raise refuse_for(wait)


@contextmanager
def searching(actor: Actor, address: str) -> Iterator[None]:
    """Take a slot for a search while it runs: one of the actor's, or else of its address. Raises 910."""
    most = budgets.table.max_count("searches_at_a_time")
    key: int | str = network_of(address) if actor.participant is None else actor.participant
    with _slots_lock:
        free = _slots.take("search", key, most)
    if not free:
        raise _refuse_search(
            "the server is still busy with your earlier requests; try again when they are done"
        )
    try:
        if not _searches.acquire(timeout=_WAIT_SECONDS):
            raise _refuse_search("too many searches at a time")
        try:
            yield
        finally:
            _searches.release()
    finally:
        with _slots_lock:
            _slots.free("search", key)


def _refuse_search(detail: str) -> ChatError:
    return ChatError(TOO_MANY_REQUESTS, detail=detail, retry_after=1.0)
