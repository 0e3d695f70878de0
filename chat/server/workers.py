"""Several processes of `serve` on the same listening sockets.

A worker is a whole `manage.py serve` of its own, started anew and not forked off: nothing of the parent's
memory, such as the identity of its lease, can be shared by mistake. It gets the sockets by inheritance.

uvicorn has a supervisor (0.54). It leaves its workers running when it is killed, takes SIGHUP for a wish to
restart, stops for good when one worker cannot start, and has no place for what they share.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import Any, Final

from prometheus_client import multiprocess

from chat.server.connection_limit import ConnectionLimit

LOOK_SECONDS: Final = 0.2
END_SECONDS: Final = 30.0  # until a worker that has been given time, and does not end, is killed
_INHERITED: Final = "_WSCHAT_INHERITED"
_METRICS: Final = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client's own name for where processes add up

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Inheritance:
    """A worker's inheritance from its parent: its number, and open descriptors."""

    slot: int
    lifeline: int  # at its end when the parent is gone
    limit: int
    listeners: tuple[int, ...]

    @classmethod
    def claim(cls) -> "Inheritance | None":
        """This process's, if it is a worker."""
        numbers = [int(word) for word in os.environ.pop(_INHERITED, "").split()]
        return cls(numbers[0], numbers[1], numbers[2], tuple(numbers[3:])) if numbers else None

    def sockets(self) -> list[socket.socket]:
        """The listening sockets."""
        return [socket.socket(fileno=descriptor) for descriptor in self.listeners]

    def obey(self) -> None:
        """End when the parent says so or is gone. Before uvicorn listens to a Ctrl-C, the parent does."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        threading.Thread(target=self._end_with_the_parent, name="lifeline", daemon=True).start()

    def _end_with_the_parent(self) -> None:
        # The kernel closes the other end however the parent ends, also by SIGKILL.
        os.read(self.lifeline, 1)  # nothing is ever written
        os.kill(os.getpid(), signal.SIGTERM)


class Workers:
    """Starts them, replaces those that die, and ends all of them in order."""

    def __init__(
        self, listeners: list[socket.socket], limit: ConnectionLimit, count: int, drain_seconds: float
    ) -> None:
        self._listeners = listeners
        self._limit = limit
        self._count = count
        # Without the drain time, the parent would kill workers that are still draining.
        self._end_seconds = drain_seconds + END_SECONDS
        self._lifeline, self._held = os.pipe()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._told_to_end = False

    def run(self) -> None:
        """Until SIGINT or SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        # The kernel chooses the worker that answers /metrics, so each of them adds up the files of all.
        with tempfile.TemporaryDirectory(prefix="wschat-metrics-") as folder:
            try:
                for slot in range(self._count):
                    self._processes.append(self._start_worker(slot, folder))
                while not self._told_to_end:
                    time.sleep(LOOK_SECONDS)
                    self._replace_dead(folder)
            finally:
                self._end_workers()

    def _on_signal(self, *_: Any) -> None:
        self._told_to_end = True

    def _start_worker(self, slot: int, folder: str) -> subprocess.Popen[bytes]:
        descriptors = [self._lifeline, self._limit.descriptor, *(each.fileno() for each in self._listeners)]
        inherited = " ".join(str(number) for number in (slot, *descriptors))
        # Blocked until the worker can deal with it: a Ctrl-C would end its start with a traceback.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return subprocess.Popen(  # noqa: S603 (it is this very command)
                [sys.executable, *sys.orig_argv[1:]],
                env=os.environ | {_INHERITED: inherited, _METRICS: folder},
                pass_fds=descriptors,
            )
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    def _replace_dead(self, folder: str) -> None:
        for slot, process in enumerate(self._processes):
            if process.poll() is None or self._told_to_end:
                continue
            logger.error(
                "worker %d (process %d) has ended: %s",
                slot + 1,
                process.pid,
                _explain_exit(process.returncode),
            )
            multiprocess.mark_process_dead(process.pid, folder)
            self._limit.forget_process(slot)
            try:
                self._processes[slot] = self._start_worker(slot, folder)
            except OSError as error:  # no memory, perhaps: the others go on, and it is tried again
                logger.error("worker %d cannot be started: %s", slot + 1, error)

    def _end_workers(self) -> None:
        for listener in self._listeners:
            listener.close()
        for process in self._processes:
            process.terminate()
        deadline = time.monotonic() + self._end_seconds
        for process in self._processes:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                logger.error("process %d does not end, and is killed", process.pid)
                process.kill()
                process.wait()


def _explain_exit(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"
