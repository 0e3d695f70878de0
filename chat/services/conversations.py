"""Direct conversations of a participant. Blocking."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final

from chat.answers import Conversation
from chat.events import Sender
from chat.models import ReadMark, Room
from chat.services import marks
from chat.services.marks import Span

MOST: Final = 200


def find_conversations(participants: Collection[int]) -> dict[int, dict[int, int]]:
    """The conversations of each participant in which anything was said, the latest first, with their seqs."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    if not (wanted := set(participants)):
        return found
    rows = Room.objects.conversations(participants).values_list("pk", "low", "high", "last_seq")
    for room, low, high, seq in rows:
        for participant in {low, high} & wanted:
            found[participant][room] = seq
    return found


def find_latest(known: Mapping[int, Mapping[int, int]]) -> dict[int, tuple[Conversation, ...]]:
    """The latest of these in full, for each participant."""
    shown = {participant: list(rooms)[:MOST] for participant, rooms in known.items()}
    wanted = {room for rooms in shown.values() for room in rooms}
    if not wanted:
        return {}
    rooms = Room.objects.select_related("low", "high").in_bulk(wanted)
    marked: dict[tuple[int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for mark in ReadMark.objects.filter(participant__in=shown.keys(), room__in=wanted):
        marked[mark.participant_id, mark.room_id] = mark.seq, mark.delivered
    spans = [
        Span(participant, room, marked[participant, room][0], rooms[room].last_seq)
        for participant, theirs in shown.items()
        for room in theirs
        if room in rooms
    ]
    talks: dict[int, list[Conversation]] = {participant: [] for participant in shown}
    for span, unread in zip(spans, marks.count_in_spans(spans), strict=True):
        other, got = _other_of(rooms[span.room], span.participant), max(marked[span.participant, span.room])
        talk = Conversation(span.room, other, span.upto, span.after, got, unread=unread.messages)
        talks[span.participant].append(talk)
    return {participant: tuple(theirs) for participant, theirs in talks.items()}


def _other_of(room: Room, participant: int) -> Sender:
    other = room.high if room.low_id == participant else room.low
    if other is None:
        raise ValueError("a room of many has no other one")
    return Sender(other.name, other.color, other.pk)
