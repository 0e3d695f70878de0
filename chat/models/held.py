"""Messages that wait for a moderator, and filters that texts must pass."""

from typing import Self

from django.db import models
from django.db.models import Q

from chat.validation import FILTER_ACTIONS, FILTER_KINDS, SERVER_REASONS


class HeldMessageQuerySet(models.QuerySet["HeldMessage"]):
    """Queries for held messages."""

    def waiting(self) -> Self:
        """Those that are not decided."""
        return self.filter(state=HeldMessage.State.WAITING)

    def approved(self) -> Self:
        """Those that a moderator approved: their senders are no newcomers any more."""
        return self.filter(state=HeldMessage.State.APPROVED)


class HeldMessage(models.Model):
    """A message that is not in the log yet: a moderator approves or rejects it (`chat.log.held`).

    Once it is decided, the text goes. The row stays, so that the message is known if it is sent again.
    """

    class State(models.IntegerChoices):
        WAITING = 0, "waiting"
        APPROVED = 1, "approved"
        REJECTED = 2, "rejected"

    # An index of its own begins with the room.
    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="+", db_index=False)
    poster = models.CharField(
        max_length=64, help_text="The participant's number, or of an anonymous client a keyed hash."
    )
    sender = models.ForeignKey("chat.Participant", on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=50)
    color = models.CharField(max_length=32, blank=True)
    nonce = models.CharField(max_length=64, null=True)  # noqa: DJ001 (two NULLs may be, two "" not)
    text = models.TextField(blank=True)
    reply_to = models.PositiveBigIntegerField(null=True)
    reason = models.CharField(max_length=16, choices=[(one, one) for one in SERVER_REASONS])
    at = models.DateTimeField()
    state = models.PositiveSmallIntegerField(choices=State, default=State.WAITING)
    decided_at = models.DateTimeField(null=True)

    objects = HeldMessageQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "nonce"], condition=Q(nonce__isnull=False), name="held_nonce_once"
            )
        ]
        indexes = [
            models.Index(fields=["room", "state", "poster"], name="held_poster"),
            models.Index(fields=["state", "at"], name="held_age"),
        ]

    def __str__(self) -> str:
        return f"held message {self.pk}"


class Filter(models.Model):
    """What the text of a message in the room must not have; without a room: in all rooms (`chat.filters`)."""

    room = models.ForeignKey(
        "chat.Room", on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name="room"
    )
    kind = models.CharField(max_length=16, choices=[(one, one) for one in FILTER_KINDS])
    pattern = models.TextField(
        blank=True, help_text="Words or hosts, one a line; or a regular expression as RE2 knows it."
    )
    amount = models.PositiveIntegerField(
        null=True, blank=True, help_text="From how many mentions, repetitions, or percent of capitals."
    )
    action = models.CharField(max_length=16, choices=[(one, one) for one in FILTER_ACTIONS])
    note = models.CharField(max_length=200, blank=True, help_text="For moderators alone.")
    by = models.CharField(max_length=50, blank=True, editable=False)
    at = models.DateTimeField(editable=False)

    class Meta:
        default_permissions = ("change",)
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"filter {self.pk}: {self.kind}"
