"""Forgetting: messages that are older than their room keeps them. Blocking.

For the site as a whole 0 days means for ever; for a room it means not at all, nor what was stored before.

A room's log then begins later than 1; a client that comes back with an earlier cursor gets what is left.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from chat.models import Event, Room

_AT_ONCE: Final = 1000  # rows in one delete, so that no writer waits long


def purge_events(now: datetime) -> int:
    """Delete what is due in all rooms; how many events that were."""
    default = settings.ENV.wschat_retention_days or None
    rooms = Room.objects.values_list("pk", "retention_days")
    ages = [(room, default if days is None else days) for room, days in rooms]
    return sum(_purge_room(room, now - timedelta(days=days)) for room, days in ages if days is not None)


def _purge_room(room: int, before: datetime) -> int:
    """The log is in the order of time: delete from its begin until one is too young."""
    deleted = 0
    while True:
        oldest = list(Event.objects.after(room, 0).values_list("seq", "created_at")[:_AT_ONCE])
        due = [seq for seq, at in oldest if at < before]
        if not due:
            return deleted
        Event.objects.filter(room_id=room, seq__lte=max(due)).delete()
        deleted += len(due)
