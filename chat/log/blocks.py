"""Blocks between participants, as the log needs them: in direct conversations, and for mentions.

A conversation of two in which one has blocked the other is guarded (`RoomState.blockers`): neither writes,
edits or reacts there. They are read after the room's row is locked, and `chat.services.blocks` locks that row
before it adds one: so no message follows a block that is confirmed.
"""

import json
from collections.abc import Collection, Mapping, Set
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef

from chat.models import Block, Participant

# CROSS JOIN makes SQLite start from the given pairs, as in `chat.log.store`.
_AMONG_SQLITE: Final = (
    "SELECT blocker_id, blocked_id FROM json_each(%s) AS pair CROSS JOIN chat_block"
    " ON blocker_id = json_extract(pair.value, '$[0]') AND blocked_id = json_extract(pair.value, '$[1]')"
)
_AMONG_POSTGRES: Final = (
    "SELECT blocker_id, blocked_id FROM unnest(%s::bigint[], %s::bigint[]) AS pair(one, other)"
    " JOIN chat_block ON blocker_id = pair.one AND blocked_id = pair.other"
)


def read_blockers(pairs: Mapping[int, tuple[int, int]]) -> dict[int, frozenset[int]]:
    """Who of each pair blocks the other, by room: only of rooms with a block. One query."""
    if not pairs:
        return {}
    asked = [ordered for low, high in pairs.values() for ordered in ((low, high), (high, low))]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_AMONG_POSTGRES, [list(column) for column in zip(*asked, strict=True)])
        else:
            cursor.execute(_AMONG_SQLITE, [json.dumps(asked)])
        found = set(cursor.fetchall())
    blockers = {
        room: frozenset(one for one, other in ((low, high), (high, low)) if (one, other) in found)
        for room, (low, high) in pairs.items()
    }
    return {room: some for room, some in blockers.items() if some}


def find_blocked(participants: Collection[int]) -> Set[int]:
    """Those of these participants whom anyone has blocked: one look into the index for each."""
    by_anyone = Exists(Block.objects.filter(blocked=OuterRef("pk")))
    people = Participant.objects.filter(by_anyone, pk__in=participants)
    return set(people.values_list("pk", flat=True)) if participants else set()


def find_blockers(blocked: int, among: Collection[int]) -> Set[int]:
    """Those among these participants who have blocked that one."""
    rows = Block.objects.filter(blocked=blocked, blocker__in=among)
    return set(rows.values_list("blocker", flat=True))
