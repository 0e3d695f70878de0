"""Marks: how far somebody has read in a room, or got. Blocking."""

from collections.abc import Mapping, Sequence

from django.db import connection

from chat.models import ReadMark, Room

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


def move(participant: int, room: int, seq: int) -> int | None:
    """Move the mark forward, at most to the end of the log. Where it is now; None if it stays."""
    last = Room.objects.values_list("last_seq", flat=True).get(pk=room)
    upto = min(seq, last)
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [participant, room, upto])
        return upto if cursor.rowcount else None


def deliver(participant: int, got: Mapping[int, int]) -> None:
    """Note how far a connection of theirs has got in each room, by number."""
    with connection.cursor() as cursor:
        for room, seq in sorted(got.items()):
            cursor.execute(_DELIVER, [participant, room, seq])


def of(asked: Sequence[tuple[int, int]]) -> list[int]:
    """How far each participant has read in a room, both by number; 0 if not at all."""
    marks = ReadMark.objects.filter(
        participant__in={participant for participant, _ in asked}, room__in={room for _, room in asked}
    )
    read = {
        (participant, room): seq for participant, room, seq in marks.values_list("participant", "room", "seq")
    }
    return [read.get(each, 0) for each in asked]
