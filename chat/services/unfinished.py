"""Texts that a participant has begun to write, the same on all of their connections. Blocking."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from chat import conf
from chat.answers import UnfinishedTexts
from chat.errors import ROOM_NOT_FOUND, TOO_MANY_UNFINISHED, ChatError
from chat.events import Unfinished
from chat.log.current_rights import read_current_actors
from chat.models import Room, UnfinishedText
from chat.permissions import Actor
from chat.services.access import find_readable
from chat.services.joined_rooms import check_known
from chat.services.notices import send_notices

# Of one participant. A new one beyond them is refused, and none is dropped for it: to other browsers, a text
# that was dropped would look like one that was sent.
MOST_UNFINISHED: Final = 100
# All are in one answer: one of 1.2 MB would be more than a connection may have unsent, and end each one.
MOST_CHARACTERS: Final = 200_000
KEPT_FOR: Final = timedelta(days=30)


def keep_unfinished(
    room: int, text: str, reply_to: int | None, actor: Actor, by_token: Collection[int] = ()
) -> Unfinished | None:
    """Keep what the actor has begun to write in a room that they may read now; "": remove it, in any room.

    Returns what the participant's other connections are told; None if there was nothing to remove.
    `by_token`: the rooms that a token let the actor into. Raises 101, 204, 917.
    """
    participant, now = check_known(actor), timezone.now()
    mine = UnfinishedText.objects.filter(participant=participant)
    if not text:
        removed = bool(mine.filter(room=room).delete()[0])
        return Unfinished(room, now, "") if removed else None
    current = read_current_actors([actor])[actor]
    if not find_readable(current, Room.objects.filter(pk=room), also=by_token).exists():
        raise ChatError(ROOM_NOT_FOUND, field="room")
    most = _count_most()
    if mine.count() >= most and not mine.filter(room=room).exists():
        raise ChatError(
            TOO_MANY_UNFINISHED, detail=f"the server keeps {most} texts; send or clear some first"
        )
    row = UnfinishedText(participant_id=participant, room_id=room, text=text, reply_to=reply_to, at=now)
    UnfinishedText.objects.bulk_create(
        [row],
        update_conflicts=True,
        update_fields=["text", "reply_to", "at"],
        unique_fields=["participant", "room"],
    )
    return Unfinished(room, now, text, reply_to)


def keep_and_tell(
    room: int, text: str, reply_to: int | None, actor: Actor, by_token: Collection[int] = ()
) -> None:
    """As `keep_unfinished`, and tell all connections of the participant."""
    event = keep_unfinished(room, text, reply_to, actor, by_token)
    if event is not None:
        send_notices({check_known(actor): event})


def list_unfinished(actor: Actor, by_token: Collection[int] = ()) -> UnfinishedTexts:
    """What the actor has begun to write, the latest first, in rooms that they may read now. Raises 204."""
    mine = UnfinishedText.objects.filter(participant=check_known(actor))
    now = read_current_actors([actor])[actor]
    readable = find_readable(now, Room.objects.filter(pk__in=mine.values("room")), also=by_token)
    rows = mine.filter(room__in=readable).order_by("-at", "-pk")
    return UnfinishedTexts(tuple(Unfinished(row.room_id, row.at, row.text, row.reply_to) for row in rows))


def take_over(guest: int, account: int) -> None:
    """Give an account what the guest who has signed in to it has begun to write in public rooms, where the
    account has begun nothing itself: the latest, up to the limit.
    """
    most = _count_most()
    with transaction.atomic():
        mine = set(UnfinishedText.objects.filter(participant=account).values_list("room", flat=True))
        theirs = UnfinishedText.objects.filter(participant=guest, room__visibility=Room.Visibility.PUBLIC)
        new = theirs.exclude(room__in=mine).order_by("-at", "-pk")[: max(0, most - len(mine))]
        rows = [
            UnfinishedText(
                participant_id=account, room_id=one.room_id, text=one.text, reply_to=one.reply_to, at=one.at
            )
            for one in new
        ]
        UnfinishedText.objects.bulk_create(rows, ignore_conflicts=True)


def _count_most() -> int:
    """How many texts of one participant are kept."""
    return max(1, min(MOST_UNFINISHED, MOST_CHARACTERS // conf.get_size_limits().text))


def find_rooms(participant: int) -> frozenset[int]:
    """The numbers of the rooms in which the participant has begun to write."""
    return frozenset(UnfinishedText.objects.filter(participant=participant).values_list("room", flat=True))


def forget_old(now: datetime) -> None:
    """Delete the texts that were last changed too long ago."""
    UnfinishedText.objects.filter(at__lte=now - KEPT_FOR).delete()
