"""Restorations: a message that a moderator deleted has its text again.

For staff (`permissions.RESTORE_MESSAGE`), as long as the text is kept. Reactions and a pin do not come back.
"""

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from chat.events import Restored, Sender
from chat.log.drafts import Act, Batch, Columns, Draft, EventHead, EventRow
from chat.log.held import note_restored
from chat.log.kinds.deletion import check_staff, count_in_bulk
from chat.log.kinds.message import refuse_missing
from chat.log.room_state import RoomState
from chat.models import BulkDeletion, Event, KeptText
from chat.permissions import RESTORE_MESSAGE
from chat.words import fold_text


@dataclass(slots=True, kw_only=True)
class RestorationDraft(Draft):
    """Give the message `target` its text again. `bulk`: as part of restoring that bulk deletion."""

    event = Restored
    acts = ("restore",)

    target: int
    bulk: int | None = None
    _subject: Sender | None = field(default=None, init=False)

    @property
    def reaches_deleted(self) -> bool:
        return True

    def decide(self, state: RoomState, batch: Batch) -> Restored | None:
        if self.bulk is None:
            batch.rights.check_permission(self, RESTORE_MESSAGE)
        else:
            check_staff(self, RESTORE_MESSAGE, batch)
        kept = KeptText.objects.of_message(self.room, self.target).restorable(self.at)
        found = kept.select_related("event").first()
        if found is None:
            raise refuse_missing()
        if not count_in_bulk(self.bulk, BulkDeletion.State.RESTORING, "restored"):
            return None
        message = found.event
        self._subject = Sender(message.name, "", message.sender_id)
        back = {
            "text": found.text,
            "words": fold_text(found.text),
            "edited_at": found.edited_at,
            "erased_at": None,
        }
        Event.objects.filter(pk=message.pk).update(**back)
        note_restored(self.room, message.sender_id, self.target)
        found.delete()
        return Restored(self.room, state.next_seq, self.at, self.target, found.text, found.edited_at)

    def describe_act(self, state: RoomState) -> Act | None:
        if self.bulk is not None:
            return None
        return Act(name="restore", subject=self._subject, message=self.target)

    @staticmethod
    def to_columns(event: Restored) -> Columns:
        what = None if event.edited is None else msgspec.json.encode({"edited": event.edited}).decode()
        return None, "", "", None, event.text, event.target, what

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> Restored:
        edited = None if row.data is None else datetime.fromisoformat(row.data["edited"])
        return Restored(*head, row.target or 0, row.text, edited)
