"""Kicks: a member is removed from the room, and cannot come back at once."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Self

import msgspec
from django.conf import settings

from chat import commands, validation
from chat.errors import USER_NOT_FOUND, ChatError
from chat.events import Kicked, Sender
from chat.log import bans
from chat.log.drafts import Act, Batch, Columns, Draft, DraftHead, EventHead, EventRow
from chat.log.kinds.ban import (
    check_label,
    check_rank,
    delete_ended,
    find_here,
    find_person,
    find_senders,
    store_ban,
)
from chat.log.room_state import RoomState
from chat.log.used_names import find_uses
from chat.models import Ban, JoinedRoom
from chat.permissions import KICK

# By then each process has removed them. Until then what is still on its way from them is refused.
PAUSE: Final = timedelta(seconds=2)


@dataclass(slots=True, kw_only=True)
class KickDraft(Draft):
    """The removal of a name from the room. The room tokens that it came with are void from now on."""

    event = Kicked
    asked_by = (commands.Kick,)
    acts = ("kick",)

    name: str
    reason: str = ""
    verified: bool = True
    _subject: Sender | None = field(default=None, init=False)

    @classmethod
    def from_command(cls, command: commands.Kick, who: Sender, head: DraftHead) -> Self:
        return cls(**head, name=command.name, reason=command.reason, verified=command.verified)

    def decide(self, state: RoomState, batch: Batch) -> Kicked:
        batch.rights.check_permission(self, KICK)
        if not self.verified:
            check_label(self.name)
        self._subject = who = find_person(self.room, self.name)
        rank = batch.rights.read_rank(self)
        check_rank(batch.rights, self.room, who, rank)
        here, uses = find_here(self.room, who), find_uses(self.name, self.room)
        # By protocols such as `plain` a name speaks without being in the room.
        if not (here or (uses and who.participant is None) or find_senders(self.room, self.name)):
            raise ChatError(USER_NOT_FOUND, field="name", detail=f"{self.name} is not in this room")
        key = f"{bans.KICK}:{validation.name_key(self.name)}"
        earlier = Ban.objects.filter(room=self.room).with_origin(key).lasting(self.at)
        rank = max([rank, *earlier.values_list("rank", flat=True)])  # it adds to that of a higher rank
        delete_ended(self.room, self.at)
        common: dict[str, Any] = {"kick": True, "rank": rank, "reason": self.reason, "at": self.at}
        pause = {"until": self.at + PAUSE, "name": self.name, "participant_id": who.participant}
        store_ban(self.room, key, common | pause)
        expiry = self.at + timedelta(seconds=settings.ENV.wschat_token_lifetime)
        # Room tokens are issued for a name: those for this name end, even if someone else uses it now.
        lines = {row.token for row in here} | {use.token for use in uses}
        for line in lines - {""}:
            store_ban(self.room, f"{bans.TOKEN}:{line}", common | pause | {"until": expiry, "origin": key})
        if who.participant is not None:  # a closed room asks for its password again
            JoinedRoom.objects.filter(room=self.room, participant=who.participant).update(generation=0)
        state.bans = bans.renew_room_bans(self.room, state.bans)
        state.update_guard()
        return Kicked(self.room, state.next_seq, self.at, who, self.reason)

    def describe_act(self, state: RoomState) -> Act:
        return Act(name="kick", subject=self._subject, reason=self.reason)

    @staticmethod
    def to_columns(event: Kicked) -> Columns:
        who, what = event.who, msgspec.json.encode({"reason": event.reason}).decode()
        return who.participant, who.name, who.color, None, "", None, what

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> Kicked:
        return Kicked(*head, Sender(row.name, row.color, row.sender_id), row.data["reason"])
