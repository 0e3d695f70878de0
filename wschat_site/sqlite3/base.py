"""SQLite allows one writer at a time. The threads of this process queue for it at a lock.

A writer that finds SQLite busy tries again after 1, 2, 5, 10 ms and so on: a message that met the write of
a name waited for 8 ms, although that write took one. A lock wakes the next thread at once.
"""

import threading
from collections import defaultdict
from typing import Any, Final

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

_turns: Final[defaultdict[str, threading.Lock]] = defaultdict(threading.Lock)  # by the file of the database


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that waits for its turn before it begins a transaction.

    Raises OperationalError after the timeout of SQLite.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn: threading.Lock | None = None  # while this connection has it

    def set_autocommit(
        self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False
    ) -> None:
        """Wait for a turn before a transaction begins."""
        if not autocommit and self._turn is None:
            turn = _turns[str(self.settings_dict["NAME"])]
            if not turn.acquire(timeout=self.settings_dict["OPTIONS"].get("timeout", 5)):
                raise OperationalError("database is locked")
            self._turn = turn
        try:
            super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        except BaseException:
            self._end_turn()
            raise

    def commit(self) -> None:
        """Commit; if that fails, a rollback follows."""
        super().commit()
        self._end_turn()

    def rollback(self) -> None:
        """Roll back."""
        try:
            super().rollback()
        finally:
            self._end_turn()

    def close(self) -> None:
        """Close, maybe in the middle of a transaction."""
        try:
            super().close()
        finally:
            self._end_turn()

    def _end_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.release()
