"""Changes of a room's properties."""

from dataclasses import dataclass, field
from typing import Any, Self

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import F

from chat import commands, validation
from chat.errors import INVALID_CONTENT, ChatError
from chat.events import RoomChanged, Sender
from chat.log.drafts import Batch, Columns, Draft, DraftHead, EventHead, EventRow
from chat.log.room_state import RoomState
from chat.models import Room
from chat.permissions import CHANGE_ROOM, Permission

FIELDS = "title", "description", "visibility", "locked", "generation"  # of the room, in its event
# What clients send as it is, in whole: without a difference that is no event.
EDITED = frozenset({"title", "title_key", "title_look", "description", "visibility", "password"})


@dataclass(slots=True, kw_only=True)
class RoomChangeDraft(Draft):
    """New values for columns of the room, checked already. `bump`: the password is new, void all tokens.

    `permission`: what the actor needs for this change.
    """

    event = RoomChanged
    asked_by = (commands.Describe,)

    values: dict[str, Any] = field(default_factory=dict)
    bump: bool = False
    permission: Permission = CHANGE_ROOM

    @classmethod
    def from_command(cls, command: commands.Describe, who: Sender, head: DraftHead) -> Self:
        return cls(**head, values={"description": command.description})

    @property
    def reaches_deleted(self) -> bool:
        return "deleted_at" in self.values  # it restores the room

    def decide(self, state: RoomState, batch: Batch) -> RoomChanged | None:
        batch.rights.check_permission(self, self.permission)
        if not self.bump and self.values.keys() <= EDITED and self._changes_nothing():
            return None
        self._update_room()
        batch.rights.forget_room(self.room)  # it may have another owner now
        facts = Room.objects.values_list(*FIELDS).get(pk=self.room)
        event = RoomChanged(self.room, state.next_seq, self.at, *facts)
        state.locked, state.deleted = event.locked, False
        return event

    def _changes_nothing(self) -> bool:
        if not self.values:
            return True
        current: dict[str, Any] = Room.objects.filter(pk=self.room).values(*self.values).get()
        return current == self.values

    def _update_room(self) -> None:
        """Write the values. Raises 102, 105 for what the database refuses, by a change made meanwhile."""
        values: dict[str, Any] = self.values | {"updated_at": self.at}
        if self.bump:
            values["generation"] = F("generation") + 1
        try:
            with transaction.atomic():
                Room.objects.filter(pk=self.room).update(**values)
        except IntegrityError as error:
            if "title" in str(error):
                raise validation.duplicate_title() from None
            detail = "the room changed in the meantime; try again"
            raise ChatError(INVALID_CONTENT, field="visibility", detail=detail) from None

    @staticmethod
    def to_columns(event: RoomChanged) -> Columns:
        facts = {name: getattr(event, name) for name in FIELDS}
        return None, "", "", None, "", None, msgspec.json.encode(facts).decode()

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> RoomChanged:
        return RoomChanged(*head, **row.data)
