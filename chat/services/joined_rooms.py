"""The rooms that participants have joined: theirs in every browser, until they leave. Blocking."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.utils import timezone

from chat.answers import JoinedRoomInfo, JoinedRooms
from chat.errors import CLIENT_UNAUTHORIZED, ROOM_NOT_FOUND, ChatError
from chat.events import JoinedRoomChanged, Unfinished
from chat.log.mentions import MOST_CALLED
from chat.models import JoinedRoom, Room, UnfinishedText
from chat.models.rows import insert_rows
from chat.permissions import Actor
from chat.services import bans
from chat.services.marks import read_marks
from chat.services.notices import send_notices
from chat.services.revocations import announce_loss
from chat.validation import clean_level, clean_mute_seconds

MOST_TOLD: Final = 200  # rooms of one participant


class Joining(NamedTuple):
    """A participant joins a room. `generation`: of the password that they have shown; 0 for none."""

    participant: int
    room: int
    generation: int = 0


def note_joined(joinings: Sequence[Joining]) -> list[bool]:
    """Note that participants have joined rooms: one query if they have before, as most who come back.

    Returns whether that is news, for each.
    """
    rows = JoinedRoom.objects.filter(
        participant__in={one.participant for one in joinings}, room__in={one.room for one in joinings}
    )
    known = {
        (participant, room): generation
        for participant, room, generation in rows.values_list("participant", "room", "generation")
    }
    new = {
        (one.participant, one.room): one.generation
        for one in sorted(joinings)  # the latest generation of each is last
        if (one.participant, one.room) not in known
        or one.generation not in (0, known[one.participant, one.room])
    }
    now = timezone.now()
    insert_rows(
        JoinedRoom,
        ("participant_id", "room_id", "generation", "at"),
        [(*place, generation, now) for place, generation in new.items()],
        "ON CONFLICT (participant_id, room_id) DO UPDATE SET generation = excluded.generation",
    )
    return [(one.participant, one.room) not in known for one in joinings]


def join_and_tell(joinings: Sequence[Joining]) -> None:
    """As `note_joined`, and tell all connections of the participants what is new."""
    for one, news in zip(joinings, note_joined(joinings), strict=True):
        if news:
            send_notices({one.participant: JoinedRoomChanged(one.room, timezone.now(), on=True)})


def find_joined(places: Collection[tuple[int, int]]) -> frozenset[tuple[int, int]]:
    """Those of these participants and rooms where the participant has joined the room, and not left since."""
    rows = JoinedRoom.objects.filter(
        participant__in={participant for participant, _ in places}, room__in={room for _, room in places}
    )
    return frozenset(places) & frozenset(rows.values_list("participant", "room"))


def has_joined(participant: int, room: int) -> bool:
    """Whether the participant has joined the room, and not left since."""
    return JoinedRoom.objects.filter(participant=participant, room=room).exists()


def find_valid(participant: int | None) -> list[int]:
    """The numbers of the rooms that the participant has joined and needs no password for."""
    if participant is None:
        return []
    return list(JoinedRoom.objects.valid().filter(participant=participant).values_list("room", flat=True))


def count_joined(room: int) -> int:
    """How many have joined the room: one more than MOST_CALLED at most."""
    return JoinedRoom.objects.filter(room=room).order_by()[: MOST_CALLED + 1].count()


def leave_room(participant: int, room: int) -> bool:
    """Leave the room for good: in a closed one, its password is needed again. Whether it was joined.

    Their stays in it end on all connections, and what they have begun to write is removed.
    """
    if UnfinishedText.objects.filter(participant=participant, room=room).delete()[0]:
        send_notices({participant: Unfinished(room, timezone.now(), "")})
    left = bool(JoinedRoom.objects.filter(participant=participant, room=room).delete()[0])
    if left:
        send_notices({participant: JoinedRoomChanged(room, timezone.now(), on=False)})
        announce_loss([participant])
    return left


def list_joined(actor: Actor, most: int) -> list[JoinedRoom]:
    """The latest `most` rooms that the actor has joined and may still be in, without those of a ban."""
    rows = JoinedRoom.objects.valid().filter(participant=actor.participant, room__deleted_at__isnull=True)
    latest = list(rows.select_related("room").order_by("-at", "-pk")[:most])
    guarded = [row.room_id for row in latest if row.room.bans]
    banning = bans.find_banning(Room.objects.filter(pk__in=guarded), actor) if guarded else ()
    return [row for row in latest if row.room_id not in banning]


def describe_joined(actor: Actor) -> JoinedRooms:
    """The rooms that the actor has joined, with what is unread in each. Raises 204."""
    participant = check_known(actor)
    found = list_joined(actor, MOST_TOLD)
    now = timezone.now()
    readings = read_marks([(participant, row.room_id, row.room.last_seq) for row in found])
    return JoinedRooms(
        tuple(
            JoinedRoomInfo(row.room_id, row.room.title, row.room.last_seq, *reading, *row.level_at(now))
            for row, reading in zip(found, readings, strict=True)
        )
    )


def read_level(participant: int, room: int) -> tuple[str, datetime | None]:
    """What calls the participant in a room, and until when."""
    row = JoinedRoom.objects.filter(participant=participant, room=room).first()
    return (JoinedRoom.Level.ALL.value, None) if row is None else row.level_at(timezone.now())


def set_level(room: int, actor: Actor, level: object, seconds: object = None) -> None:
    """Set what calls the actor in a room that they have joined, for some seconds or (None) for good.

    All their connections are told. Raises 101, 204, 303.
    """
    participant, wanted = check_known(actor), clean_level(level)
    span = None if seconds is None else timedelta(seconds=clean_mute_seconds(seconds))
    until = None if span is None else timezone.now() + span
    rows = JoinedRoom.objects.filter(participant=participant, room=room, room__deleted_at__isnull=True)
    if not rows.update(level=wanted, level_until=until):
        raise ChatError(ROOM_NOT_FOUND, field="room", detail="you have not joined this room")
    send_notices({participant: JoinedRoomChanged(room, timezone.now(), True, wanted, until)})


def check_known(actor: Actor) -> int:
    """The actor's participant. Raises 204 for anonymous clients."""
    if actor.participant is None:
        raise ChatError(CLIENT_UNAUTHORIZED, detail="anonymous clients have no rooms of their own")
    return actor.participant


def take_over(guest: int, account: int) -> list[int]:
    """Give an account the public rooms of the guest who has signed in to it; their numbers.

    A closed room asks the account for its password: the guest may have been another person.
    """
    rows = JoinedRoom.objects.filter(participant=guest, room__visibility=Room.Visibility.PUBLIC)
    rooms = list(rows.order_by("at", "pk").values_list("room", flat=True))
    join_and_tell([Joining(account, room) for room in rooms])
    return rooms
