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
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models.functions import Now

from chat.events import (
    Edited,
    Erased,
    Logged,
    Message,
    Muted,
    Pinned,
    Reacted,
    RoomChanged,
    RoomDeleted,
    Sender,
)
from chat.log.batch import RoomFacts, RoomState, Said, Silence
from chat.log.drafts import NonceKey
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
)
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
            cursor.execute(f"SET LOCAL statement_timeout = {round(1000 * seconds)}")
            yield
        return
    db.ensure_connection()
    deadline = time.monotonic() + seconds
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
            silence = Silence(mute.name_key, mute.participant_id, mute.until)
            states[mute.room_id].silences[mute.name_key] = silence
    return states


def said_before(keys: Iterable[NonceKey]) -> dict[NonceKey, Said]:
    """Messages that bear one of these nonces already."""
    wanted = list(set(keys))
    ids = _bearing(wanted) if wanted else []
    found: dict[NonceKey, Said] = {}
    for row in Event.objects.filter(pk__in=ids) if ids else ():
        if isinstance(event := read(row), Message):
            found[row.sender_id or 0, row.nonce or ""] = Said(event, (row.data or {}).get("said"))
    return found


def _bearing(wanted: Sequence[NonceKey]) -> list[int]:
    """The ids of events with one of these pairs: one look into the index for each, and seldom a row."""
    db = connections[DEFAULT_DB_ALIAS]
    if db.vendor == "postgresql":
        with db.cursor() as cursor:
            cursor.execute(_BEARING_POSTGRES, [list(column) for column in zip(*wanted, strict=True)])
            return [row[0] for row in cursor.fetchall()]
    with db.wrap_database_errors:
        return [row[0] for row in db.connection.execute(_BEARING_SQLITE, [json.dumps(wanted)])]


def write(events: Sequence[Logged], rooms: Collection[RoomState]) -> None:
    """Raise each room's `last_seq` and insert the rows, in bulk. A conversation is marked as active."""
    if conversations := [state.room for state in rooms if state.pair is not None]:
        Room.objects.filter(pk__in=conversations).update(updated_at=Now())
    raised = [(state.last_seq, state.room) for state in rooms]
    db = connections[DEFAULT_DB_ALIAS]
    rows = [_row(event, dates=db.vendor == "postgresql") for event in events]
    if db.vendor == "postgresql":
        with db.cursor() as cursor:
            columns = (*zip(*raised, strict=True), *zip(*rows, strict=True))
            cursor.execute(_WRITE_POSTGRES, [list(column) for column in columns])
    else:
        with db.wrap_database_errors:
            db.connection.executemany(_RAISE_SQLITE, raised)
            db.connection.executemany(_INSERT_SQLITE, rows)


def _row(event: Logged, *, dates: bool) -> tuple[Any, ...]:
    """The event as values of `COLUMNS`; without `dates` the database keeps times as text."""
    at: Any = event.at if dates else str(event.at.replace(tzinfo=None))
    head = (event.room, event.seq)
    if isinstance(event, Message):
        who = event.sender
        said = (who.participant, who.name, who.color, event.nonce, event.text, event.reply_to, None)
        return (*head, "message", at, *said)
    if isinstance(event, Edited):
        return (*head, "edited", at, None, "", "", None, event.text, event.target, None)
    if isinstance(event, Erased):
        return (*head, "erased", at, None, "", "", None, "", event.target, None)
    if isinstance(event, Reacted):
        who = event.who
        what = json.dumps({"emoji": event.emoji, "on": event.on})
        return (*head, "reacted", at, who.participant, who.name, who.color, None, "", event.target, what)
    if isinstance(event, Pinned):
        who = event.who
        what = json.dumps({"on": event.on})
        return (*head, "pinned", at, who.participant, who.name, who.color, None, "", event.target, what)
    if isinstance(event, Muted):
        what = msgspec.json.encode({"until": event.until, "on": event.on}).decode()
        return (*head, "muted", at, None, event.name, "", None, "", None, what)
    if isinstance(event, RoomDeleted):
        return (*head, "room_deleted", at, None, "", "", None, "", None, None)
    facts = RoomFacts(event.title, event.description, event.visibility, event.locked, event.generation)
    return (*head, "room_changed", at, None, "", "", None, "", None, msgspec.json.encode(facts).decode())


def read(row: Event) -> Logged:
    """The event that a row holds."""
    at: datetime = row.created_at.astimezone(UTC)
    head, who, target = (
        (row.room_id, row.seq, at),
        Sender(row.name, row.color, row.sender_id),
        row.target or 0,
    )
    data: dict[str, Any] = row.data or {}
    if row.kind == Event.Kind.MESSAGE:
        edited = None if row.edited_at is None else row.edited_at.astimezone(UTC)
        return Message(*head, who, row.text, row.nonce, row.erased_at is not None, row.target, edited)
    if row.kind == Event.Kind.EDITED:
        return Edited(*head, target, row.text)
    if row.kind == Event.Kind.ERASED:
        return Erased(*head, target)
    if row.kind == Event.Kind.REACTED:
        return Reacted(*head, target, who, data["emoji"], data["on"])
    if row.kind == Event.Kind.PINNED:
        return Pinned(*head, target, who, data["on"])
    if row.kind == Event.Kind.MUTED:
        until = data["until"] and datetime.fromisoformat(data["until"])
        return Muted(*head, row.name, until, data["on"])
    if row.kind == Event.Kind.ROOM_DELETED:
        return RoomDeleted(*head)
    return RoomChanged(*head, **data)
