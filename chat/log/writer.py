"""Group commit: one thread, one database connection, one transaction for all that is waiting.

While a batch commits, the next one gathers. Results are handed out only after the commit. Senders take
turns: however much one of them has waiting, the next batch has something of each. `chat.log.log` decides
the order.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from itertools import chain
from typing import Final, Generic, TypeVar

from django.db import DatabaseError, DataError, InterfaceError, OperationalError, connection, transaction
from django.db.utils import IntegrityError

from chat import metrics
from chat.errors import CLIENT_UNAUTHORIZED, UNAVAILABLE, ChatError
from chat.log.gathering import Gathering

Draft = TypeVar("Draft")
Result = TypeVar("Result")

logger = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 1000
MOST_OF_ONE: Final = 32  # of one sender in a batch, since all others wait for its commit
MOST_WAITING: Final = 20_000
_ATTEMPTS: Final = 3


def refuse_unavailable() -> ChatError:
    """The one error for a database that does not take what it is given."""
    return ChatError(UNAVAILABLE, detail="the database is not responding; try again", retry_after=1.0)


def _refuse_impossible() -> ChatError:
    """The one error for what the database refuses whenever it is tried."""
    return ChatError(CLIENT_UNAUTHORIZED, detail="the user or room no longer exists")


class GroupCommit(Generic[Draft, Result]):
    """Hands drafts to one writer thread.

    `commit` runs inside a transaction and returns a result for each draft; `fail` makes the result of a draft
    that is not stored. `listener` is called in the writer thread after the commit. It must not block.
    `gathers`: in a storm it waits for more after each batch (`chat.log.gathering`), as what is to be written
    is not in a hurry.
    """

    def __init__(
        self,
        name: str,
        commit: Callable[[Sequence[Draft]], Sequence[Result]],
        fail: Callable[[ChatError], Result],
        listener: Callable[[Sequence[Draft], Sequence[Result]], object],
        *,
        gathers: bool = False,
    ) -> None:
        self.name = name
        self._gathering = Gathering() if gathers else None
        self._commit = commit
        self._fail = fail
        self.listener = listener
        self._changed = threading.Condition(threading.Lock())  # holds for what follows
        self._lines: dict[Hashable, deque[Draft]] = {}  # what waits, by sender, in the order of their turns
        self._waiting = 0  # how many drafts are in the lines
        self._thread: threading.Thread | None = None
        self._committed = metrics.COMMITTED.labels(name)
        self._sizes = metrics.BATCH.labels(name)

    def submit(self, draft: Draft, source: Hashable = None) -> None:
        """Queue a draft; callable from any thread. Raises 902 when too many drafts wait for the database.

        `source`: whose it is. What is of the same one stays in order; None: a sender of its own.
        """
        with self._changed:
            if self._waiting >= MOST_WAITING:
                metrics.DROPPED.labels(f"{self.name}_queue_full").inc()
                raise refuse_unavailable()
            key = object() if source is None else source
            if (line := self._lines.get(key)) is None:
                line = self._lines[key] = deque()
            line.append(draft)
            self._waiting += 1
            if self._thread is None:
                self._start_thread()
            if self._waiting == 1:  # else the writer knows
                self._changed.notify()

    def stop(self, timeout: float = 10.0) -> None:
        """Commit what is waiting and end the thread. Seconds."""
        with self._changed:
            thread, self._thread = self._thread, None
            self._changed.notify_all()
        if thread is not None:
            thread.join(timeout)

    def _start_thread(self) -> None:
        self._thread = threading.Thread(target=self._run_batches, name=f"{self.name}-writer", daemon=True)
        self._thread.start()

    def _run_batches(self) -> None:
        try:
            while batch := self._gather_batch():
                if self._gathering is None:
                    self._write_batch(batch)
                else:
                    with self._gathering.answering(len(batch)):
                        self._write_batch(batch)
        finally:
            connection.close()

    def _gather_batch(self) -> list[Draft]:
        """Wait for a draft, then take one of each sender, another of each, and so on. Empty after `stop`."""
        batch: list[Draft] = []
        with self._changed:
            while not self._waiting and self._thread is threading.current_thread():
                self._changed.wait()
            if self._gathering is not None:
                while (wait := self._gathering.read_wait()) and self._thread is threading.current_thread():
                    self._changed.wait(wait)
            for _ in range(MOST_OF_ONE):
                # A sender goes to the end of the lines, so that those without a turn now are the next.
                for source in list(self._lines)[: MOST_AT_ONCE - len(batch)]:
                    line = self._lines.pop(source)
                    batch.append(line.popleft())
                    if line:
                        self._lines[source] = line
                if not self._lines or len(batch) == MOST_AT_ONCE:
                    break
            self._waiting -= len(batch)
        return batch

    def _write_batch(self, batch: list[Draft]) -> None:
        try:
            results = self._commit_in_transaction(batch)
            self._committed.inc(len(batch))
            self._sizes.observe(len(batch))
        except (IntegrityError, DataError) as error:
            if len(batch) > 1:  # one entry is at fault: the others are committed without it
                for draft in batch:
                    self._write_batch([draft])
                return
            logger.warning("%s: an entry cannot be stored: %s", self.name, error)
            results = [self._fail(_refuse_impossible())] * len(batch)
        except Exception as error:
            metrics.FAILED_COMMITS.labels(self.name).inc()
            known = isinstance(error, DatabaseError | InterfaceError)
            if isinstance(error, OperationalError | InterfaceError):
                with self._changed:  # else each later batch would wait for the same timeout again
                    batch += chain(*self._lines.values())
                    self._lines.clear()
                    self._waiting = 0
            logger.error("%s: %d entries not stored: %s", self.name, len(batch), error, exc_info=not known)
            connection.close()
            results = [self._fail(refuse_unavailable())] * len(batch)
        try:
            self.listener(batch, results)
        except Exception:
            logger.exception("%s: after the commit", self.name)

    def _commit_in_transaction(self, batch: list[Draft]) -> Sequence[Result]:
        """Commit; again if another process was first with one of the unique values: then it is found."""
        for attempt in range(_ATTEMPTS):
            try:
                # Durable: the results are handed out after this block, so no outer transaction may undo it.
                with transaction.atomic(durable=True):
                    return self._commit(batch)
            except IntegrityError:
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")
