"""Deletions of messages: the text goes from the database as well."""

from dataclasses import dataclass
from typing import Self

import msgspec

from chat import commands
from chat.events import Edited, Erased, Logged, Sender
from chat.log.drafts import Batch, Columns, Draft, DraftHead, EventHead, EventRow
from chat.log.kinds.message import keep_digest, refuse_missing
from chat.log.room_state import RoomState
from chat.models import Event, Reaction
from chat.permissions import DELETE_MESSAGE


@dataclass(slots=True, kw_only=True)
class DeletionDraft(Draft):
    """The deletion of the message `target`: by its sender `by`, or by a moderator.

    `by` is None if it is deleted from outside of the room, as in the admin site.
    """

    event = Erased
    asked_by = (commands.Erase,)

    target: int
    by: int | None = None

    @classmethod
    def from_command(cls, command: commands.Erase, who: Sender, head: DraftHead) -> Self:
        return cls(**head, target=command.target, by=who.participant)

    @property
    def reaches_deleted(self) -> bool:
        return self.by is None

    def decide(self, state: RoomState, batch: Batch) -> Erased | None:
        message = Event.objects.messages(self.room).filter(seq=self.target).first()
        if message is None:
            raise refuse_missing()
        is_sender = self.by is not None and message.sender_id == self.by
        batch.rights.check_permission(self, DELETE_MESSAGE, is_sender=is_sender)
        if message.erased_at is not None:
            return None
        gone = {"text": "", "erased_at": self.at, "pinned_at": None}
        Event.objects.filter(pk=message.pk).update(**gone, **keep_digest(message))
        if message.edited_at is not None:  # the edits brought texts of theirs
            Event.objects.edits(self.room, self.target).update(text="")
            self._empty_edits(batch.events)
        Reaction.objects.filter(room=self.room, target=self.target).delete()
        return Erased(self.room, state.next_seq, self.at, self.target)

    def _empty_edits(self, events: list[Logged]) -> None:
        """Take the text from edits that are in the same batch: they are not stored yet."""
        for position, event in enumerate(events):
            if isinstance(event, Edited) and (event.room, event.target) == (self.room, self.target):
                events[position] = msgspec.structs.replace(event, text="")

    @staticmethod
    def to_columns(event: Erased) -> Columns:
        return None, "", "", None, "", event.target, None

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> Erased:
        return Erased(*head, row.target or 0)
