"""How much somebody has not read yet. Blocking."""

from collections.abc import Collection
from typing import Final

from django.db import connection

from chat.models import Event

MOST: Final = 100  # counted in a room: for more, "many" says enough, and a long log is not walked through

# The inner SELECT begins at the mark, in the index of the room's seqs, and ends with the hundredth message.
_COUNT: Final = (
    "SELECT room.id, (SELECT COUNT(*) FROM ("
    "SELECT 1 FROM chat_event event WHERE event.room_id = room.id AND event.seq > COALESCE("
    "(SELECT mark.seq FROM chat_readmark mark WHERE mark.participant_id = %s AND mark.room_id = room.id), 0)"
    " AND event.kind = %s AND event.erased_at IS NULL"
    " AND (event.sender_id IS NULL OR event.sender_id <> %s) LIMIT %s) counted)"
    " FROM chat_room room WHERE room.id IN ({})"
)


def unread(participant: int, rooms: Collection[int]) -> dict[int, int]:
    """How many messages of others stand in each room after the participant's read mark, MOST at most."""
    if not rooms:
        return {}
    places = ", ".join(["%s"] * len(rooms))
    with connection.cursor() as cursor:
        values: list[int | str] = [participant, Event.Kind.MESSAGE.value, participant, MOST, *rooms]
        cursor.execute(_COUNT.format(places), values)
        return dict(cursor.fetchall())
