"""The log's statements: how one batch is read and written, on SQLite and on PostgreSQL.

These statements are SQL and not the ORM since the ORM's `bulk_create` reached 15,000 messages a second
where `executemany` reached 38,000 (SQLite) and `unnest` 28,000 (PostgreSQL, against 6,000); and since
building one ORM query takes longer than all the statements that commit one message. On SQLite they go to the
driver's own connection, since Django's cursors take as long again.
"""

import json
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models.functions import Now

from chat.events import Logged
from chat.log.drafts import NonceKey
from chat.log.kinds import to_row
from chat.log.room_state import ActiveMute, RoomState
from chat.models import Event, Mute, Room

COLUMNS = (
    "room_id",
    "seq",
    "kind",
    "created_at",
    "sender_id",
    "name",
    "color",
    "nonce",
    "text",
    "target",
    "data",
)  # as `kinds.to_row` gives them
_TYPES = (
    "bigint",
    "bigint",
    "text",
    "timestamptz",
    "bigint",
    "text",
    "text",
    "text",
    "text",
    "bigint",
    "jsonb",
)
_STEPS = 100_000  # of SQLite's machine, until it is asked whether to go on
_NAMES = ", ".join(COLUMNS)
_INSERT_SQLITE = f"INSERT INTO chat_event ({_NAMES}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
_STATE = (
    "SELECT id, last_seq, locked, deleted_at, retention_days, low_id, high_id, mutes FROM chat_room WHERE id"
)
_LOCK_SQLITE = f"{_STATE} IN (SELECT value FROM json_each(?))"  # noqa: S608
_LOCK_POSTGRES = f"{_STATE} = ANY(%s) ORDER BY id FOR UPDATE"
# CROSS JOIN: SQLite shall begin with the pairs. Asked for all senders and all nonces, it would look into the
# index for each of the one with each of the other.
_BEARING_SQLITE = (
    "SELECT chat_event.id FROM json_each(?) AS pair CROSS JOIN chat_event"
    " ON sender_id = json_extract(pair.value, '$[0]') AND nonce = json_extract(pair.value, '$[1]')"
    " AND nonce IS NOT NULL"
)
_BEARING_POSTGRES = (
    "SELECT chat_event.id FROM unnest(%s::bigint[], %s::text[]) AS pair(sender, name) JOIN chat_event"
    " ON sender_id = pair.sender AND nonce = pair.name AND nonce IS NOT NULL"
)
_RAISE_SQLITE = "UPDATE chat_room SET last_seq = ? WHERE id = ?"
# One statement: each way to PostgreSQL and back takes as long as all that it does there for a message.
_WRITE_POSTGRES = (
    "WITH raised AS (UPDATE chat_room SET last_seq = d.seq"  # noqa: S608
    " FROM unnest(%s::bigint[], %s::bigint[]) AS d(seq, id) WHERE chat_room.id = d.id)"
    f" INSERT INTO chat_event ({_NAMES})"
    f" SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in _TYPES)})"
)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Have the database give up what takes longer, with an OperationalError."""
    db = connections[DEFAULT_DB_ALIAS]
    if db.vendor == "postgresql":
        with transaction.atomic(), db.cursor() as cursor:
            # LOCAL, as the pool hands the connection on: the limit ends with this transaction.
            cursor.execute(f"SET LOCAL statement_timeout = {round(1000 * seconds)}")
            yield
        return
    db.ensure_connection()
    deadline = time.monotonic() + seconds
    # SQLite has no time limit for statements: it asks this handler every _STEPS instructions.
    db.connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        yield
    finally:
        db.connection.set_progress_handler(None, _STEPS)


def lock_rooms(ids: Iterable[int]) -> dict[int, RoomState]:
    """The rooms' states; rows locked until the commit, in id order, so that no two processes deadlock."""
    wanted = sorted(set(ids))
    db = connections[DEFAULT_DB_ALIAS]
    if db.vendor == "postgresql":
        with db.cursor() as cursor:
            cursor.execute(_LOCK_POSTGRES, [wanted])
            rows = cursor.fetchall()
    else:  # the transaction is IMMEDIATE: it holds the one lock that SQLite has
        with db.wrap_database_errors:
            rows = db.connection.execute(_LOCK_SQLITE, [json.dumps(wanted)]).fetchall()
    states = {
        room: RoomState(
            room,
            last_seq,
            bool(locked),
            deleted_at is not None,
            days != 0,
            None if low is None else (low, high),
        )
        for room, last_seq, locked, deleted_at, days, low, high, _ in rows
    }
    if muting := [row[0] for row in rows if row[-1]]:
        for mute in Mute.objects.filter(room__in=muting):
            active = ActiveMute(mute.name_key, mute.participant_id, mute.until)
            states[mute.room_id].mutes[mute.name_key] = active
    return states


def read_bearing(keys: Collection[NonceKey]) -> Sequence[Event]:
    """The rows that bear one of these nonces."""
    ids = _bearing_nonces(list(set(keys))) if keys else []
    return list(Event.objects.filter(pk__in=ids)) if ids else []


def _bearing_nonces(wanted: Sequence[NonceKey]) -> list[int]:
    """The ids of events with one of these pairs: one look into the index for each, and seldom a row."""
    db = connections[DEFAULT_DB_ALIAS]
    if db.vendor == "postgresql":
        with db.cursor() as cursor:
            cursor.execute(_BEARING_POSTGRES, [list(column) for column in zip(*wanted, strict=True)])
            return [row[0] for row in cursor.fetchall()]
    with db.wrap_database_errors:
        return [row[0] for row in db.connection.execute(_BEARING_SQLITE, [json.dumps(wanted)])]


def write_events(events: Sequence[Logged], rooms: Collection[RoomState]) -> None:
    """Raise each room's `last_seq` and insert the rows, in bulk. A conversation is marked as active."""
    if conversations := [state.room for state in rooms if state.pair is not None]:
        Room.objects.filter(pk__in=conversations).update(updated_at=Now())
    raised = [(state.last_seq, state.room) for state in rooms]
    db = connections[DEFAULT_DB_ALIAS]
    dates = db.vendor == "postgresql"
    rows = [to_row(event, dates=dates) for event in events]
    if db.vendor == "postgresql":
        with db.cursor() as cursor:
            columns = (*zip(*raised, strict=True), *zip(*rows, strict=True))
            cursor.execute(_WRITE_POSTGRES, [list(column) for column in columns])
    else:
        with db.wrap_database_errors:
            db.connection.executemany(_RAISE_SQLITE, raised)
            db.connection.executemany(_INSERT_SQLITE, rows)
