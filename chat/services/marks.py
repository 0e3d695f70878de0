"""Read marks: how far a participant has read in a room, or got; and how much follows. Blocking."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from django.db import connection

from chat.events import Read
from chat.models import ReadMark, Room
from chat.services.notices import send_notices

MOST_UNREAD: Final = 100  # messages are counted no further
MOST_WALKED: Final = 10_000  # messages after a mark that are looked at: all may be the participant's own

# One statement each, since two connections of one person may say it at once: reading never moves a mark back.
_MOVE = (
    "INSERT INTO chat_readmark (participant_id, room_id, seq) VALUES (%s, %s, %s)"
    " ON CONFLICT (participant_id, room_id)"
    " DO UPDATE SET seq = excluded.seq WHERE excluded.seq > chat_readmark.seq"
)

_MOVE_BACK = "UPDATE chat_readmark SET seq = %s WHERE participant_id = %s AND room_id = %s AND seq > %s"

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
# enough, or after many of the participant's own. Other events are not in it, however many there are.
_COUNT: Final = (
    "SELECT (SELECT count(*) FROM (SELECT 1 FROM (SELECT sender_id FROM chat_event{index}"
    " WHERE room_id = {room} AND seq > {after} AND seq <= {upto} AND kind = 'message' AND erased_at IS NULL"
    " ORDER BY seq LIMIT {walked}) AS walked"
    " WHERE sender_id IS NULL OR sender_id <> {participant} LIMIT {most}) AS unread),"
    " (SELECT count(*) FROM (SELECT 1 FROM chat_mention AS m"
    " JOIN chat_event AS e ON e.room_id = m.room_id AND e.seq = m.seq AND e.erased_at IS NULL"
    " WHERE m.participant_id = {participant} AND m.room_id = {room} AND m.seq > {after} AND m.seq <= {upto}"
    " LIMIT {most}) AS mentioned) FROM {asked}"
)
_FIELDS: Final = ("participant", "room", "after", "upto")
_COUNT_POSTGRES: Final = _COUNT.format(
    index="",
    walked=MOST_WALKED,
    most=MOST_UNREAD,
    **{field: f"asked.{field}" for field in _FIELDS},
    asked="unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"
    f" WITH ORDINALITY AS asked({', '.join(_FIELDS)}, place) ORDER BY place",
)
_COUNT_SQLITE: Final = _COUNT.format(  # which would take the index of all events
    index=" INDEXED BY event_messages",
    walked=MOST_WALKED,
    most=MOST_UNREAD,
    **{field: f"json_extract(asked.value, '$[{place}]')" for place, field in enumerate(_FIELDS)},
    asked="json_each(%s) AS asked ORDER BY asked.key",
)


class Span(NamedTuple):
    """The unread part of a room: the events after `after`, up to `upto`."""

    participant: int
    room: int
    after: int
    upto: int


class Unread(NamedTuple):
    """How many messages of others are unread, and how many of these mention the participant."""

    messages: int = 0
    mentions: int = 0


class Moved(NamedTuple):
    """Where a marker is now, and how many messages of others follow it as of a seq of the room."""

    mark: int
    unread: int
    as_of: int
    mentions: int = 0


class Reading(NamedTuple):
    """A participant's read mark, the messages of others after it, and those of them that mention them."""

    read: int
    unread: int
    mentions: int = 0


def begin_marks(participant: int, rooms: Sequence[int]) -> None:
    """Set the marks of a participant to the end of the rooms in which they have none: nothing is unread.

    A room without messages needs none yet.
    """
    if rooms:
        with connection.cursor() as cursor:
            cursor.execute(_BEGIN.format(rooms=", ".join(["%s"] * len(rooms))), [participant, *rooms])


def move_mark(participant: int, room: int, seq: int, *, back: bool = False) -> Moved | None:
    """Move the mark forward, at most to the end of the log, or `back`. None if it stays."""
    last = Room.objects.values_list("last_seq", flat=True).get(pk=room)
    upto = min(seq, last)
    with connection.cursor() as cursor:
        if back:
            cursor.execute(_MOVE_BACK, [upto, participant, room, upto])
        else:
            cursor.execute(_MOVE, [participant, room, upto])
        if not cursor.rowcount:
            return None
    (count,) = count_in_spans([Span(participant, room, upto, last)])
    return Moved(upto, count.messages, last, count.mentions)


def move_and_tell(participant: int, room: int, seq: int, *, back: bool = False) -> Reading:
    """Move the mark, tell all connections of the participant, and return where it is now."""
    moved = move_mark(participant, room, seq, back=back)
    if moved is None:
        last = Room.objects.values_list("last_seq", flat=True).get(pk=room)
        (reading,) = read_marks([(participant, room, last)])
        return reading
    send_notices({participant: make_event(room, moved, back=back)})
    return Reading(moved.mark, moved.unread, moved.mentions)


def make_event(room: int, moved: Moved, *, back: bool) -> Read:
    """What tells the participant's connections that the mark has moved."""
    return Read(room, datetime.now(UTC), *moved, back)


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
    return [Reading(span.after, *count) for span, count in zip(spans, count_in_spans(spans), strict=True)]


def count_unread(participant: int, seqs: Mapping[int, int]) -> dict[int, Unread]:
    """What a participant has not read in rooms that have come to these seqs."""
    readings = read_marks([(participant, room, seq) for room, seq in seqs.items()])
    return {room: Unread(one.unread, one.mentions) for room, one in zip(seqs, readings, strict=True)}


def count_in_spans(spans: Sequence[Span]) -> list[Unread]:
    """What stands in each span: MOST_UNREAD of each at most, all counted in one statement."""
    counts = iter(_query_counts([span for span in spans if span.after < span.upto]))
    return [next(counts) if span.after < span.upto else Unread() for span in spans]


def _query_counts(spans: Sequence[Span]) -> list[Unread]:
    if not spans:
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns = [list(column) for column in zip(*spans, strict=True)]
            cursor.execute(_COUNT_POSTGRES, columns)
        else:
            cursor.execute(_COUNT_SQLITE, [json.dumps(spans)])
        return [Unread(*row) for row in cursor.fetchall()]
