"""Forgetting: messages that are older than their room keeps them. Blocking.

For the site as a whole, 0 days means for ever. For a room, 0 keeps nothing, and deletes what was stored
before.

Edits and restorations have texts of messages. When their message goes, they become its deletion: so no text
outlives it, and a client that comes back and has the message sees it deleted.

A room's log then begins later than 1; a client that comes back with an earlier cursor gets what is left.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from chat.events import Erased, tag_of
from chat.models import BulkDeletion, Event, KeptText, Mention, Room, SavedMessage
from chat.models.deletion import KEPT_FOR

_AT_ONCE: Final = 1000  # rows in one delete, so that no writer waits long


def purge_events(now: datetime) -> int:
    """Delete what is due in all rooms; how many events that were."""
    default = settings.ENV.wschat_retention_days or None
    rooms = Room.objects.values_list("pk", "retention_days")
    ages = [(room, default if days is None else days) for room, days in rooms]
    return sum(_purge_room(room, now - timedelta(days=days)) for room, days in ages if days is not None)


def forget_kept_texts(now: datetime) -> None:
    """Delete for good what staff can restore no more, and the bulk deletions that ended before that."""
    KeptText.objects.filter(at__lte=now - KEPT_FOR).delete_in_steps()
    BulkDeletion.objects.filter(ended_at__lte=now - KEPT_FOR).delete()


def _purge_room(room: int, before: datetime) -> int:
    """The log is in the order of time: delete from its begin until one is too young."""
    deleted = 0
    while True:
        oldest = list(Event.objects.after(room, 0).values_list("seq", "created_at")[:_AT_ONCE])
        due = [seq for seq, at in oldest if at < before]
        if not due:
            return deleted
        events = Event.objects.filter(room_id=room, seq__lte=max(due))
        KeptText.objects.filter(event__in=events).delete()
        for texts in Event.objects.texts_until(room, max(due)):
            texts.update(kind=tag_of(Erased), text="", data=None)
        events.delete()
        for model in (Mention, SavedMessage):
            model.objects.filter(room=room, seq__lte=max(due)).delete()
        deleted += len(due)
