"""What those who come into rooms at the same time are told of them, and what is noted of that. Blocking."""

from collections.abc import Sequence
from typing import NamedTuple

from chat.events import Sender
from chat.log import recovery
from chat.services.joined_rooms import Joining, find_joined, note_joined
from chat.services.marks import Reading, read_marks


class Entering(NamedTuple):
    """A participant enters a room, which has come to `seq`. `joins`: it is theirs until they leave."""

    participant: int
    room: int
    seq: int
    joins: bool


class Entrance(NamedTuple):
    """What they find: the first members, how many there are, and what is unread.

    `joined`: the room is theirs until they leave it, from now on if that is `news`.
    """

    members: tuple[Sender, ...]
    people: int
    reading: Reading
    joined: bool = False
    news: bool = False


def enter_rooms(asked: Sequence[Entering]) -> list[Entrance]:
    """Note the rooms that are joined, and read what is found in each. It takes a few queries for all."""
    joining = [Joining(one.participant, one.room) for one in asked if one.joins]
    news = {one[:2] for one, new in zip(joining, note_joined(joining), strict=True) if new}
    joined = {one[:2] for one in joining} | find_joined([one[:2] for one in asked if not one.joins])
    here = recovery.read_first_members({one.room for one in asked})
    readings = read_marks([(one.participant, one.room, one.seq) for one in asked])
    return [
        Entrance(*here[one.room], reading, one[:2] in joined, one[:2] in news)
        for one, reading in zip(asked, readings, strict=True)
    ]
