"""Read markers: how far a participant has read in a room, or got; and how much follows. Blocking."""

import json
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from django.db import connection

from chat.models import ReadMark, Room

MOST_UNREAD: Final = 100  # messages are counted no further

# One statement, since two connections of one person may say it at once, and a mark never moves back.
_MOVE = (
    "INSERT INTO chat_readmark (participant_id, room_id, seq) VALUES (%s, %s, %s)"
    " ON CONFLICT (participant_id, room_id)"
    " DO UPDATE SET seq = excluded.seq WHERE excluded.seq > chat_readmark.seq"
)

_DELIVER = (
    "INSERT INTO chat_readmark (participant_id, room_id, delivered) VALUES (%s, %s, %s)"
    " ON CONFLICT (participant_id, room_id)"
    " DO UPDATE SET delivered = excluded.delivered WHERE excluded.delivered > chat_readmark.delivered"
)

_BEGIN = (
    "INSERT INTO chat_readmark (participant_id, room_id, seq)"
    " SELECT %s, id, last_seq FROM chat_room WHERE id IN ({rooms}) AND last_seq > 0"
    " ON CONFLICT (participant_id, room_id) DO NOTHING"
)

# For each question the index of messages (`event_messages`) is entered once; it is left as soon as there are
# enough. Other events are not in it, however many there are.
_COUNT: Final = (
    "SELECT (SELECT count(*) FROM (SELECT 1 FROM chat_event{index} WHERE room_id = {room}"
    " AND seq > {after} AND seq <= {upto} AND kind = 'message' AND erased_at IS NULL"
    " AND (sender_id IS NULL OR sender_id <> {participant}) LIMIT %s) AS unread) FROM {asked}"
)
_FIELDS: Final = ("participant", "room", "after", "upto")
_COUNT_POSTGRES: Final = _COUNT.format(
    index="",
    **{field: f"asked.{field}" for field in _FIELDS},
    asked="unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"
    f" WITH ORDINALITY AS asked({', '.join(_FIELDS)}, place) ORDER BY place",
)
_COUNT_SQLITE: Final = _COUNT.format(  # which would take the index of all events
    index=" INDEXED BY event_messages",
    **{field: f"json_extract(asked.value, '$[{place}]')" for place, field in enumerate(_FIELDS)},
    asked="json_each(%s) AS asked ORDER BY asked.key",
)


class Span(NamedTuple):
    """What a participant has not read of a room: the events after `after`, as far as `upto`."""

    participant: int
    room: int
    after: int
    upto: int


class Moved(NamedTuple):
    """Where a marker is now, and how many messages of others follow it as of a seq of the room."""

    mark: int
    unread: int
    as_of: int


class Reading(NamedTuple):
    """How far a participant has read, and how many messages of others follow."""

    mark: int
    unread: int


def begin_marks(participant: int, rooms: Sequence[int]) -> None:
    """Set the marks of a participant to the end of the rooms in which they have none: nothing is unread.

    A room without messages needs none yet.
    """
    if rooms:
        with connection.cursor() as cursor:
            cursor.execute(_BEGIN.format(rooms=", ".join(["%s"] * len(rooms))), [participant, *rooms])


def move_mark(participant: int, room: int, seq: int) -> Moved | None:
    """Move the mark forward, at most to the end of the log. None if it stays."""
    last = Room.objects.values_list("last_seq", flat=True).get(pk=room)
    upto = min(seq, last)
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [participant, room, upto])
        if not cursor.rowcount:
            return None
    (count,) = count_in_spans([Span(participant, room, upto, last)])
    return Moved(upto, count, last)


def note_delivered(participant: int, got: Mapping[int, int]) -> None:
    """Note how far a connection of theirs has got in each room, by number."""
    with connection.cursor() as cursor:
        for room, seq in sorted(got.items()):
            cursor.execute(_DELIVER, [participant, room, seq])


def read_marks(asked: Sequence[tuple[int, int, int]]) -> list[Reading]:
    """How far each participant has read in a room that has come to a seq, all by number."""
    marks = ReadMark.objects.filter(
        participant__in={participant for participant, _, _ in asked}, room__in={room for _, room, _ in asked}
    )
    read = {
        (participant, room): seq for participant, room, seq in marks.values_list("participant", "room", "seq")
    }
    spans = [Span(who, room, read.get((who, room), 0), upto) for who, room, upto in asked]
    return [Reading(span.after, count) for span, count in zip(spans, count_in_spans(spans), strict=True)]


def count_unread(participant: int, seqs: Mapping[int, int]) -> dict[int, int]:
    """How many messages of others a participant has not read in rooms that have come to these seqs."""
    readings = read_marks([(participant, room, seq) for room, seq in seqs.items()])
    return {room: reading.unread for room, reading in zip(seqs, readings, strict=True)}


def count_in_spans(spans: Sequence[Span]) -> list[int]:
    """How many messages of others stand in each span: MOST_UNREAD at most, all counted in one statement."""
    counts = iter(_query_counts([span for span in spans if span.after < span.upto]))
    return [next(counts) if span.after < span.upto else 0 for span in spans]


def _query_counts(spans: Sequence[Span]) -> list[int]:
    if not spans:
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns = [list(column) for column in zip(*spans, strict=True)]
            cursor.execute(_COUNT_POSTGRES, [MOST_UNREAD, *columns])
        else:
            cursor.execute(_COUNT_SQLITE, [MOST_UNREAD, json.dumps(spans)])
        return [row[0] for row in cursor.fetchall()]
