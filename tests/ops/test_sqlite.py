"""On SQLite the threads of a process write one after the other."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, transaction

from chat.models import Lease
from wschat_site.sqlite3 import base

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL has many writers"),
]


class Other:
    """Another thread, with a connection of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)

    def begin(self, act: Callable[[], object]) -> "Future[object]":
        return self._pool.submit(act)

    def run(self, act: Callable[[], object]) -> object:
        return self.begin(act).result(30)

    def end(self) -> None:
        self.run(lambda: connection.close())  # of that thread
        self._pool.shutdown()


@pytest.fixture
def other() -> Iterator[Other]:
    other = Other()
    yield other
    other.end()


def write() -> None:
    with transaction.atomic():
        Lease.objects.update(renewed_at="2026-01-01T00:00:00Z")


def fail() -> None:
    with transaction.atomic():
        write()
        raise ZeroDivisionError


def test_a_thread_that_waits_asks_sqlite_for_nothing(other: Other, monkeypatch: pytest.MonkeyPatch) -> None:
    asks = threading.Event()
    done: list[str] = []

    class Turn:
        """The lock, which tells that a second thread asks for it."""

        def __init__(self) -> None:
            self._lock = threading.Lock()
            self.release = self._lock.release

        def acquire(self, timeout: float) -> bool:
            if self._lock.locked():
                asks.set()
            return self._lock.acquire(timeout=timeout)

    monkeypatch.setattr(base, "_turns", defaultdict(Turn))

    def write_and_tell() -> None:
        def note(execute: Callable[..., object], sql: str, *rest: object) -> object:
            done.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(note):
            write()

    with transaction.atomic():
        writing = other.begin(write_and_tell)
        assert asks.wait(30)
        assert done == []
    writing.result(30)
    assert [sql.split()[0] for sql in done] == ["BEGIN", "UPDATE"]


def test_the_next_thread_has_its_turn_whatever_becomes_of_a_transaction(other: Other) -> None:
    with pytest.raises(ZeroDivisionError):
        fail()
    other.run(write)

    with transaction.atomic(), pytest.raises(ZeroDivisionError):
        fail()  # in a savepoint
    other.run(write)

    with transaction.atomic():
        connection.close()
    other.run(write)

    with connection.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="within a transaction"):
        write()
    connection.rollback()
    other.run(write)
    write()


def test_a_thread_does_not_wait_for_ever(other: Other, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.01)
    free, held = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            held.set()
            free.wait(30)

    holding = other.begin(hold)
    assert held.wait(30)
    with pytest.raises(OperationalError, match="locked"):
        write()
    free.set()
    holding.result(30)
    write()
