"""The log's statements: how one batch is read and written, on SQLite and on PostgreSQL.

These statements are SQL and not the ORM since the ORM's `bulk_create` reached 15,000 messages a second
where `executemany` reached 38,000 (SQLite) and `unnest` 28,000 (PostgreSQL, against 6,000); and since
building one ORM query takes longer than all the statements that commit one message. On SQLite they go to the
driver's own connection, since Django's cursors take as long again.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import F
from django.db.utils import IntegrityError

from chat import rules
from chat.errors import INVALID_CONTENT, ChatError
from chat.events import Erased, Logged, Message, RoomChanged, RoomDeleted, Sender
from chat.log.batch import (
    Change,
    Delete,
    Draft,
    Effect,
    Erase,
    NonceKey,
    RoomFacts,
    RoomState,
    no_such_message,
)
from chat.models import Event, Room

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
_NAMES = ", ".join(COLUMNS)
_INSERT_SQLITE = f"INSERT INTO chat_event ({_NAMES}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
_INSERT_POSTGRES = (
    f"INSERT INTO chat_event ({_NAMES}) SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in _TYPES)})"  # noqa: S608
)
_STATE = "SELECT id, last_seq, locked, deleted_at, retention_days FROM chat_room WHERE id"
_LOCK_SQLITE = f"{_STATE} IN (SELECT value FROM json_each(?))"  # noqa: S608
_LOCK_POSTGRES = f"{_STATE} = ANY(%s) ORDER BY id FOR UPDATE"
_RAISE_SQLITE = "UPDATE chat_room SET last_seq = ? WHERE id = ?"
_RAISE_POSTGRES = (
    "UPDATE chat_room SET last_seq = d.seq FROM unnest(%s::bigint[], %s::bigint[]) AS d(seq, id)"
    " WHERE chat_room.id = d.id"
)


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
    return {
        room: RoomState(room, last_seq, bool(locked), deleted_at is not None, keeps=days != 0)
        for room, last_seq, locked, deleted_at, days in rows
    }


def said_before(keys: Iterable[NonceKey]) -> dict[NonceKey, Message]:
    """Messages that bear one of these nonces already."""
    wanted = set(keys)
    if not wanted:
        return {}
    rows = Event.objects.filter(
        sender_id__in={sender for sender, _ in wanted}, nonce__in={nonce for _, nonce in wanted}
    )
    found = {(row.sender_id, row.nonce): read(row) for row in rows}
    return {key: event for key, event in found.items() if key in wanted and isinstance(event, Message)}


def apply(draft: Draft, state: RoomState | None) -> Effect:
    """Do what a draft does besides its row in the log. A message does nothing."""
    if state is None or state.deleted:
        return None
    if isinstance(draft, Erase):
        return _erase(draft)
    if isinstance(draft, Delete):
        Room.objects.filter(pk=draft.room).update(deleted_at=draft.at, updated_at=draft.at)
    if isinstance(draft, Change):
        return _change(draft)
    return None


def _erase(draft: Erase) -> Effect:
    target = Event.objects.latest_messages(draft.room).filter(seq=draft.target)
    return None if target.update(text="", erased_at=draft.at) else no_such_message()


def _change(draft: Change) -> Effect:
    values: dict[str, Any] = draft.values | {"updated_at": draft.at}
    if draft.bump:
        values["generation"] = F("generation") + 1
    try:
        with transaction.atomic():
            Room.objects.filter(pk=draft.room).update(**values)
    except IntegrityError as error:
        if "title" in str(error):
            return rules.duplicate_title()
        return ChatError(
            INVALID_CONTENT, field="visibility", detail="the room was changed by somebody else meanwhile"
        )
    fields = Room.objects.values_list("title", "description", "visibility", "locked", "generation")
    return RoomFacts(*fields.get(pk=draft.room))


def write(events: Sequence[Logged], rooms: Iterable[RoomState]) -> None:
    """Raise each room's `last_seq` and insert the rows, in bulk."""
    raised = [(state.last_seq, state.room) for state in rooms]
    db = connections[DEFAULT_DB_ALIAS]
    rows = [_row(event, dates=db.vendor == "postgresql") for event in events]
    if db.vendor == "postgresql":
        with db.cursor() as cursor:
            cursor.execute(_RAISE_POSTGRES, [list(column) for column in zip(*raised, strict=True)])
            cursor.execute(_INSERT_POSTGRES, [list(column) for column in zip(*rows, strict=True)])
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
        return (
            *head,
            "message",
            at,
            who.participant,
            who.name,
            who.color,
            event.nonce,
            event.text,
            None,
            None,
        )
    if isinstance(event, Erased):
        return (*head, "erased", at, None, "", "", None, "", event.target, None)
    if isinstance(event, RoomDeleted):
        return (*head, "room_deleted", at, None, "", "", None, "", None, None)
    facts = RoomFacts(event.title, event.description, event.visibility, event.locked, event.generation)
    return (*head, "room_changed", at, None, "", "", None, "", None, msgspec.json.encode(facts).decode())


def read(row: Event) -> Logged:
    """The event that a row holds."""
    at: datetime = row.created_at.astimezone(UTC)
    if row.kind == Event.Kind.MESSAGE:
        sender, erased = Sender(row.name, row.color, row.sender_id), row.erased_at is not None
        return Message(row.room_id, row.seq, at, sender, row.text, row.nonce, erased)
    if row.kind == Event.Kind.ERASED:
        return Erased(row.room_id, row.seq, at, row.target or 0)
    if row.kind == Event.Kind.ROOM_DELETED:
        return RoomDeleted(row.room_id, row.seq, at)
    return RoomChanged(row.room_id, row.seq, at, **(row.data or {}))
