"""How often what is rare was done in this hour: one count for all processes, in the database. Blocking.

What is counted is in `chat.budgets.COUNTS`. It is counted before it is done, so that requests at the same
time cannot get past a limit, and given back if it was not done after all.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from django.db import connection
from django.db.models import F
from django.utils.crypto import salted_hmac

from chat.budgets import network_of
from chat.errors import TOO_MANY_REQUESTS, ChatError
from chat.models import HourlyCount
from chat.permissions import Actor
from chat.services.spending import budgets

HOUR: Final = 3600  # seconds
# Clients whose address is not known share one count: it is larger, as in `chat.services.tries`.
_FROM_NOWHERE: Final = 10

_COUNT: Final = (
    "INSERT INTO chat_hourlycount (hour, key, count) VALUES (%s, %s, %s)"
    " ON CONFLICT (hour, key) DO UPDATE SET count = chat_hourlycount.count + excluded.count RETURNING count"
)


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
def counted_guest(address: str) -> Iterator[None]:
    """Count a guest who is made within. Raises 910."""
    with _counted("guests_per_hour", network_of(address)):
        yield


def count_guests(networks: Sequence[str]) -> list[ChatError | None]:
    """Count a new guest from each of these networks; the refusal, if it is one too many."""
    answers: dict[str, list[ChatError | None]] = {}
    for network, times in Counter(networks).items():
        left = _take("guests_per_hour", network, times)
        answers[network] = [_refusal("guests_per_hour")] * (times - left) + [None] * left
    return [answers[network].pop() for network in networks]


def give_back_guest(network: str) -> None:
    """The guest who was counted was not made."""
    _give_back("guests_per_hour", network)


@contextmanager
def _counted(what: str, whose: str, *, unless: bool = False) -> Iterator[None]:
    if unless or not budgets.table.most(what):
        yield
        return
    if not _take(what, whose, 1):
        raise _refusal(what)
    try:
        yield
    except BaseException:
        _give_back(what, whose)
        raise


def _take(what: str, whose: str, times: int) -> int:
    """Count this many acts. Returns how many of them may be done: what is refused counts for nothing."""
    most = budgets.table.most(what) * (1 if whose else _FROM_NOWHERE)
    if not most:
        return times
    key, hour = _key(what, whose), _hour()
    # Look first: a flood of what is refused shall not be one of writes.
    done = HourlyCount.objects.filter(hour=hour, key=key).values_list("count", flat=True).first() or 0
    if done >= most:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [hour, key, times])
        count = int(cursor.fetchone()[0])
    if count == times:  # the first in this hour
        HourlyCount.objects.filter(hour__lt=hour).delete()
    left = max(0, min(times, most - (count - times)))
    if left < times:
        _add(what, whose, left - times)
    return left


def _give_back(what: str, whose: str) -> None:
    if budgets.table.most(what):
        _add(what, whose, -1)


def _add(what: str, whose: str, times: int) -> None:
    mine = HourlyCount.objects.filter(hour=_hour(), key=_key(what, whose), count__gte=-times)
    mine.update(count=F("count") + times)


def _refusal(what: str) -> ChatError:
    subject = what.removesuffix("_per_hour").split("_")[-1].replace("ups", "accounts")
    detail = f"too many new {subject} from you in this hour; try again in the next"
    return ChatError(TOO_MANY_REQUESTS, detail=detail, retry_after=HOUR - time.time() % HOUR)


def _hour() -> int:
    return int(time.time() // HOUR)


def _key(what: str, whose: str) -> str:
    return salted_hmac("chat.counts", f"{what}\0{whose}", algorithm="sha256").hexdigest()
