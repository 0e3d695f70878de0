"""The wait before the next try. Pure.

Exponential with full jitter, so that the clients of a server that restarts do not come back all at once.
"""

import random
from collections.abc import Callable


class Backoff:
    """Random waits between 0 and `first`, then twice as much with each failure, up to `most` seconds."""

    def __init__(
        self, first: float = 0.5, most: float = 30.0, uniform: Callable[[], float] = random.random
    ) -> None:
        self._first = first
        self._most = most
        self._uniform = uniform  # returns numbers from 0 to 1
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait after one more failure."""
        wait = self.after(self._failures)
        self._failures += 1
        return wait

    def after(self, failures: int) -> float:
        """Seconds to wait after this number of earlier failures, whatever was counted so far."""
        doublings = min(failures, 64)  # more would overflow, and be far beyond any `most`
        return self._uniform() * min(self._most, self._first * 2.0**doublings)

    def reset(self) -> None:
        """It worked: the next failure is the first one again."""
        self._failures = 0
