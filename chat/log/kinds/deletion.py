"""Deletions of messages: the text goes from the log as well.

Who may delete a message (`permissions.DELETE_MESSAGE`): the sender, muted or not and in a locked room, too,
but not while banned. Moderators, the owner and staff may delete any sender's. In a direct conversation
the sender alone. Others get 204. Clients without an identity cannot delete.

Who may delete all messages and reactions of a sender (`DELETE_ALL`, `DELETE_EVERYWHERE`): who runs the room,
of a higher rank than the sender; staff everywhere, in direct conversations as well. Others get 104.

What a sender deletes is gone. What a moderator deletes is kept aside for a week, for staff to restore
(`chat.log.kinds.restoration`), unless the sender deletes it as well.
"""

from dataclasses import dataclass, field
from typing import Self

import msgspec
from django.db.models import F

from chat import commands
from chat.events import Edited, Erased, Logged, Reacted, Restored, Sender
from chat.log.drafts import Act, Batch, Columns, Draft, DraftHead, EventHead, EventRow
from chat.log.kinds.ban import check_rank
from chat.log.kinds.message import keep_digest, refuse_missing
from chat.log.kinds.reaction import ReactionDraft
from chat.log.room_state import RoomState
from chat.models import BulkDeletion, Event, KeptText, Reaction
from chat.permissions import DELETE_ALL, DELETE_EVERYWHERE, DELETE_MESSAGE, RANKS, Permission, Role


@dataclass(slots=True, kw_only=True)
class DeletionDraft(Draft):
    """The deletion of the message `target`: by its sender `by`, or by a moderator.

    `by` is None if it is deleted from outside of the room, as in the admin site. `reason`: for the audit log.
    `bulk`: the number of the bulk deletion that it is a part of, which has an entry there for all of them.
    """

    event = Erased
    asked_by = (commands.Erase,)
    acts = ("delete",)

    target: int
    by: int | None = None
    reason: str = ""
    bulk: int | None = None
    everywhere: bool = False
    _foreign: Sender | None = field(default=None, init=False)  # the sender, if it is another one

    @classmethod
    def from_command(cls, command: commands.Erase, who: Sender, head: DraftHead) -> Self:
        return cls(**head, target=command.target, by=who.participant, reason=command.reason)

    @property
    def reaches_deleted(self) -> bool:
        return self.by is None

    def decide(self, state: RoomState, batch: Batch) -> Erased | None:
        message = Event.objects.messages(self.room).filter(seq=self.target).first()
        if message is None:
            raise refuse_missing()
        is_sender = self.by is not None and message.sender_id == self.by
        sender = Sender(message.name, "", message.sender_id)
        if self.bulk is not None:
            check_bulk(self, sender, batch, everywhere=self.everywhere)
        else:
            batch.rights.check_permission(self, DELETE_MESSAGE, is_sender=is_sender)
        self._foreign = None
        if is_sender:
            KeptText.objects.filter(pk=message.pk).delete()
        if message.erased_at is not None:
            return None
        if not count_in_bulk(self.bulk, BulkDeletion.State.DELETING, "deleted"):
            return None
        if not is_sender:
            self._foreign = sender
            self._keep_text(message)
        gone = {"text": "", "words": "", "erased_at": self.at, "pinned_at": None}
        Event.objects.filter(pk=message.pk).update(**gone, **keep_digest(message, erased=True))
        for texts in Event.objects.texts_of(self.room, self.target):
            texts.update(text="")
        self._empty_texts(batch.events)
        Reaction.objects.filter(room=self.room, target=self.target).delete()
        return Erased(self.room, state.next_seq, self.at, self.target)

    def describe_act(self, state: RoomState) -> Act | None:
        if self._foreign is None or self.bulk is not None:
            return None
        return Act(name="delete", subject=self._foreign, message=self.target, reason=self.reason)

    def _keep_text(self, message: Event) -> None:
        """Keep the text for staff."""
        KeptText.objects.create(
            event=message,
            text=message.text,
            edited_at=message.edited_at,
            at=self.at,
            by=self.actor.participant,
            bulk_id=self.bulk,
        )

    def _empty_texts(self, events: list[Logged]) -> None:
        """Take the text from edits and restorations that are in the same batch: they are not stored yet."""
        for position, event in enumerate(events):
            if not isinstance(event, Edited | Restored):
                continue
            if (event.room, event.target) == (self.room, self.target):
                events[position] = msgspec.structs.replace(event, text="")

    @staticmethod
    def to_columns(event: Erased) -> Columns:
        return None, "", "", None, "", event.target, None

    @staticmethod
    def from_row(head: EventHead, row: EventRow) -> Erased:
        return Erased(*head, row.target or 0)


@dataclass(slots=True, kw_only=True)
class ReactionRemovalDraft(ReactionDraft):
    """The removal of a reaction of `sender`, by a bulk deletion. Members see that the sender took it away."""

    on: bool = False
    bulk: int
    everywhere: bool = False

    @property
    def reaches_deleted(self) -> bool:
        return True

    @property
    def speaker(self) -> Sender | None:
        return None  # the sender, who may be banned, does nothing

    def decide(self, state: RoomState, batch: Batch) -> Reacted | None:
        check_bulk(self, self.sender, batch, everywhere=self.everywhere)
        going_on = BulkDeletion.objects.filter(pk=self.bulk, state=BulkDeletion.State.DELETING)
        if not going_on.exists() or not self._take_away():
            return None
        return Reacted(self.room, state.next_seq, self.at, self.target, self.sender, self.emoji, on=False)


def check_bulk(draft: Draft, sender: Sender, batch: Batch, *, everywhere: bool) -> None:
    """Raise 104 unless the actor may delete all messages of this sender, now."""
    if everywhere:
        check_staff(draft, DELETE_EVERYWHERE, batch)
    else:
        batch.rights.check_permission(draft, DELETE_ALL)
    check_rank(batch.rights, draft.room, sender, batch.rights.read_rank(draft))


def check_staff(draft: Draft, permission: Permission, batch: Batch) -> None:
    """Raise the error of the permission unless the actor is staff, in a direct conversation as well.

    For bulk deletions by staff, which cover conversations that staff cannot read.
    """
    if batch.rights.read_rank(draft) < RANKS[Role.STAFF]:
        raise permission.make_error()


def count_in_bulk(bulk: int | None, state: str, counter: str) -> bool:
    """Count a message with its bulk deletion, if it is part of one. False if that was stopped meanwhile."""
    if bulk is None:
        return True
    going_on = BulkDeletion.objects.filter(pk=bulk, state=state)
    return bool(going_on.update(**{counter: F(counter) + 1}))
