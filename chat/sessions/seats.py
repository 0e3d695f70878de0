"""The places that one connection takes, of those that there are for its address and its participant."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from chat.budgets import Places, Table, network_of
from chat.errors import TOO_MANY_REQUESTS, ChatError
from chat.permissions import Actor

FULL_SECONDS: Final = 5.0  # after which a client that found no place may try again
SEARCH_SECONDS: Final = 1.0


class Seats:
    """Of one connection, from its handshake to its end. `release` has to be called in the end."""

    __slots__ = ("_network", "_participant", "_places", "_table")

    def __init__(self, places: Places, table: Table, address: str) -> None:
        """Raises 910 if there are too many connections from the address."""
        self._places = places
        self._table = table
        self._network = network_of(address)
        self._participant: int | None = None
        most = table.most("sockets_per_address")
        if self._network and not places.take("socket", self._network, most):
            raise _too_many("from your address")

    def sit_down(self, participant: int | None) -> None:
        """Count the connection for this participant. Raises 910 if they have too many."""
        if participant is None or participant == self._participant:
            return
        most = self._table.most("sockets_per_participant")
        if not self._places.take("participant", participant, most):
            raise _too_many("of yours")
        self._stand_up()
        self._participant = participant

    @contextmanager
    def searching(self, actor: Actor) -> Iterator[None]:
        """One of few searches at a time. Raises 910."""
        most = self._table.most("searches_at_a_time")
        together = most * int(self._table.factors["address"])
        with ExitStack() as taken:
            if actor.participant is not None:
                self._begin_search(taken, actor.participant, most)
            if self._network and actor.proof.account is None:
                self._begin_search(taken, self._network, together)
            yield

    def release(self) -> None:
        """The connection has ended."""
        self._stand_up()
        if self._network:
            self._places.give_back("socket", self._network)

    def _stand_up(self) -> None:
        if self._participant is not None:
            self._places.give_back("participant", self._participant)
            self._participant = None

    def _begin_search(self, taken: ExitStack, key: int | str, most: int) -> None:
        if not self._places.take("search", key, most):
            detail = "you are searching already; try again when that is done"
            raise ChatError(TOO_MANY_REQUESTS, detail=detail, retry_after=SEARCH_SECONDS)
        taken.callback(self._places.give_back, "search", key)


def _too_many(whose: str) -> ChatError:
    detail = f"too many connections {whose} are open; close one, or try again later"
    return ChatError(TOO_MANY_REQUESTS, detail=detail, retry_after=FULL_SECONDS)
