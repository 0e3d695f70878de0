"""After each test of `whole_db`, the database is again as the migrations left it.

Django empties all tables and saves the rows of the migrations one by one: on PostgreSQL that takes longer
than most tests. Here only what a test changed is put back.
"""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.test import TransactionTestCase

Rows = list[tuple[Any, ...]]


class Snapshot:
    """The rows of all tables."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
            self._rows = {table: _read(cursor, table) for table in tables}

    def restore(self) -> None:
        """Put back what has changed. Foreign keys are checked at the end of the transaction."""
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in self._rows.items():
                if (present := _read(cursor, table)) == rows:
                    continue
                if present:
                    cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 (a table of ours)
                if rows:
                    fields = ", ".join(["%s"] * len(rows[0]))
                    cursor.executemany(f'INSERT INTO "{table}" VALUES ({fields})', rows)  # noqa: S608
        ContentType.objects.clear_cache()


def _read(cursor: CursorWrapper, table: str) -> Rows:
    cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')  # noqa: S608
    return cursor.fetchall()


_snapshot: Snapshot | None = None  # taken before the first test that may change the database


def _take_snapshot(_: type[TransactionTestCase]) -> None:
    global _snapshot
    _snapshot = _snapshot or Snapshot()


def _restore(_: TransactionTestCase) -> None:
    assert _snapshot is not None
    _snapshot.restore()


TransactionTestCase._fixture_setup = classmethod(_take_snapshot)  # type: ignore[attr-defined]
TransactionTestCase._fixture_teardown = _restore  # type: ignore[attr-defined]
