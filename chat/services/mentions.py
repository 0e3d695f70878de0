"""What calls a participant: their mentions, and the rooms that they have joined. Blocking."""

from collections.abc import Collection
from typing import NamedTuple, TypeAlias, TypeVar

from django.db.models import QuerySet

from chat import commands
from chat.answers import Answer, Done, MentionInfo, Mentions
from chat.events import Message
from chat.log import recovery
from chat.log.current_rights import read_current_actors
from chat.models import Mention, Room, SavedMessage
from chat.permissions import Actor
from chat.services import joined_rooms
from chat.services.access import find_readable

Asking: TypeAlias = commands.GetMentions | commands.GetJoinedRooms | commands.SetLevel


Row = TypeVar("Row", Mention, SavedMessage)


class Listed(NamedTuple):
    """A message in a list of a participant's own: its `id` there, and the title of its room."""

    id: int
    title: str
    message: Message


def answer_mentions(command: Asking, actor: Actor) -> Answer:
    """Do one of these commands. Raises 101, 204, 303."""
    if isinstance(command, commands.GetMentions):
        return find_mentions(actor, room=command.room, before=command.before, limit=command.limit)
    if isinstance(command, commands.GetJoinedRooms):
        return joined_rooms.describe_joined(actor)
    joined_rooms.set_level(command.room, actor, command.level, command.seconds)
    return Done()


def find_mentions(
    actor: Actor, *, room: int | None = None, before: int | None = None, limit: int
) -> Mentions:
    """The latest messages that mention the actor, in rooms that they may read now. Raises 204."""
    found, more = read_listed(Mention.objects.standing(), actor, room=room, before=before, limit=limit)
    return Mentions(tuple(MentionInfo(*one) for one in found), more)


def read_listed(
    rows: QuerySet[Row],
    actor: Actor,
    *,
    room: int | None,
    before: int | None,
    limit: int,
    also: Collection[int] = (),
) -> tuple[list[Listed], bool]:
    """The latest messages of the actor's among these rows, in rooms that they may read now, and in those of
    the numbers `also`; and whether there are more. Raises 204.
    """
    joined_rooms.check_known(actor)
    now = read_current_actors([actor])[actor]
    mine = rows.filter(participant=now.participant)
    mine = mine if room is None else mine.filter(room=room)
    among = Room.objects.filter(pk__in=mine.order_by().values("room"))
    found = mine.filter(room__in=find_readable(now, among, also=also))
    found = found if before is None else found.filter(pk__lt=before)
    latest = list(found.select_related("room").order_by("-pk")[: limit + 1])
    messages = recovery.read_messages((row.room_id, row.seq) for row in latest[:limit])
    listed = [
        Listed(row.pk, row.room.title, messages[row.room_id, row.seq])
        for row in latest[:limit]
        if (row.room_id, row.seq) in messages  # else it was deleted just now
    ]
    return listed, len(latest) > limit
