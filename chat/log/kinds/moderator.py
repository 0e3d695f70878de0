"""Moderators: the owner of a room makes participants moderators, and removes them."""

import json
from dataclasses import dataclass, field
from typing import Self

from chat import commands, validation
from chat.errors import INVALID_FIELD, USER_NOT_FOUND, ChatError
from chat.events import ModeratorSet, Sender
from chat.log.drafts import Act, Batch, Columns, Draft, DraftHead, EventHead, EventRow
from chat.log.room_state import RoomState
from chat.models import Participant, Room
from chat.permissions import NAME_MODERATORS


@dataclass(slots=True, kw_only=True)
class ModeratorDraft(Draft):
    """The participant of this name (or number) as a moderator of the room; with `on` false, no longer.

    A guest's name can pass to another participant. The draft decides which participant it means.
    """

    event = ModeratorSet
    asked_by = (commands.SetModerator,)
    acts = ("add_moderator", "remove_moderator")

    name: str = ""
    participant: int | None = None
    on: bool = True
    _subject: Sender | None = field(default=None, init=False)

    @classmethod
    def from_command(cls, command: commands.SetModerator, who: Sender, head: DraftHead) -> Self:
        return cls(**head, name=command.name, on=command.on)

    def decide(self, state: RoomState, batch: Batch) -> ModeratorSet | None:
        batch.rights.check_permission(self, NAME_MODERATORS)
        room = Room.objects.get(pk=self.room)
        participant = self._find_participant(room)
        is_moderator = room.moderators.filter(pk=participant.pk).exists()
        if is_moderator == self.on or (self.on and participant.pk == room.owner_id):
            return None
        if self.on:
            self._add_moderator(room, participant)
        else:
            room.moderators.remove(participant)
        batch.rights.forget_room(self.room)
        self._subject = who = Sender(participant.name, participant.color, participant.pk)
        return ModeratorSet(self.room, state.next_seq, self.at, who, self.on)

    def _find_participant(self, room: Room) -> Participant:
        """The participant who has the name now, or a moderator who had it once. Raises 201."""
        if self.participant is not None:
            found = Participant.objects.filter(pk=self.participant).first()
        else:
            found = Participant.objects.named(self.name).first()
        if found is None and not self.on:
            found = room.moderators.filter(name=self.name).first()
        if found is None:
            raise ChatError(USER_NOT_FOUND, field="name", detail=f"no one is called {self.name}")
        return found

    def _add_moderator(self, room: Room, participant: Participant) -> None:
        if room.moderators.count() >= validation.MOST_MODERATORS:
            detail = f"a room can have at most {validation.MOST_MODERATORS} moderators; remove one first"
            raise ChatError(INVALID_FIELD, field="name", detail=detail)
        room.moderators.add(participant)

    def describe_act(self, state: RoomState) -> Act:
        return Act(name="add_moderator" if self.on else "remove_moderator", subject=self._subject)

    @staticmethod
    def to_columns(event: ModeratorSet) -> Columns:
        who, what = event.who, json.dumps({"on": event.on})
        return who.participant, who.name, who.color, None, "", None, what

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> ModeratorSet:
        return ModeratorSet(*head, Sender(row.name, row.color, row.sender_id), row.data["on"])
