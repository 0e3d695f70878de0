"""The log's statements: how one batch is read and written, on SQLite and on PostgreSQL.

These statements are SQL and not the ORM since the ORM's `bulk_create` reached 15,000 messages a second
where `executemany` reached 38,000 (SQLite) and `unnest` 28,000 (PostgreSQL, against 6,000); and since
building one ORM query takes longer than all the statements that commit one message. On SQLite they go to the
driver's own connection, since Django's cursors take as long again.
"""

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.functions import Now

from chat.events import MOST_REPLIES, Logged, Message
from chat.log.bans import load_room_bans, load_site_bans
from chat.log.blocks import read_blockers
from chat.log.drafts import Columns, NonceKey
from chat.log.kinds import STORED
from chat.log.room_state import ActiveMute, RoomState
from chat.models import Event, Mute, Room
from chat.words import fold_text

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
    "words",
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
    "text",
)
_STEPS = 100_000  # of SQLite's machine, until it is asked whether to go on
_NAMES = ", ".join(COLUMNS)
_INSERT_SQLITE = f"INSERT INTO chat_event ({_NAMES}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
_STATE = (
    "SELECT id, last_seq, deleted_at, retention_days, low_id, high_id, locked, mutes, bans, slow_seconds,"
    " accounts_only, approve_first, holds, rules_version, filters, (SELECT filters FROM chat_epoch),"
    " (SELECT bans FROM chat_epoch) FROM chat_room WHERE id"
)
_LOCK_SQLITE = f"{_STATE} IN (SELECT value FROM json_each(?))"  # noqa: S608
_LOCK_POSTGRES = f"{_STATE} = ANY(%s) ORDER BY id FOR UPDATE"
# CROSS JOIN makes SQLite start from the given pairs. Otherwise it looks into the index for every sender with
# every nonce.
_BEARING_SQLITE = (
    "SELECT chat_event.id FROM json_each(?) AS pair CROSS JOIN chat_event"
    " ON sender_id = json_extract(pair.value, '$[0]') AND nonce = json_extract(pair.value, '$[1]')"
    " AND nonce IS NOT NULL"
)
_BEARING_POSTGRES = (
    "SELECT chat_event.id FROM unnest(%s::bigint[], %s::text[]) AS pair(sender, name) JOIN chat_event"
    " ON sender_id = pair.sender AND nonce = pair.name AND nonce IS NOT NULL"
)
# Of each participant in a room the first message alone; all others cost one look into the index.
_FIRST_SQLITE = (
    "INSERT INTO chat_firstmessage (room_id, participant_id, seq) VALUES (?, ?, ?)"
    " ON CONFLICT (room_id, participant_id) DO NOTHING"
)
_FIRST_POSTGRES = (  # without NOT EXISTS, each message would use up a number of the sequence
    "INSERT INTO chat_firstmessage (room_id, participant_id, seq)"
    " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS f(room, who, seq)"
    " WHERE NOT EXISTS (SELECT 1 FROM chat_firstmessage WHERE room_id = f.room AND participant_id = f.who)"
    " ON CONFLICT (room_id, participant_id) DO NOTHING"
)
_RAISE_SQLITE = "UPDATE chat_room SET last_seq = ? WHERE id = ?"
# One statement: each way to PostgreSQL and back takes as long as all that it does there for a message.
_WRITE_POSTGRES = (
    "WITH raised AS (UPDATE chat_room SET last_seq = d.seq"  # noqa: S608
    " FROM unnest(%s::bigint[], %s::bigint[]) AS d(seq, id) WHERE chat_room.id = d.id),"
    f" first AS ({_FIRST_POSTGRES})"
    f" INSERT INTO chat_event ({_NAMES})"
    f" SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in _TYPES)})"
)

