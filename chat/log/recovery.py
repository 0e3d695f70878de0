"""Reading the log: events of a room with seq > n. Blocking; call it from a thread."""

from collections.abc import Iterable
from typing import Final

from chat.events import Logged, Message, Sender
from chat.log import store
from chat.models import Event, Presence, Room

PAGE: Final = 500


def after(room: int, seq: int, most: int = PAGE) -> list[Logged]:
    """Up to `most` events of the room with a greater seq, oldest first."""
    return [store.read(row) for row in Event.objects.after(room, seq)[:most]]


def latest_messages(room: int, most: int) -> list[Message]:
    """The last messages of the room that are not erased, oldest first."""
    rows = [store.read(row) for row in Event.objects.latest_messages(room)[:most]]
    return [row for row in reversed(rows) if isinstance(row, Message)]


def last_seqs(rooms: Iterable[int]) -> dict[int, int]:
    """How far the log of each room has come, deleted rooms included."""
    return dict(Room.objects.filter(pk__in=list(rooms)).values_list("pk", "last_seq"))


def members(room: int) -> tuple[Sender, ...]:
    """Who is in the room now: each name once, in the order of their coming."""
    rows = Presence.objects.current().filter(room_id=room).order_by("joined_at")
    names = {row.name_key: Sender(row.name, row.color, row.participant_id) for row in rows}
    return tuple(names.values())
