"""What a participant is told of their conversations of two. Blocking."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final

from chat.answers import Conversation
from chat.events import Sender
from chat.models import ReadMark, Room

MOST: Final = 200


def known(participants: Collection[int]) -> dict[int, dict[int, int]]:
    """The conversations of each participant in which anything was said, the latest first, with their seqs."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    wanted = set(participants)
    rows = Room.objects.conversations(participants).values_list("pk", "low", "high", "last_seq")
    for room, low, high, seq in rows:
        for participant in {low, high} & wanted:
            found[participant][room] = seq
    return found


def latest(known: Mapping[int, Mapping[int, int]]) -> dict[int, tuple[Conversation, ...]]:
    """The latest of these in full, for each participant."""
    shown = {participant: list(rooms)[:MOST] for participant, rooms in known.items()}
    wanted = {room for rooms in shown.values() for room in rooms}
    if not wanted:
        return {}
    rooms = Room.objects.select_related("low", "high").in_bulk(wanted)
    marks = {
        (mark.participant_id, mark.room_id): mark
        for mark in ReadMark.objects.filter(participant__in=shown.keys(), room__in=wanted)
    }
    return {
        participant: tuple(
            _conversation(rooms[room], participant, marks.get((participant, room)))
            for room in theirs
            if room in rooms
        )
        for participant, theirs in shown.items()
    }


def _conversation(room: Room, participant: int, mark: ReadMark | None) -> Conversation:
    read, delivered = (0, 0) if mark is None else (mark.seq, mark.delivered)
    return Conversation(room.pk, _other(room, participant), room.last_seq, read, max(read, delivered))


def _other(room: Room, participant: int) -> Sender:
    other = room.high if room.low_id == participant else room.low
    if other is None:
        raise ValueError("a room of many has no other one")
    return Sender(other.name, other.color, other.pk)