# For each message the index of replies is entered once, and left as soon as there are enough.
_REPLIES = (
    "SELECT asked.target, (SELECT count(*) FROM (SELECT 1 FROM chat_event{index} WHERE room_id = %s"
    " AND kind = 'message' AND target = asked.target AND seq <= %s LIMIT {most}) AS r) FROM {asked}"
)
_REPLIES_SQLITE = _REPLIES.format(
    index=" INDEXED BY event_replies",
    most=MOST_REPLIES,
    asked="(SELECT value AS target FROM json_each(%s)) AS asked",
)
_REPLIES_POSTGRES = _REPLIES.format(
    index="", most=MOST_REPLIES, asked="unnest(%s::bigint[]) AS asked(target)"
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
        with _bound_cursor(db) as cursor:
            cursor.execute(_LOCK_POSTGRES, [wanted])
            rows = cursor.fetchall()
    else:  # the transaction is IMMEDIATE: it holds the one lock that SQLite has
        with db.wrap_database_errors:
            rows = db.connection.execute(_LOCK_SQLITE, [json.dumps(wanted)]).fetchall()
    states = {}
    for room, last_seq, deleted_at, days, low, high, *limits in rows:
        pair = None if low is None else (low, high)
        states[room] = state = RoomState(room, last_seq, False, deleted_at is not None, days != 0, pair)
        if any(limits):  # most rooms have none
            locked, _, _, state.slow_seconds, accounts_only, approve_first, holds, *others = limits
            state.locked, state.accounts_only = bool(locked), bool(accounts_only)
            state.approve_first, state.holds = bool(approve_first), bool(holds)
            state.rules_version, own, site, _ = others
            state.filters = (own, site or "") if own or site else None
            state.guarded = True
    if muting := [row[0] for row in rows if row[7]]:
        mutes = Mute.objects.filter(room__in=muting)
        for room, key, *others in mutes.values_list("room", "name_key", "participant", "until", "rank"):
            mute = ActiveMute(key, *others)
            states[room].mutes[key, mute.participant] = mute
    if rows and (version := rows[0][-1]) and (of_server := load_site_bans(version)):
        for state in states.values():
            state.bans = (of_server,)
    if banning := [row[0] for row in rows if row[8]]:
        for room, own in load_room_bans(banning).items():
            states[room].bans = (own, *states[room].bans)
    if pairs := {state.room: state.pair for state in states.values() if state.pair is not None}:
        for room, blockers in read_blockers(pairs).items():
            states[room].blockers, states[room].guarded = blockers, True
    return states


def _bound_cursor(db: Any) -> CursorWrapper:
    """A cursor of PostgreSQL that sends parameters beside the statement, as Django's do only on demand.

    In the text of the statement PostgreSQL would have to parse them: that took a third to a half of a commit.
    """
    make: Callable[[Any], CursorWrapper] = db.make_debug_cursor if db.queries_logged else db.make_cursor
    return make(psycopg.Cursor(db.connection))


def count_replies(room: int, targets: Sequence[int], seq: int) -> dict[int, int]:
    """How many messages up to `seq` reply to each of these that has any, MOST_REPLIES at most."""
    if not targets:
        return {}
    db = connections[DEFAULT_DB_ALIAS]
    with db.cursor() as cursor:
        if db.vendor == "postgresql":
            cursor.execute(_REPLIES_POSTGRES, [room, seq, list(targets)])
        else:
            cursor.execute(_REPLIES_SQLITE, [room, seq, json.dumps(list(targets))])
        return {target: count for target, count in cursor.fetchall() if count}


def read_bearing(keys: Collection[NonceKey]) -> Sequence[Event]:
    """The rows that bear one of these nonces."""
    ids = _bearing_nonces(list(set(keys))) if keys else []
    return list(Event.objects.filter(pk__in=ids)) if ids else []


def _bearing_nonces(wanted: Sequence[NonceKey]) -> list[int]:
    """The ids of events with one of these pairs: one look into the index for each, and seldom a row."""
    db = connections[DEFAULT_DB_ALIAS]
    if db.vendor == "postgresql":
        with _bound_cursor(db) as cursor:
            cursor.execute(_BEARING_POSTGRES, [list(column) for column in zip(*wanted, strict=True)])
            return [row[0] for row in cursor.fetchall()]
    with db.wrap_database_errors:
        return [row[0] for row in db.connection.execute(_BEARING_SQLITE, [json.dumps(wanted)])]


def write_events(events: Sequence[Logged], rooms: Collection[RoomState]) -> None:
    """Raise each room's `last_seq` and insert the rows, in bulk. A conversation is marked as active.

    Of each participant in a room the first message is noted: here that of the batch, and if there was none
    before, by the statement.
    """
    if conversations := [state.room for state in rooms if state.pair is not None]:
        Room.objects.filter(pk__in=conversations).update(updated_at=Now())
    raised = [(state.last_seq, state.room) for state in rooms]
    firsts: dict[tuple[int, int], int] = {}
    for event in events:
        if type(event) is Message and (who := event.sender.participant) is not None:
            firsts.setdefault((event.room, who), event.seq)
    starts = [(*first, seq) for first, seq in firsts.items() if first[0] not in conversations]
    db = connections[DEFAULT_DB_ALIAS]
    dates = db.vendor == "postgresql"
    rows = map(partial(to_row, dates=dates), events)  # one at a time: on SQLite they need no memory together
    if db.vendor == "postgresql":
        with _bound_cursor(db) as cursor:
            begun = zip(*starts, strict=True) if starts else ((), (), ())
            columns = (*zip(*raised, strict=True), *begun, *zip(*rows, strict=True))
            cursor.execute(_WRITE_POSTGRES, [list(column) for column in columns])
    else:
        with db.wrap_database_errors:
            db.connection.executemany(_RAISE_SQLITE, raised)
            db.connection.executemany(_INSERT_SQLITE, rows)
            db.connection.executemany(_FIRST_SQLITE, starts)


def to_row(event: Logged, *, dates: bool) -> tuple[int, int, str, Any, *Columns, str]:
    """The event as values of `COLUMNS`; without `dates` the database keeps times as text."""
    name, to_columns = STORED[type(event)]
    at = event.at if dates else str(event.at.replace(tzinfo=None))
    words = fold_text(event.text) if type(event) is Message else ""
    return event.room, event.seq, name, at, *to_columns(event), words
