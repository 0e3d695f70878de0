"""Mutes: names that may not send, edit or react in a room, nor show that they are typing.

Where a mute is enforced: `RoomState.check_not_muted` refuses who is muted while a batch is numbered, with
the room's row locked (107, with `retry_after` if the mute ends), unless they are of the rank of who muted
them (`Draft.check_may_speak`). `chat.services.moderation.check_may_type` asks the same before typing is
shown, and `chat.log.kinds.decision` before a held message is approved. Deleting and pinning stay allowed.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Self

import msgspec

from chat import commands, validation
from chat.errors import INVALID_FIELD, ChatError
from chat.events import Muted, Sender
from chat.log.drafts import Act, Batch, Columns, Draft, DraftHead, EventHead, EventRow
from chat.log.kinds.ban import check_label, check_rank, find_person
from chat.log.room_state import ActiveMute, RoomState
from chat.models import Mute, Room
from chat.permissions import MUTE, RANKS, Role, check_may_change

_AUTOMATIC: Final = RANKS[Role.MODERATOR]


@dataclass(slots=True, kw_only=True)
class MuteDraft(Draft):
    """Refuse messages under this name `until` then (None: until further notice); with `on` false, no more.

    The `reason` is for members, too, if `tells`. `by_filter`: no one has decided it, so that each moderator
    can lift it.
    """

    event = Muted
    asked_by = (commands.Mute,)
    acts = ("mute", "unmute")

    name: str
    until: datetime | None = None
    on: bool = True
    reason: str = ""
    tells: bool = True
    verified: bool = True
    by_filter: bool = False
    _subject: Sender | None = field(default=None, init=False)

    @classmethod
    def from_command(cls, command: commands.Mute, who: Sender, head: DraftHead) -> Self:
        seconds = command.seconds
        until = None if seconds is None else head["at"] + timedelta(seconds=seconds)
        return cls(
            **head,
            name=command.name,
            until=until,
            on=command.on,
            reason=command.reason,
            verified=command.verified,
        )

    def decide(self, state: RoomState, batch: Batch) -> Muted | None:
        batch.rights.check_permission(self, MUTE)
        if self.on and not self.verified:
            check_label(self.name)
        key, rank = validation.name_key(self.name), batch.rights.read_rank(self)
        earlier = [mute for mute in state.mutes.values() if mute.key == key and mute.lasts(self.at)]
        if self.on:
            who = find_person(self.room, self.name)
            check_rank(batch.rights, self.room, who, rank)
            earlier = [mute for mute in earlier if mute.participant == who.participant]
        check_may_change(rank, (mute.rank for mute in earlier))
        if self.on and not earlier and not self._is_room_for_more(state):
            if self.by_filter:
                return None
            detail = f"a room can have at most {validation.MOST_MUTES} mutes; lift one first"
            raise ChatError(INVALID_FIELD, field="name", detail=detail)
        if self.on:
            mute = self._store_mute(key, who.participant, _AUTOMATIC if self.by_filter else rank)
            state.mutes[key, mute.participant] = mute
            self._subject = Sender(self.name, "", mute.participant)
        elif self._delete_mutes(key):
            self._subject = Sender(self.name)
            state.mutes = {place: mute for place, mute in state.mutes.items() if mute.key != key}
        else:
            return None
        state.update_guard()
        return Muted(self.room, state.next_seq, self.at, self.name, self.until, self.on, self._told)

    @property
    def _told(self) -> str:
        """The reason for members."""
        return self.reason if self.tells else ""

    def _is_room_for_more(self, state: RoomState) -> bool:
        """Whether the room can have another mute: all are read for each message to it.

        Those of filters leave space for the moderators'. If it is full, those that are over go first.
        """
        most = validation.MOST_MUTES // 2 if self.by_filter else validation.MOST_MUTES
        if len(state.mutes) >= most:
            Mute.objects.filter(room=self.room, until__lte=self.at).delete()
            state.mutes = {place: mute for place, mute in state.mutes.items() if mute.lasts(self.at)}
        return len(state.mutes) < most

    def _store_mute(self, key: str, participant: int | None, rank: int) -> ActiveMute:
        """Mute the name, as that is all that some protocols know, and the participant who has it, if any.

        The mute of another participant who had the name stays.
        """
        given = {"name": self.name, "until": self.until, "at": self.at, "reason": self._told, "rank": rank}
        if not Mute.objects.filter(room=self.room, name_key=key, participant=participant).update(**given):
            Mute.objects.create(room_id=self.room, name_key=key, participant_id=participant, **given)
            Room.objects.filter(pk=self.room).update(mutes=True)
        return ActiveMute(key, participant, self.until, rank)

    def _delete_mutes(self, key: str) -> bool:
        """Lift all mutes of the name. Whether there was one."""
        here = Mute.objects.filter(room=self.room)
        if not here.filter(name_key=key).delete()[0]:
            return False
        Room.objects.filter(pk=self.room).update(mutes=here.exists())
        return True

    def describe_act(self, state: RoomState) -> Act:
        details = {} if self.until is None else {"until": self.until.isoformat()}
        name = "mute" if self.on else "unmute"
        return Act(name=name, subject=self._subject, reason=self.reason, details=details)

    @staticmethod
    def to_columns(event: Muted) -> Columns:
        what = msgspec.json.encode({"until": event.until, "on": event.on, "reason": event.reason}).decode()
        return None, event.name, "", None, "", None, what

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> Muted:
        until = row.data["until"] and datetime.fromisoformat(row.data["until"])
        return Muted(*head, row.name, until, row.data["on"], row.data.get("reason", ""))
