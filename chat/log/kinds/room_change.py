"""Changes of a room's properties."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from chat import commands, validation
from chat.errors import HELD, INVALID_CONTENT, ChatError
from chat.events import NO_SEQ, RoomChanged, Sender
from chat.filters import refuse_filtered
from chat.log.drafts import Act, Batch, Columns, Draft, DraftHead, EventHead, EventRow
from chat.log.filtered_names import check_room_texts
from chat.log.filters import find_filter
from chat.log.held import file_report
from chat.log.kinds.message import check_pace, find_watch
from chat.log.room_state import RoomState
from chat.log.slow_mode import Poster, name_poster
from chat.models import Room
from chat.models.room import new_generation
from chat.permissions import (
    CHANGE_ROOM,
    LEAVE_TO_OWNER,
    LIMIT_POSTING,
    POST_ANYWAY,
    RANKS,
    Permission,
    Role,
)
from chat.validation import CHOICES, OWNER

# Of the room, in its event.
FIELDS = (
    *("title", "description", "visibility", "locked", "generation"),
    *("slow_seconds", "accounts_only", "approve_first", "rules", "rules_version"),
    *CHOICES,
)
# What clients send as it is, in whole: without a difference that is no event.
LIMITS = frozenset(  # on who may post, and how often, and who may do what else
    {"locked", "slow_seconds", "accounts_only", "approve_first", "rules", *CHOICES}
)
EDITED = LIMITS | {"title", "title_key", "title_look", "description", "visibility", "password"}
TEXTS = ("title", "description", "rules")  # which members read
_UNTOLD = frozenset({"title_key", "title_look", "password", "locked"})  # in the audit log


@dataclass(slots=True, kw_only=True)
class RoomChangeDraft(Draft):
    """New values for columns of the room, checked already. `bump`: the password is new, void all tokens.

    `permission`: what the actor needs for this change. `sender`: under which name, if that is known. What
    limits and filters messages holds for changes, too: in a commons anyone could speak to all by them.
    """

    event = RoomChanged
    asked_by = (commands.Describe, commands.LimitPosting)
    acts = ("change_room", "lock", "unlock", "give_room", "restore_room")

    values: dict[str, Any] = field(default_factory=dict)
    bump: bool = False
    permission: Permission = CHANGE_ROOM
    sender: Sender | None = None
    _before: dict[str, Any] = field(default_factory=dict, init=False)

    @classmethod
    def from_command(
        cls, command: commands.Describe | commands.LimitPosting, who: Sender, head: DraftHead
    ) -> Self:
        if isinstance(command, commands.Describe):
            return cls(**head, sender=who, values={"description": command.description})
        given = {name: getattr(command, name) for name in LIMITS}
        values = {name: value for name, value in given.items() if value is not None}
        return cls(**head, sender=who, values=values, permission=LIMIT_POSTING)

    @property
    def poster(self) -> Poster:
        return name_poster(self.room, self._who, self.actor.address)

    @property
    def _who(self) -> Sender:
        return self.sender or Sender("")

    @property
    def reaches_deleted(self) -> bool:
        return "deleted_at" in self.values  # it restores the room

    def decide(self, state: RoomState, batch: Batch) -> RoomChanged | None:
        batch.rights.check_permission(self, self.permission)
        self._before = Room.objects.filter(pk=self.room).values(*self.values).get() if self.values else {}
        if not self.bump and self.values.keys() <= EDITED and self._before == self.values:
            return None
        self._check_choices(batch)
        if state.guarded and not batch.rights.has_permission(self, POST_ANYWAY):
            self._check_may_tell(state, batch)
        elif state.filters is not None and batch.rights.read_rank(self) < RANKS[Role.STAFF]:
            check_room_texts(self._read_told())  # who runs a room does not run the server
        self._update_room(state)
        batch.rights.forget_room(self.room)  # it may have another owner now
        facts = Room.objects.values_list(*FIELDS).get(pk=self.room)
        event = RoomChanged(self.room, state.next_seq, self.at, *facts)
        state.locked, state.deleted = event.locked, False
        state.slow_seconds, state.accounts_only = event.slow_seconds, event.accounts_only
        state.approve_first = event.approve_first
        state.rules_version = event.rules_version
        state.update_guard()
        return event

    def _check_choices(self, batch: Batch) -> None:
        """Raise 104 for a moderator who takes from the owner what only they can do, or leaves it to them."""
        for name in CHOICES.keys() & self.values.keys():
            before, after = self._before[name], self.values[name]
            if before != after and OWNER in (before, after):
                batch.rights.check_permission(self, replace(LEAVE_TO_OWNER, field=name))

    def _check_may_tell(self, state: RoomState, batch: Batch) -> None:
        """Raise what a message of those who do not run the room would be refused for: all members are told
        of the change. It cannot wait for a moderator: what would be held is refused, in the same words.
        """
        who = self._who
        self.check_may_speak(who, state, batch)
        text, caught = "\n".join(self._read_told().values()), None
        if state.filters is not None and text:
            self.judgement = None  # it may be decided again, about other texts
            caught = find_filter(self, text, who, state, batch.recent, edits=NO_SEQ)
        if caught is not None and caught.action != "warn":
            raise refuse_filtered()
        new = state.approve_first and batch.held.is_newcomer(self.poster, who)
        if new or (state.bans and find_watch(self, self.poster, who, state, batch) is not None):
            detail = "you can change this room when a moderator has approved a message of yours"
            raise ChatError(HELD, detail=detail)
        if state.slow_seconds:
            check_pace(self, self.poster, state, batch)
        if caught is not None:
            note = f"filter {caught.id}: {caught.kind}, {caught.action}"
            batch.after.append(lambda event: file_report(self.room, who, text, "filter", self.at, note=note))

    def _read_told(self) -> dict[str, str]:
        """The texts that members are told, by field."""
        told = [name for name in TEXTS if name in self.values and self.values[name] != self._before[name]]
        return {name: self.values[name] for name in told}

    def _update_room(self, state: RoomState) -> None:
        """Write the values. Raises 102, 105 for what the database refuses, by a change made meanwhile."""
        values: dict[str, Any] = self.values | {"updated_at": self.at}
        if "rules" in values and values["rules"] != self._before["rules"]:
            # Greater than any before: a room may begin with rules, before its first event.
            values["rules_version"] = max(state.next_seq, state.rules_version + 1) if values["rules"] else 0
        if self.bump:
            values["generation"] = Greatest(F("generation") + 1, new_generation(self.at))
        try:
            with transaction.atomic():
                Room.objects.filter(pk=self.room).update(**values)
        except IntegrityError as error:
            if "title" in str(error):
                raise validation.duplicate_title() from None
            detail = "the room changed in the meantime; try again"
            raise ChatError(INVALID_CONTENT, field="visibility", detail=detail) from None

    def describe_act(self, state: RoomState) -> Act:
        if self.reaches_deleted:
            return Act(name="restore_room")
        changed = {name for name, value in self.values.items() if self._before[name] != value}
        details: dict[str, Any] = {
            name: [self._before[name], self.values[name]] for name in changed - _UNTOLD
        }
        if "password" in changed:
            details["password"] = []
        name = "give_room" if "owner_id" in self.values else "change_room"
        if "locked" in changed:
            name = "lock" if self.values["locked"] else "unlock"
        return Act(name=name, details=details)

    @staticmethod
    def to_columns(event: RoomChanged) -> Columns:
        facts = {name: getattr(event, name) for name in FIELDS}
        return None, "", "", None, "", None, msgspec.json.encode(facts).decode()

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> RoomChanged:
        return RoomChanged(*head, **row.data)
