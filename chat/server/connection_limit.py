"""The limit on open connections, WebSockets and polled ones, over all processes of the server."""

import fcntl
import mmap
import os
import tempfile
from typing import Final

from django.conf import settings

_BYTES: Final = 8  # of one count


class ConnectionLimit:
    """Each process counts its connections in a slot of its own, in a file that all of them map.

    Only `admit_connection` needs all counts, and a lock. The kernel drops it with the process that holds it,
    so that a worker that is killed holds up no other.
    """

    def __init__(self, descriptor: int, most: int, slot: int = 0) -> None:
        self.descriptor = descriptor
        self._most = most
        self._slot = slot
        self._counts = memoryview(mmap.mmap(descriptor, 0)).cast("q")

    @classmethod
    def create_shared(cls, most: int, processes: int) -> "ConnectionLimit":
        """A limit with no connections yet, to be shared by child processes. `most`: 0 is no limit."""
        with tempfile.TemporaryFile() as file:
            file.truncate(processes * _BYTES)
            return cls(os.dup(file.fileno()), most)

    def admit_connection(self) -> bool:
        """Count a connection. False if there are as many as there may be."""
        if len(self._counts) == 1:  # no other process
            return self._count_one()
        fcntl.lockf(self.descriptor, fcntl.LOCK_EX)
        try:
            return self._count_one()
        finally:
            fcntl.lockf(self.descriptor, fcntl.LOCK_UN)

    def _count_one(self) -> bool:
        if self._most and sum(self._counts) >= self._most:
            return False
        self._counts[self._slot] += 1
        return True

    def release_connection(self) -> None:
        """Uncount a connection that has ended."""
        # Without the lock: no other process writes to this slot while this one lives.
        self._counts[self._slot] -= 1

    def forget_process(self, slot: int) -> None:
        """Forget the connections of a process that died."""
        self._counts[slot] = 0


_of_process: ConnectionLimit | None = None


def set_limit(limit: ConnectionLimit) -> None:
    """Have this process count its connections there."""
    global _of_process
    _of_process = limit


def get_limit() -> ConnectionLimit:
    """Where this process counts its connections: by itself, under a server that counts none."""
    global _of_process
    if _of_process is None:
        _of_process = ConnectionLimit.create_shared(settings.ENV.wschat_max_connections, 1)
    return _of_process
