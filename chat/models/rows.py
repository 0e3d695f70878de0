"""Rows that are written without their objects, where the ORM costs more than the statement.

Each of those who come in together has a few rows. Through the ORM one took 40 µs of Python, for which the
event loop waits; SQLite takes 4. To change one took 150 µs, for which SQLite's lock was held.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Model

_TOGETHER: Final = 500  # in one statement: databases have a limit on its values
# How SQLite keeps what it has no type for, as Django does it.
_SQLITE: Final[Mapping[type, Callable[[Any], Any]]] = {
    UUID: lambda value: value.hex,
    datetime: lambda value: str(value.replace(tzinfo=None)),  # all of ours are in UTC
}


def insert_rows(
    model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], ending: str = ""
) -> list[tuple[Any, ...]]:
    """Insert rows with these values of the columns. Returns what the `ending` asks for.

    `ending`: what follows the values in SQL, such as ON CONFLICT or RETURNING.
    """
    return [
        row
        for start in range(0, len(rows), _TOGETHER)
        for row in _insert_part(model, columns, rows[start : start + _TOGETHER], ending)
    ]


def _insert_part(
    model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], ending: str
) -> list[tuple[Any, ...]]:
    places, values = _place_values(rows)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES {places} {ending}",  # noqa: S608
            values,
        )
        return cursor.fetchall() if "RETURNING" in ending else []


def update_rows(model: type[Model], column: str, rows: Sequence[tuple[Any, Any]]) -> None:
    """Give the rows with these ids a new value of a column. Those that are not there are left out."""
    table = model._meta.db_table
    for start in range(0, len(rows), _TOGETHER):
        places, values = _place_values(rows[start : start + _TOGETHER])
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET {column} = given.column2 FROM (VALUES {places}) AS given"  # noqa: S608
                f" WHERE {table}.id = given.column1",
                values,
            )


def _place_values(rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """The places for the values of some rows in a statement, and the values as the database takes them."""
    values = [value for row in rows for value in row]
    if connection.vendor == "sqlite":
        values = [_SQLITE[type(value)](value) if type(value) in _SQLITE else value for value in values]
    return ", ".join([f"({', '.join(['%s'] * len(row))})" for row in rows]), values
