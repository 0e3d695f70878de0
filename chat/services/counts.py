"""How often rare acts may be done within an hour. Blocking.

What is counted is in `chat.budgets.COUNTS`.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from chat.budgets import network_of
from chat.errors import TOO_MANY_REQUESTS, ChatError
from chat.permissions import Actor
from chat.services import windows
from chat.services.spending import budgets

HOUR: Final = 3600  # seconds
MOST_RETURNS: Final = 60  # of one name in an hour, which do not count as new guests
# Clients whose address is not known share one count: it is larger, as in `chat.services.tries`.
_FROM_NOWHERE: Final = 10


@contextmanager
def counted_room(actor: Actor, address: str) -> Iterator[None]:
    """Count a room that is created within. Raises 910."""
    if actor.participant is None:
        what, whose = "anonymous_rooms_per_hour", network_of(address)
    elif actor.proof.account is None:
        what, whose = "guest_rooms_per_hour", network_of(address)
    else:
        what, whose = "account_rooms_per_hour", str(actor.participant)
    with _counted(what, whose, unless=actor.staff):
        yield


@contextmanager
def counted_sign_up(address: str) -> Iterator[None]:
    """Count an account that is made within. Raises 910."""
    with _counted("sign_ups_per_hour", network_of(address)):
        yield


@contextmanager
def counted_report(actor: Actor, address: str) -> Iterator[None]:
    """Count a report that is filed within. Raises 910."""
    whose = network_of(address) if actor.proof.account is None else f"#{actor.participant}"
    with _counted("reports_per_hour", whose):
        yield


@contextmanager
def counted_guest(address: str) -> Iterator[None]:
    """Count a guest who is made within. Raises 910."""
    with _counted("guests_per_hour", network_of(address)):
        yield


class Returns:
    """The names under which guests without a session came from a network within an hour, to this process.

    Protocols without sessions make a guest anew each time that a client comes back, which is no new one.
    """

    def __init__(self) -> None:
        self._ends = 0.0
        self._times: dict[tuple[str, str], int] = {}

    def is_return(self, network: str, name_key: str) -> bool:
        """Whether a guest came from there under the name before; not too often."""
        if (now := time.time()) >= self._ends:
            self._ends, self._times = now + HOUR, {}
        return 0 < self._times.get((network, name_key), 0) < MOST_RETURNS

    def note(self, network: str, name_key: str) -> None:
        """A guest has come."""
        self._times[network, name_key] = self._times.get((network, name_key), 0) + 1


returns: Final = Returns()  # of this process


def count_guests(networks: Sequence[str]) -> list[ChatError | None]:
    """Count a new guest from each of these networks; the refusal, if it is one too many."""
    answers: dict[str, list[ChatError | None]] = {}
    for network, times in Counter(networks).items():
        left = _take("guests_per_hour", network, times)
        answers[network] = [_refusal("guests_per_hour", network)] * (times - left) + [None] * left
    return [answers[network].pop() for network in networks]


def give_back_guest(network: str) -> None:
    """The guest who was counted was not made."""
    _give_back("guests_per_hour", network)


@contextmanager
def _counted(what: str, whose: str, *, unless: bool = False) -> Iterator[None]:
    if unless or not budgets.table.max_count(what):
        yield
        return
    if not _take(what, whose, 1):
        raise _refusal(what, whose)
    try:
        yield
    except BaseException:
        _give_back(what, whose)
        raise


def _take(what: str, whose: str, times: int) -> int:
    """Count this many acts. Returns how many of them may be done: what is refused counts for nothing."""
    most = budgets.table.max_count(what) * (1 if whose else _FROM_NOWHERE)
    if not most:
        return times
    key = _key(what, whose)
    # Look first: a flood of what is refused shall not be one of writes.
    if windows.read_counts([key])[key] >= most:
        return 0
    count = windows.add(key, times, HOUR)
    left = max(0, min(times, most - (count - times)))
    if left < times:
        windows.give_back([key], times - left)
    return left


def _give_back(what: str, whose: str) -> None:
    if budgets.table.max_count(what):
        windows.give_back([_key(what, whose)])


def _refusal(what: str, whose: str) -> ChatError:
    subject = what.removesuffix("_per_hour").split("_")[-1].replace("ups", "accounts")
    detail = f"too many new {subject} from you within an hour; try again later"
    return ChatError(TOO_MANY_REQUESTS, detail=detail, retry_after=windows.seconds_left([_key(what, whose)]))


def _key(what: str, whose: str) -> str:
    return windows.hash_key(what, whose)
