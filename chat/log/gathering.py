"""How long questions to the database are gathered under load, to be answered in one batch.

A statement costs about as much for one as for fifty. While thousands come in, batches that follow each other
at once are small: they took two thirds of the processor's time, and the event loop waited for the
interpreter that their threads held. So after a batch of several the next one waits for some times as long as
that took. A question that comes alone is answered at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

SHARE: Final = 3.0  # how many times as long as a batch took the next one gathers
LONGEST_WAIT: Final = 0.05  # seconds


class Gathering:
    """The pauses between the batches of one kind: for `SHARE` times as long as a batch took."""

    __slots__ = ("_not_before",)

    def __init__(self) -> None:
        self._not_before = 0.0

    def read_wait(self) -> float:
        """For how many seconds the next batch still has to gather; mostly 0."""
        return max(0.0, self._not_before - monotonic())

    @contextmanager
    def answering(self, count: int) -> Iterator[None]:
        """Time the work on a batch of `count` questions."""
        began = monotonic()
        yield
        if count > 1:
            now = monotonic()
            self._not_before = now + min(SHARE * (now - began), LONGEST_WAIT)
