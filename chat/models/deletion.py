"""Deletions of many messages at once, and the texts that staff can restore."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Self

from django.db import models
from django.db.models import Q

from chat.models.event import Event
from chat.permissions import Actor

KEPT_FOR: Final = timedelta(days=7)
_STEP: Final = 1000


def make_deleter(actor: Actor) -> Actor:
    """The same actor, who is staff by the permission to delete messages, as in the admin site."""
    return replace(actor, permission="chat.delete_event")


class BulkDeletionQuerySet(models.QuerySet["BulkDeletion"]):
    """Queries for bulk deletions."""

    def under_way(self) -> Self:
        """Those with something left to do."""
        return self.filter(state__in=BulkDeletion.UNDER_WAY)

    def of_actor(self, participant: int | None) -> Self:
        """Those whose present work this participant asked for."""
        restoring = Q(state=BulkDeletion.State.RESTORING)
        return self.filter((~restoring & Q(actor=participant)) | (restoring & Q(restorer=participant)))


class BulkDeletion(models.Model):
    """The deletion of all messages of one sender: in a room, or everywhere. Then perhaps their restoration.

    `sender` and `actor` are numbers of participants and no foreign keys: an actor who is gone has no rights,
    and must not become the server itself, which has no number.
    """

    class State(models.TextChoices):
        DELETING = "deleting"
        DONE = "done"
        STOPPED = "stopped"
        REFUSED = "refused"
        RESTORING = "restoring"
        RESTORED = "restored"

    UNDER_WAY: Final = (State.DELETING, State.RESTORING)

    room = models.ForeignKey(
        "chat.Room",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: everywhere, direct conversations included.",
    )
    sender = models.PositiveBigIntegerField(
        null=True, help_text="The participant. Empty: messages under the name without a participant."
    )
    name = models.CharField(max_length=50)
    since = models.DateTimeField(null=True, help_text="Of messages from then on. Empty: all.")
    at = models.DateTimeField(help_text="When it was asked for; later messages stay.")
    ended_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.DELETING)
    total = models.PositiveIntegerField(null=True, help_text="How many messages. Empty: too many to count.")
    deleted = models.PositiveIntegerField(default=0)
    restored = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=200, blank=True)
    refusal = models.CharField(max_length=200, blank=True, help_text="Why it ended early.")
    actor = models.PositiveBigIntegerField(null=True, help_text="Who asked. Empty: the server itself.")
    actor_name = models.CharField(max_length=150, blank=True)
    permission = models.CharField(max_length=64)
    address = models.CharField(max_length=64, blank=True)
    # Who restores it, apart from who deleted: always staff.
    restorer = models.PositiveBigIntegerField(null=True, help_text="Who restored it.")
    restorer_name = models.CharField(max_length=150, blank=True)
    restorer_address = models.CharField(max_length=64, blank=True)
    # How far it has come: from room to room, in each from the latest message on. NULL: not begun. 0: through.
    room_now = models.PositiveBigIntegerField(default=0)
    before_seq = models.PositiveBigIntegerField(null=True)
    # The process that works on it. When its lease ends, another one goes on.
    runner = models.ForeignKey("chat.Lease", on_delete=models.SET_NULL, null=True, related_name="+")

    objects = BulkDeletionQuerySet.as_manager()

    class Meta:
        verbose_name = "bulk deletion"
        default_permissions = ("view",)
        indexes = [  # of the few that are under way: each process asks for them all the time
            models.Index(
                fields=["id"], condition=Q(state__in=("deleting", "restoring")), name="bulk_under_way"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.at:%Y-%m-%d %H:%M}"

    @property
    def everywhere(self) -> bool:
        """Whether it is for all rooms and direct conversations."""
        return self.room_id is None

    @property
    def asked_by(self) -> Actor:
        """Who asked for what it does now; the log decides their rights."""
        if self.state == self.State.RESTORING:
            return make_deleter(
                Actor(self.restorer, staff=self.restorer is None, address=self.restorer_address)
            )
        return Actor(self.actor, staff=self.actor is None, permission=self.permission, address=self.address)


class KeptTextQuerySet(models.QuerySet["KeptText"]):
    """Queries for kept texts."""

    def restorable(self, moment: datetime) -> Self:
        """Those that staff can still restore then."""
        return self.filter(at__gt=moment - KEPT_FOR)

    def of_message(self, room: int, seq: int) -> Self:
        """The text of this message."""
        return self.filter(event__room=room, event__seq=seq)

    def delete_in_steps(self) -> int:
        """Delete them, in transactions that others can wait for. Returns how many they were."""
        count = 0
        while step := list(self.values_list("pk", flat=True)[:_STEP]):
            self.model.objects.filter(pk__in=step).delete()
            count += len(step)
        return count

    def in_rooms(self) -> Self:
        """Those of rooms: staff must not read direct conversations."""
        return self.filter(event__room__low__isnull=True)


class KeptText(models.Model):
    """The text of a message that a moderator deleted. Staff can restore it for 7 days; then it is gone."""

    # No constraint and no cascade: retention deletes events in bulk, and these with them.
    event = models.OneToOneField(
        Event, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="kept"
    )
    text = models.TextField()
    edited_at = models.DateTimeField(null=True)
    at = models.DateTimeField(db_index=True, help_text="When the message was deleted.")
    by = models.PositiveBigIntegerField(null=True, help_text="The participant who deleted it.")
    bulk = models.ForeignKey(BulkDeletion, on_delete=models.CASCADE, null=True, related_name="kept")

    objects = KeptTextQuerySet.as_manager()

    class Meta:
        verbose_name = "deleted message"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"text of event {self.event_id}"
