"""Edits: another text for a message, by its sender."""

from dataclasses import dataclass
from typing import Self

from chat import commands
from chat.events import Edited, Sender
from chat.log.drafts import Batch, Columns, Draft, DraftHead, EventHead, EventRow
from chat.log.kinds.message import find_standing, keep_digest
from chat.log.room_state import RoomState
from chat.models import Event
from chat.permissions import EDIT_MESSAGE


@dataclass(slots=True, kw_only=True)
class EditDraft(Draft):
    """Another text for the message `target` of `sender`."""

    event = Edited
    asked_by = (commands.Edit,)

    target: int
    text: str
    sender: Sender

    @classmethod
    def from_command(cls, command: commands.Edit, who: Sender, head: DraftHead) -> Self:
        return cls(**head, target=command.target, text=command.text, sender=who)

    def decide(self, state: RoomState, batch: Batch) -> Edited | None:
        self.check_may_speak(self.sender, state, batch)
        message = find_standing(self.room, self.target)
        batch.rights.check_permission(
            self, EDIT_MESSAGE, is_sender=message.sender_id == self.sender.participant
        )
        if message.text == self.text:
            return None
        changed = {"text": self.text, "edited_at": self.at, **keep_digest(message)}
        Event.objects.filter(pk=message.pk).update(**changed)
        return Edited(self.room, state.next_seq, self.at, self.target, self.text)

    @staticmethod
    def to_columns(event: Edited) -> Columns:
        return None, "", "", None, event.text, event.target, None

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> Edited:
        return Edited(*head, row.target or 0, row.text)
