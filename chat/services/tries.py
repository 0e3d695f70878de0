"""How often passwords may be tried: those of accounts, and those of rooms. Blocking.

Tries are counted in the database, so that there is one count for all processes, which no restart forgets, and
before the password is looked at, so that tries at the same time cannot get past a limit.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from django.db import connection
from django.db.models import F
from django.utils.crypto import salted_hmac

from chat import passwords, validation
from chat.budgets import network_of
from chat.models import SignInTries

PERIOD: Final = 15 * 60  # seconds
# A person mistypes a few times. One address may be that of a school; against one name, many addresses.
MOST_OF_PAIR: Final = 10
MOST_OF_ADDRESS: Final = 100
MOST_OF_NAME: Final = 100  # beyond it a try is slowed down; a limit would lock out the account's owner
MOST_OF_ROOM: Final = 10  # of one client at one room
SLOWED_SECONDS: Final = 1.0
_MOST_SLOWED: Final = 32  # at the same time, as each holds a thread; more are held up by hashing alone

Limit: TypeAlias = tuple[str, int]

_slowed: Final = threading.BoundedSemaphore(_MOST_SLOWED)

# One statement, since many tries may come at the same time.
_COUNT: Final = (
    "INSERT INTO chat_signintries (period, key, count) VALUES (%s, %s, 1)"
    " ON CONFLICT (period, key) DO UPDATE SET count = chat_signintries.count + 1 RETURNING count"
)


def count_try(name: str, address: str) -> bool:
    """Count a try to sign in. Whether it may be made.

    What the limit of the pair or of the address refuses counts for nothing else: tries that are not made use
    up neither those of an address nor those of an account.
    """
    if not _count_unless_spent(_limits_of(name, address)):
        return False
    _increment(_hash_key("name", validation.name_key(name)))
    return True


def slow_down(name: str) -> None:
    """Wait a while, without a connection to the database, if too many wrong passwords came for the name."""
    tried = _read_counts([_hash_key("name", validation.name_key(name))])
    if max(tried.values(), default=0) > MOST_OF_NAME and _slowed.acquire(blocking=False):
        try:
            passwords.release_connections()
            time.sleep(SLOWED_SECONDS)
        finally:
            _slowed.release()


def forget_try(name: str, address: str) -> None:
    """The try was none, if it was counted: its password was right."""
    pair, *others = [key for key, _ in _limits_of(name, address)]
    if SignInTries.objects.filter(period=_current_period(), key=pair).update(count=0):
        _give_back([*others, _hash_key("name", validation.name_key(name))])


def not_made(name: str, address: str) -> None:
    """The try was none: its password was not looked at after all."""
    _give_back([*(key for key, _ in _limits_of(name, address)), _hash_key("name", validation.name_key(name))])


def is_spent(name: str, address: str) -> bool:
    """Whether one more try would be one too many."""
    return _is_any_spent(_limits_of(name, address))


def begin_at_room(room: str, who: int | None, address: str) -> bool:
    """Count a try at a room's password, by a client without an account (`who`: None) or with one."""
    return _count_unless_spent(_limits_at_room(room, who, address))


def undo_at_room(room: str, who: int | None, address: str) -> None:
    """The try was none: its password was right, or not looked at."""
    _give_back([key for key, _ in _limits_at_room(room, who, address)])


def seconds_left() -> float:
    """Until the next period, in which there are new tries."""
    return PERIOD - time.time() % PERIOD


def _count_unless_spent(limits: Sequence[Limit]) -> bool:
    """Look first: a flood of tries that are refused shall not be one of writes."""
    return not _is_any_spent(limits) and all(_increment(key) <= most for key, most in limits)


def _is_any_spent(limits: Sequence[Limit]) -> bool:
    tried = _read_counts([key for key, _ in limits])
    return any(tried.get(key, 0) >= most for key, most in limits)


def _read_counts(keys: Sequence[str]) -> dict[str, int]:
    rows = SignInTries.objects.filter(period=_current_period(), key__in=keys)
    return dict(rows.values_list("key", "count"))


def _increment(key: str) -> int:
    period = _current_period()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [period, key])
        count = int(cursor.fetchone()[0])
    if count == 1:  # now and then
        SignInTries.objects.filter(period__lt=period).delete()
    return count


def _give_back(keys: Iterable[str]) -> None:
    mine = SignInTries.objects.filter(period=_current_period(), key__in=list(keys), count__gt=0)
    mine.update(count=F("count") - 1)


def _current_period() -> int:
    return int(time.time() // PERIOD)


def _limits_of(name: str, address: str) -> list[Limit]:
    """What is counted of a try to sign in, with how much of it there may be, the narrowest first."""
    who, where = validation.name_key(name), network_of(address)
    if not where:  # many clients may come from nowhere
        return [(_hash_key("pair", where, who), MOST_OF_NAME)]
    return [(_hash_key("pair", where, who), MOST_OF_PAIR), (_hash_key("address", where), MOST_OF_ADDRESS)]


def _limits_at_room(room: str, who: int | None, address: str) -> list[Limit]:
    """An account has tries of its own, so that it need not answer for others at its address.

    But as there may be any number of accounts at one address, they have a limit together.
    """
    where = network_of(address)
    together = [(_hash_key("room and address", room, where), MOST_OF_ADDRESS)]
    if who is not None:
        return [(_hash_key("room and account", room, str(who)), MOST_OF_ROOM), *together]
    return [
        (_hash_key("room and client", room, where), MOST_OF_ROOM if where else MOST_OF_ADDRESS),
        *together,
    ]


def _hash_key(*parts: str) -> str:
    return salted_hmac("chat.sign_in_tries", "\0".join(parts), algorithm="sha256").hexdigest()
