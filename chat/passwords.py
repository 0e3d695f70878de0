"""How passwords are hashed, for rooms and for accounts."""

import threading
from typing import Final

from django.contrib.auth.hashers import Argon2PasswordHasher

# Each hash takes 19 MiB and a core: two at a time keep a rush of sign-ins from taking the machine.
_SLOTS: Final = threading.BoundedSemaphore(2)


class Argon2idHasher(Argon2PasswordHasher):
    """Argon2id with m=19 MiB, t=2, p=1 (OWASP Password Storage Cheat Sheet), at most two at a time.

    It blocks its thread: never call it on the event loop.
    """

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _SLOTS:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _SLOTS:
            return super().verify(password, encoded)
