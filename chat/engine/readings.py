"""What sessions read from the database: who ask the same kind of question at once are answered together."""

from chat.answers import History
from chat.commands import Search
from chat.events import Message, Sender
from chat.log import recovery
from chat.log.reader import Gathering, read, read_at_length
from chat.permissions import Actor
from chat.services import access, marks
from chat.services.access import Pass
from chat.services.marks import Reading


class Readings:
    """The part of `Backend` that needs nothing but the database."""

    def __init__(self) -> None:
        self._entries = Gathering(access.admit_all)
        self._admissions = Gathering(access.admit_to_numbers)
        self._members = Gathering(recovery.members)
        self._marks = Gathering(marks.of)

    async def admit_at(self, ref: str, token: str, actor: Actor) -> Pass:
        """Let a connection into the room that its address names; see `services.access.admit`."""
        return await self._entries.ask((ref, token, actor))

    async def admit(self, room: int, token: str, actor: Actor) -> Pass:
        """See `services.access.admit_to_numbers`."""
        return await self._admissions.ask((room, token, actor))

    async def members(self, room: int) -> tuple[Sender, ...]:
        """Who is in the room now, in every process."""
        return await self._members.ask(room)

    async def reading(self, participant: int, room: int, seq: int) -> Reading:
        """How far somebody has read in a room that has come to `seq`, and how much they have not."""
        return await self._marks.ask((participant, room, seq))

    async def search(self, asked: Search) -> History:
        """Messages with certain words, as they are now."""
        return await read_at_length(
            recovery.search, asked.room, asked.words, before=asked.before, limit=asked.limit
        )

    async def latest(self, room: int, most: int) -> list[Message]:
        """The last messages of the room that are not erased."""
        return await read(recovery.latest_messages, room, most)
