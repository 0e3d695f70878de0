"""The slots that one connection takes of those that its address and its participant have."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from chat.budgets import LimitTable, Slots, network_of
from chat.errors import TOO_MANY_REQUESTS, ChatError, refuse_connection
from chat.permissions import Actor

SEARCH_SECONDS: Final = 1.0


class ConnectionSlots:
    """Of one connection, from its handshake to its end. `release` has to be called in the end."""

    __slots__ = ("_network", "_participant", "_slots", "_table")

    def __init__(self, slots: Slots, table: LimitTable, address: str) -> None:
        """Raises 910 if there are too many connections from the address."""
        self._slots = slots
        self._table = table
        self._network = network_of(address)
        self._participant: int | None = None
        most = table.max_count("sockets_per_address")
        if self._network and not slots.take("socket", self._network, most):
            raise refuse_connection("from your address")

    def take_for_participant(self, participant: int | None) -> None:
        """Take a slot of this participant. Raises 910 if they have too many connections."""
        if participant is None or participant == self._participant:
            return
        most = self._table.max_count("sockets_per_participant")
        if not self._slots.take("participant", participant, most):
            raise refuse_connection("of yours")
        self._free_for_participant()
        self._participant = participant

    @contextmanager
    def searching(self, actor: Actor) -> Iterator[None]:
        """Take a slot for a search while it runs. Raises 910."""
        most = self._table.max_count("searches_at_a_time")
        together = most * int(self._table.factors["address"])
        with ExitStack() as taken:
            if actor.participant is not None:
                self._begin_search(taken, actor.participant, most)
            if self._network and actor.proof.account is None:
                self._begin_search(taken, self._network, together)
            yield

    def release(self) -> None:
        """Give back all slots, at the end of the connection."""
        self._free_for_participant()
        if self._network:
            self._slots.free("socket", self._network)

    def _free_for_participant(self) -> None:
        if self._participant is not None:
            self._slots.free("participant", self._participant)
            self._participant = None

    def _begin_search(self, taken: ExitStack, key: int | str, most: int) -> None:
        if not self._slots.take("search", key, most):
            detail = "the server is still busy with your earlier requests; try again when they are done"
            raise ChatError(TOO_MANY_REQUESTS, detail=detail, retry_after=SEARCH_SECONDS)
        taken.callback(self._slots.free, "search", key)
