"""How often passwords may be tried: those of accounts, and those of rooms. Blocking.

Tries are counted before the password is looked at, and given back if it was right.
"""

import threading
import time
from collections.abc import Sequence
from typing import Final, TypeAlias

from chat import passwords, validation
from chat.budgets import network_of
from chat.services import windows

PERIOD: Final = 15 * 60  # seconds
# A person mistypes a few times. One address may be that of a school; against one name, many addresses.
MOST_OF_PAIR: Final = 10
MOST_OF_ADDRESS: Final = 100
MOST_OF_NAME: Final = 100  # beyond it a try is slowed down; a limit would lock out the account's owner
MOST_OF_DEVICES: Final = 30  # over all browsers in which one account has signed in before
MOST_OF_ROOM: Final = 10  # of one client at one room
SLOWED_SECONDS: Final = 1.0
_MOST_SLOWED: Final = 32  # at the same time, as each holds a thread; more are held up by hashing alone

Limit: TypeAlias = tuple[str, int]

_slowed: Final = threading.BoundedSemaphore(_MOST_SLOWED)


def count_try(name: str, address: str, device: str = "") -> bool:
    """Count a try to sign in. Whether it may be made.

    What the limit of the pair or of the address refuses counts for nothing else: tries that are not made use
    up neither those of an address nor those of an account. `device`: a browser in which the account has
    signed in before, which has tries of its own, and is not slowed down. They count for the address as well,
    which does not limit them.
    """
    if not _count_unless_spent(_limits_of(name, address, device)):
        return False
    for key in _counted_besides(name, address, device):
        _increment(key)
    return True


def slow_down(name: str) -> None:
    """Wait a while, without a connection to the database, if too many wrong passwords came for the name."""
    key = _key_of_name(name)
    if windows.read_counts([key])[key] > MOST_OF_NAME and _slowed.acquire(blocking=False):
        try:
            passwords.release_connections()
            time.sleep(SLOWED_SECONDS)
        finally:
            _slowed.release()


def forget_try(name: str, address: str, device: str = "") -> None:
    """The try was none, if it was counted: its password was right."""
    first, *others = [key for key, _ in _limits_of(name, address, device)]
    if windows.reset(first):
        windows.give_back([*others, *_counted_besides(name, address, device)])


def not_made(name: str, address: str, device: str = "") -> None:
    """Uncount a try whose password was never checked."""
    keys = [key for key, _ in _limits_of(name, address, device)]
    windows.give_back([*keys, *_counted_besides(name, address, device)])


def seconds_locked(name: str, address: str, device: str = "") -> int:
    """Until a try may be made; 0 if now."""
    return _seconds_spent(_limits_of(name, address, device))


def begin_at_room(room: str, who: int | None, address: str) -> bool:
    """Count a try at a room's password, by a client without an account (`who`: None) or with one."""
    return _count_unless_spent(_limits_at_room(room, who, address))


def undo_at_room(room: str, who: int | None, address: str) -> None:
    """The try was none: its password was right, or not looked at."""
    windows.give_back([key for key, _ in _limits_at_room(room, who, address)])


def seconds_locked_at_room(room: str, who: int | None, address: str) -> int:
    """Until a try may be made; 0 if now."""
    return _seconds_spent(_limits_at_room(room, who, address))


def _count_unless_spent(limits: Sequence[Limit]) -> bool:
    """Look first: a flood of tries that are refused shall not be one of writes."""
    return not _spent(limits) and all(_increment(key) <= most for key, most in limits)


def _seconds_spent(limits: Sequence[Limit]) -> int:
    spent = _spent(limits)
    return windows.seconds_left(spent) if spent else 0


def _spent(limits: Sequence[Limit]) -> list[str]:
    """The keys of the limits that allow no other try."""
    tried = windows.read_counts([key for key, _ in limits])
    return [key for key, most in limits if tried[key] >= most]


def _increment(key: str) -> int:
    return windows.add(key, 1, PERIOD)


def _key_of_name(name: str) -> str:
    return windows.hash_key("tries of a name", validation.name_key(name))


def _key_of_address(where: str) -> str:
    return windows.hash_key("tries of an address", where)


def _counted_besides(name: str, address: str, device: str) -> list[str]:
    """What else a try counts for, without being limited by it."""
    if not device:
        return [_key_of_name(name)]
    where = network_of(address)
    return [_key_of_address(where)] if where else []


def _limits_of(name: str, address: str, device: str = "") -> list[Limit]:
    """What is counted of a try to sign in, with how much of it there may be, the narrowest first."""
    who, where = validation.name_key(name), network_of(address)
    if device:
        return [
            (windows.hash_key("tries of a device", device, who), MOST_OF_PAIR),
            (windows.hash_key("tries of devices", who), MOST_OF_DEVICES),
        ]
    if not where:  # many clients may come from nowhere
        return [(windows.hash_key("tries of a pair", where, who), MOST_OF_NAME)]
    return [
        (windows.hash_key("tries of a pair", where, who), MOST_OF_PAIR),
        (_key_of_address(where), MOST_OF_ADDRESS),
    ]


def _limits_at_room(room: str, who: int | None, address: str) -> list[Limit]:
    """An account has tries of its own, so that it need not answer for others at its address.

    But as there may be any number of accounts at one address, they have a limit together.
    """
    where = network_of(address)
    together = [(windows.hash_key("tries at a room and address", room, where), MOST_OF_ADDRESS)]
    if who is not None:
        return [(windows.hash_key("tries at a room and account", room, str(who)), MOST_OF_ROOM), *together]
    most = MOST_OF_ROOM if where else MOST_OF_ADDRESS
    return [(windows.hash_key("tries at a room and client", room, where), most), *together]
