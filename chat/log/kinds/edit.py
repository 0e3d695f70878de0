"""Edits: another text for a message, by its sender."""

from dataclasses import dataclass
from typing import Self

from chat import commands
from chat.events import Edited, Sender
from chat.filters import refuse_filtered
from chat.log.drafts import Batch, Columns, Draft, DraftHead, EventHead, EventRow
from chat.log.filters import find_filter
from chat.log.held import SERVER, file_report
from chat.log.kinds.message import find_standing, keep_digest
from chat.log.room_state import RoomState
from chat.models import Event, Report
from chat.permissions import EDIT_MESSAGE, POST_ANYWAY
from chat.validation import LONGEST_COPY
from chat.words import fold_text


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
        if state.filters is not None:
            self._check_filters(state, batch)
        changed = {
            "text": self.text,
            "words": fold_text(self.text),
            "edited_at": self.at,
            **keep_digest(message),
        }
        Event.objects.filter(pk=message.pk).update(**changed)
        return Edited(self.room, state.next_seq, self.at, self.target, self.text)

    def _check_filters(self, state: RoomState, batch: Batch) -> None:
        """Raise 112 for a text that would be refused or held as a message; report one that is let through."""
        caught = find_filter(self, self.text, self.sender, state, batch.recent, edits=self.target)
        if caught is None or batch.rights.has_permission(self, POST_ANYWAY):
            return
        if caught.action != "warn":
            raise refuse_filtered()
        note = f"filter {caught.id}: {caught.kind}, {caught.action}"
        if not self._change_report(note):
            file_report(self.room, self.sender, self.text, "filter", self.at, note=note, seq=self.target)

    def _change_report(self, note: str) -> bool:
        """Add the text to the report that filters have made of the message, unless it is decided.

        Whether there is one. It keeps the first text and the latest.
        """
        report = Report.objects.filter(reporter=SERVER, room=self.room, seq=self.target).first()
        if report is None:
            return False
        if report.state != Report.State.DONE:
            text = self.text[:LONGEST_COPY]
            copy = {"seq": self.target, "at": self.at.isoformat(), "name": self.sender.name, "text": text}
            Report.objects.filter(pk=report.pk).update(note=note, messages=[*report.messages[:1], copy])
        return True

    @staticmethod
    def to_columns(event: Edited) -> Columns:
        return None, "", "", None, event.text, event.target, None

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> Edited:
        return Edited(*head, row.target or 0, row.text)
