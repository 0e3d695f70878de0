"""Search: in one room, or in all that the asker may read. Blocking."""

from collections.abc import Collection

from chat.answers import Found
from chat.commands import Search
from chat.log import recovery
from chat.log.current_rights import read_current_actors
from chat.models import Room
from chat.permissions import Actor
from chat.services.access import find_readable


def search(command: Search, actor: Actor, joined: Collection[int] = ()) -> Found:
    """Find messages. The caller has checked that the actor may read `command.room`. Without a room: in those
    that the actor may read now, and those that it has `joined` by a token, except where it is banned.
    """
    before, limit, filters = command.before, command.limit, command.filters
    if command.room is not None:
        return recovery.search_messages(
            command.room, command.words, before=before, limit=limit, filters=filters
        )
    now = read_current_actors([actor])[actor]
    rooms = find_readable(now, Room.objects.all(), also=joined)
    return recovery.search_rooms(rooms, command.words, before=before, limit=limit, filters=filters)
