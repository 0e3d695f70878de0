"""Pins: messages that all should find in a room."""

import json
from dataclasses import dataclass, field
from typing import Self

from chat import commands, validation
from chat.errors import INVALID_FIELD, ChatError
from chat.events import Pinned, Sender
from chat.log.drafts import Act, Batch, Columns, Draft, DraftHead, EventHead, EventRow
from chat.log.kinds.message import find_standing
from chat.log.room_state import RoomState
from chat.models import Event
from chat.permissions import PIN_MESSAGE
from chat.validation import EVERYONE


@dataclass(slots=True, kw_only=True)
class PinDraft(Draft):
    """The message `target` pinned to the room, or taken down."""

    event = Pinned
    asked_by = (commands.Pin,)
    acts = ("pin", "unpin")

    target: int
    sender: Sender
    on: bool
    is_moderation: bool = field(default=True, init=False)

    @classmethod
    def from_command(cls, command: commands.Pin, who: Sender, head: DraftHead) -> Self:
        return cls(**head, target=command.target, sender=who, on=command.on)

    def decide(self, state: RoomState, batch: Batch) -> Pinned | None:
        batch.rights.check_permission(self, PIN_MESSAGE)
        self.check_may_speak(self.sender, state, batch)
        self.is_moderation = batch.rights.read_choice(self, PIN_MESSAGE) != EVERYONE
        message = find_standing(self.room, self.target)
        if (message.pinned_at is not None) == self.on:
            return None
        if self.on and Event.objects.pinned(self.room).count() >= validation.MOST_PINS:
            detail = f"a room can have at most {validation.MOST_PINS} pinned messages; unpin a message first"
            raise ChatError(INVALID_FIELD, field="target", detail=detail)
        Event.objects.filter(pk=message.pk).update(pinned_at=self.at if self.on else None)
        return Pinned(self.room, state.next_seq, self.at, self.target, self.sender, self.on)

    def describe_act(self, state: RoomState) -> Act | None:
        if state.pair is not None or not self.is_moderation:  # both members, or all, can pin there
            return None
        return Act(name="pin" if self.on else "unpin", message=self.target)

    @staticmethod
    def to_columns(event: Pinned) -> Columns:
        who, what = event.who, json.dumps({"on": event.on})
        return who.participant, who.name, who.color, None, "", event.target, what

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> Pinned:
        who = Sender(row.name, row.color, row.sender_id)
        return Pinned(*head, row.target or 0, who, row.data["on"])
