"""Deletions of rooms. Staff can restore the room, which is a change of it."""

from dataclasses import dataclass

from chat.events import RoomDeleted, Sender
from chat.log.drafts import Act, Batch, Columns, Draft, EventHead, EventRow
from chat.log.room_state import RoomState
from chat.models import Room
from chat.permissions import DELETE_ROOM


@dataclass(slots=True, kw_only=True)
class RoomDeletionDraft(Draft):
    """The deletion of the room itself. `sender`: under which name, if that is known."""

    event = RoomDeleted
    acts = ("delete_room",)

    sender: Sender | None = None

    def decide(self, state: RoomState, batch: Batch) -> RoomDeleted:
        batch.rights.check_permission(self, DELETE_ROOM)
        if state.guarded:  # a commons, in which not everyone may speak
            self.check_may_speak(self.sender or Sender(""), state, batch)
        Room.objects.filter(pk=self.room).update(deleted_at=self.at, updated_at=self.at)
        state.deleted = True
        return RoomDeleted(self.room, state.next_seq, self.at)

    def describe_act(self, state: RoomState) -> Act:
        return Act(name="delete_room")

    @staticmethod
    def to_columns(event: RoomDeleted) -> Columns:
        return None, "", "", None, "", None, None

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> RoomDeleted:
        return RoomDeleted(*head)
