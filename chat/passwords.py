"""How passwords are hashed, for rooms and for accounts."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connections

from chat import metrics, validation
from chat.errors import TOO_MANY_REQUESTS, ChatError

T = TypeVar("T")

# Each hash takes 19 MiB and a core: two at a time keep a rush of sign-ins from taking the machine. They have
# threads of their own, as each thread keeps for itself what it has allocated once.
_AT_A_TIME: Final = 2
_MOST_WAITING: Final = 64  # each holds a thread
_MOST_ALIKE: Final = 48  # of those: a client that repeats one password leaves room for others
_LONGEST_WAIT: Final = 5.0  # seconds
_BUSY_SECONDS: Final = 2.0

_threads: Final = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="hasher")
_waiting: Final[Counter[str]] = Counter()
_counting: Final = threading.Lock()


class Argon2idHasher(Argon2PasswordHasher):
    """Argon2id with m=19 MiB, t=2, p=1 (OWASP Password Storage Cheat Sheet), two at a time.

    However a password is spelled in Unicode, it is the same (`validation.prepare_password`).

    It blocks its thread: never call it on the event loop. It raises 910 when too many wait, or for too long.
    Connections to the database are given back meanwhile, unless a transaction is under way: hash before one.
    """

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        prepared = validation.prepare_password(password)
        return _in_turn("", lambda: super(Argon2idHasher, self).encode(prepared, salt))

    def verify(self, password: str, encoded: str) -> bool:
        prepared = validation.prepare_password(password)
        if _in_turn(encoded, lambda: super(Argon2idHasher, self).verify(prepared, encoded)):
            return True
        if prepared == password:
            return False
        # It may have been hashed as it came, before passwords were prepared.
        return _in_turn(encoded, lambda: super(Argon2idHasher, self).verify(password, encoded))


def release_connections() -> None:
    """Let others have this thread's connections to the database, while it does something else for long."""
    for each in connections.all(initialized_only=True):
        if not each.in_atomic_block:
            each.close()


def _in_turn(alike: str, work: Callable[[], T]) -> T:
    """Do the work when its turn comes. `alike`: the hash that is compared with."""
    with _wait_for_place(alike):
        release_connections()
        turn = _threads.submit(work)
        try:
            return turn.result(_LONGEST_WAIT)
        except TimeoutError:
            if turn.cancel():
                raise _refuse_busy() from None
            return turn.result()  # it has begun, and is soon done


@contextmanager
def _wait_for_place(alike: str) -> Iterator[None]:
    with _counting:
        if _waiting.total() >= _MOST_WAITING or _waiting[alike] >= _MOST_ALIKE:
            raise _refuse_busy()
        _waiting[alike] += 1
    try:
        yield
    finally:
        with _counting:
            _waiting[alike] -= 1
            if not _waiting[alike]:
                del _waiting[alike]


def _refuse_busy() -> ChatError:
    metrics.DROPPED.labels("hash_not_made").inc()
    detail = "too many passwords are being checked; try again in a moment"
    return ChatError(TOO_MANY_REQUESTS, detail=detail, retry_after=_BUSY_SECONDS)
