"""The threads of the log and of the database, in tests that run the site in process."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.log import threads
from chat.log.log import log
from chat.presence.writer import presence


@pytest.fixture(autouse=True)
def _threads_end(_django_db_marker: None) -> Iterator[None]:
    """End the writers, and wait for the other threads, before pytest-django forbids the database.

    A thread that connects at that moment would keep a connection that never commits, and with it fail tests
    that come much later.
    """
    yield
    log.stop()
    presence.end_writer()
    _finish_work(threads._pool)
    _finish_work(threads._slow)


def _finish_work(pool: ThreadPoolExecutor) -> None:
    """Wait until no thread of the pool is at work: all of them meet at a barrier."""
    barrier = threading.Barrier(pool._max_workers)
    for met in [pool.submit(barrier.wait, 60) for _ in range(pool._max_workers)]:
        met.result()
