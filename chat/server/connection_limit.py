"""The places for WebSockets: how many there may be at the same time, over all processes of the server."""

import fcntl
import mmap
import os
import tempfile
from typing import Final

_BYTES: Final = 8  # of one count


class ConnectionLimit:
    """Each process counts its connections in a slot of its own, in a file that all of them map.

    Only taking a place needs all counts, and a lock. The kernel drops it with the process that holds it, so
    that a worker that is killed holds up no other.
    """

    def __init__(self, descriptor: int, most: int, slot: int = 0) -> None:
        self.descriptor = descriptor
        self._most = most
        self._slot = slot
        self._counts = memoryview(mmap.mmap(descriptor, 0)).cast("q")

    @classmethod
    def new(cls, most: int, processes: int) -> "ConnectionLimit":
        """All of them free. `most`: 0 is no limit."""
        with tempfile.TemporaryFile() as file:
            file.truncate(processes * _BYTES)
            return cls(os.dup(file.fileno()), most)

    def take(self) -> bool:
        """Take one, if one is left."""
        fcntl.lockf(self.descriptor, fcntl.LOCK_EX)
        try:
            if self._most and sum(self._counts) >= self._most:
                return False
            self._counts[self._slot] += 1
        finally:
            fcntl.lockf(self.descriptor, fcntl.LOCK_UN)
        return True

    def give_back(self) -> None:
        """The connection has ended."""
        # Without the lock: no other process writes to this slot while this one lives.
        self._counts[self._slot] -= 1

    def clear(self, slot: int) -> None:
        """The process of this slot has died, and its connections with it."""
        self._counts[slot] = 0
