"""Reactions: emoji under messages."""

import json
from dataclasses import dataclass, field
from typing import Self

from chat import commands, validation
from chat.characters import qualify_emoji
from chat.errors import INVALID_FIELD, ChatError
from chat.events import Reacted, Sender
from chat.log.drafts import Act, Batch, Columns, Draft, DraftHead, EventHead, EventRow
from chat.log.kinds.message import refuse_missing
from chat.log.room_state import RoomState
from chat.models import Event, Reaction
from chat.permissions import DELETE_MESSAGE


@dataclass(slots=True, kw_only=True)
class ReactionDraft(Draft):
    """An emoji of `sender` under the message `target`, put there or taken away.

    `whose`: take away that of another participant, as those who may delete their messages can.
    """

    event = Reacted
    asked_by = (commands.React,)
    acts = ("remove_reaction",)

    target: int
    sender: Sender
    emoji: str
    on: bool
    whose: int | None = None
    _foreign: Sender | None = field(default=None, init=False)

    @classmethod
    def from_command(cls, command: commands.React, who: Sender, head: DraftHead) -> Self:
        whose = None if command.participant == who.participant else command.participant
        if whose is not None and command.on:
            detail = "only with on=false: no one reacts for someone else"
            raise ChatError(INVALID_FIELD, field="participant", detail=detail)
        return cls(**head, target=command.target, sender=who, emoji=command.emoji, on=command.on, whose=whose)

    def decide(self, state: RoomState, batch: Batch) -> Reacted | None:
        if self.whose is not None:
            return self._remove_foreign(self.whose, state, batch)
        self.check_may_speak(self.sender, state, batch)
        if not Event.objects.not_erased(self.room, self.target).exists():
            raise refuse_missing()
        if not (self._add_reaction() if self.on else self._take_away()):
            return None
        return Reacted(self.room, state.next_seq, self.at, self.target, self.sender, self.emoji, self.on)

    def _remove_foreign(self, whose: int, state: RoomState, batch: Batch) -> Reacted | None:
        """Take away the reaction of another. Members see that its participant took it away."""
        batch.rights.check_permission(self, DELETE_MESSAGE)
        under = Reaction.objects.filter(room=self.room, target=self.target)
        theirs = under.filter(participant=whose, emoji=self.emoji).first()
        if theirs is None:
            return None
        theirs.delete()
        self._foreign = Sender(theirs.name, "", whose)
        return Reacted(self.room, state.next_seq, self.at, self.target, self._foreign, self.emoji, on=False)

    def describe_act(self, state: RoomState) -> Act | None:
        if self._foreign is None:
            return None
        details = {"emoji": self.emoji}
        return Act(name="remove_reaction", subject=self._foreign, message=self.target, details=details)

    def _add_reaction(self) -> bool:
        """Store the reaction. Whether it is new."""
        under = Reaction.objects.filter(room=self.room, target=self.target)
        by = self.sender.participant or 0
        if under.filter(participant=by, emoji=self.emoji).exists():
            return False
        emoji = set(under.values_list("emoji", flat=True).distinct())
        if self.emoji not in emoji and len(emoji) >= validation.MOST_EMOJI:
            detail = f"a message can have at most {validation.MOST_EMOJI} different reactions"
            raise ChatError(INVALID_FIELD, field="emoji", detail=detail)
        under.create(
            room_id=self.room, target=self.target, participant_id=by, emoji=self.emoji, name=self.sender.name
        )
        return True

    def _take_away(self) -> bool:
        """Delete the reaction. Whether there was one."""
        under = Reaction.objects.filter(room=self.room, target=self.target)
        mine = under.filter(participant=self.sender.participant or 0, emoji=self.emoji)
        return bool(mine.delete()[0])

    @staticmethod
    def to_columns(event: Reacted) -> Columns:
        who, what = event.who, json.dumps({"emoji": event.emoji, "on": event.on})
        return who.participant, who.name, who.color, None, "", event.target, what

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> Reacted:
        who = Sender(row.name, row.color, row.sender_id)
        emoji = qualify_emoji(row.data["emoji"])  # some were stored as they were spelled
        return Reacted(*head, row.target or 0, who, emoji, row.data["on"])
