"""Group commit: one thread, one database connection, one transaction for all that is waiting.

While a batch commits, the next one gathers. Results are handed out only after the commit. Senders take
turns: however much one of them has waiting, the next batch has something of each.
"""

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

from django.db import DatabaseError, DataError, InterfaceError, OperationalError, connection, transaction
from django.db.utils import IntegrityError

from chat import metrics
from chat.errors import CLIENT_UNAUTHORIZED, UNAVAILABLE, ChatError

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


class Turns(Generic[Draft]):
    """What waits, in a line for each sender."""

    def __init__(self) -> None:
        self._lines: dict[Hashable, deque[Draft]] = {}  # in the order of their turns
        self.count = 0

    def add_draft(self, source: Hashable, draft: Draft) -> None:
        """Put a draft at the end of its sender's line."""
        if (line := self._lines.get(source)) is None:
            line = self._lines[source] = deque()
        line.append(draft)
        self.count += 1

    def take_batch(self, most: int, most_of_one: int) -> list[Draft]:
        """Take one draft of each sender, then another of each, and so on. Who did not get a turn is next."""
        taken: list[Draft] = []
        for _ in range(most_of_one):
            for source in list(self._lines)[: most - len(taken)]:
                line = self._lines.pop(source)
                taken.append(line.popleft())
                if line:
                    self._lines[source] = line
            if not self._lines or len(taken) == most:
                break
        self.count -= len(taken)
        return taken


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
        self._waiting: queue.SimpleQueue[tuple[Hashable, Draft] | None] = queue.SimpleQueue()
        self._turns = Turns[Draft]()  # what has been taken from there, but not into a batch; the writer's own
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._committed = metrics.COMMITTED.labels(name)
        self._sizes = metrics.BATCH.labels(name)

    def submit(self, draft: Draft, source: Hashable = None) -> None:
        """Queue a draft; callable from any thread. Raises 902 when too many drafts wait for the database.

        `source`: whose it is. What is of the same one stays in order; None: a sender of its own.
        """
        if self._thread is None:
            self._start_thread()
        if self._waiting.qsize() + self._turns.count >= MOST_WAITING:
            metrics.DROPPED.labels(f"{self.name}_queue_full").inc()
            raise refuse_unavailable()
        self._waiting.put((object() if source is None else source, draft))

    def stop(self, timeout: float = 10.0) -> None:
        """Commit what is waiting and end the thread. Seconds."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join(timeout)

    def _start_thread(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run_batches, name=f"{self.name}-writer", daemon=True
                )
                self._thread.start()

    def _run_batches(self) -> None:
        try:
            while batch := self._gather_batch():
                self._write_batch(batch)
        finally:
            connection.close()

    def _gather_batch(self) -> list[Draft]:
        """Wait for a draft, then take of what is waiting, senders in turn. Empty at the end."""
        if not self._turns.count:
            first = self._waiting.get()
            if first is None:
                return []
            self._turns.add_draft(*first)
        self._line_up()
        return self._turns.take_batch(MOST_AT_ONCE, MOST_OF_ONE)

    def _line_up(self) -> None:
        """Have all that is waiting now stand in the lines of its senders."""
        for _ in range(self._waiting.qsize()):
            entry = self._waiting.get()
            if entry is None:
                self._waiting.put(None)  # the end comes after all of it
                break
            self._turns.add_draft(*entry)

    def _write_batch(self, batch: list[Draft]) -> None:
        results: Sequence[Result] | ChatError
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
            results = _refuse_impossible()
        except Exception as error:
            results = refuse_unavailable()
            metrics.FAILED_COMMITS.labels(self.name).inc()
            known = isinstance(error, DatabaseError | InterfaceError)
            if isinstance(error, OperationalError | InterfaceError):
                self._line_up()  # else each later batch would wait for the same timeout again
                batch += self._turns.take_batch(MOST_WAITING, MOST_WAITING)
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
                # Durable: the results are handed out after this block, so no outer transaction may undo it.
                with transaction.atomic(durable=True):
                    return self._commit(batch)
            except IntegrityError:
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")
