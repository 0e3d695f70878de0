"""Group commit: one thread, one database connection, one transaction for all that is waiting.

While a batch commits, the next one gathers. Only after the commit does anybody hear of it.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from django.db import DatabaseError, DataError, InterfaceError, OperationalError, connection, transaction
from django.db.utils import IntegrityError

from chat import metrics
from chat.errors import CLIENT_UNAUTHORIZED, UNAVAILABLE, ChatError

Draft = TypeVar("Draft")
Result = TypeVar("Result")

logger = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 1000
MOST_WAITING: Final = 20_000
_ATTEMPTS: Final = 3


def unavailable() -> ChatError:
    """The one error for a database that does not take what it is given."""
    return ChatError(UNAVAILABLE, detail="the database does not answer; please try again", retry_after=1.0)


def _impossible() -> ChatError:
    """The one error for what the database refuses whenever it is tried."""
    return ChatError(CLIENT_UNAUTHORIZED, detail="this concerns somebody or something that is gone")


class GroupCommit(Generic[Draft, Result]):
    """Hands drafts to one writer thread.

    `commit` runs inside a transaction and returns the results. `done` is called in the writer
    thread after the commit with the drafts and their results, or with an error for all of them. It must
    not block.
    """

    def __init__(
        self,
        name: str,
        commit: Callable[[Sequence[Draft]], Sequence[Result]],
        done: Callable[[Sequence[Draft], Sequence[Result] | ChatError], None],
    ) -> None:
        self.name = name
        self._commit = commit
        self._done = done
        self._waiting: queue.SimpleQueue[Draft | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._committed = metrics.COMMITTED.labels(name)
        self._sizes = metrics.BATCH.labels(name)

    def submit(self, draft: Draft) -> None:
        """Queue a draft; callable from any thread. Raises 902 when the database is too far behind."""
        if self._thread is None:
            self._start()
        if self._waiting.qsize() >= MOST_WAITING:
            metrics.DROPPED.labels(f"{self.name}_queue_full").inc()
            raise unavailable()
        self._waiting.put(draft)

    def stop(self, timeout: float = 10.0) -> None:
        """Commit what is waiting and end the thread. Seconds."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join(timeout)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"{self.name}-writer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        try:
            while batch := self._gather():
                self._write(batch)
        finally:
            connection.close()

    def _gather(self) -> list[Draft]:
        """Wait for a draft, then take all that is waiting. Empty at the end."""
        first = self._waiting.get()
        return [] if first is None else [first, *self._all_waiting(MOST_AT_ONCE - 1)]

    def _all_waiting(self, most: int) -> list[Draft]:
        """What is waiting now."""
        taken: list[Draft] = []
        while len(taken) < most:
            try:
                draft = self._waiting.get_nowait()
            except queue.Empty:
                break
            if draft is None:
                self._waiting.put(None)
                break
            taken.append(draft)
        return taken

    def _write(self, batch: list[Draft]) -> None:
        results: Sequence[Result] | ChatError
        try:
            results = self._commit_in_transaction(batch)
            self._committed.inc(len(batch))
            self._sizes.observe(len(batch))
        except (IntegrityError, DataError) as error:
            if len(batch) > 1:  # one of them is to blame: the others shall not suffer for it
                for draft in batch:
                    self._write([draft])
                return
            logger.warning("%s: an entry cannot be stored: %s", self.name, error)
            results = _impossible()
        except Exception as error:
            results = unavailable()
            metrics.FAILED_COMMITS.labels(self.name).inc()
            known = isinstance(error, DatabaseError | InterfaceError)
            if isinstance(error, OperationalError | InterfaceError):
                batch += self._all_waiting(
                    MOST_WAITING
                )  # they would wait for the same database as long again
            logger.error("%s: %d entries not stored: %s", self.name, len(batch), error, exc_info=not known)
            connection.close()
        try:
            self._done(batch, results)
        except Exception:
            logger.exception("%s: after the commit", self.name)

    def _commit_in_transaction(self, batch: list[Draft]) -> Sequence[Result]:
        """Commit; again if another process was first with one of the unique values: then it is found."""
        for attempt in range(_ATTEMPTS):
            try:
                with transaction.atomic(durable=True):
                    return self._commit(batch)
            except IntegrityError:
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")
