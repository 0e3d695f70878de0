"""Presence: rows that live as long as the lease of the process that holds the connections."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from chat import validation


class Lease(models.Model):
    """One server process that is alive, as long as it renews this row."""

    id = models.UUIDField(primary_key=True)
    renewed_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.pk)


class PresenceQuerySet(models.QuerySet["Presence"]):
    """The words in which presence is asked for."""

    def current(self) -> Self:
        """Rows whose process still renews its lease."""
        return self.filter(
            lease__renewed_at__gt=timezone.now() - timedelta(seconds=settings.ENV.wschat_lease_seconds)
        )

    def in_rooms(self) -> Self:
        """Rows of rooms, without those of the conversations of two."""
        return self.filter(room__low__isnull=True)

    def named(self, room_id: int, name: str) -> Self:
        """Those in the room under this name, compared as names are."""
        return self.filter(room_id=room_id, name_key=validation.name_key(name))


class Presence(models.Model):
    """One connection that is in one room under one name."""

    id = models.UUIDField(primary_key=True)
    lease = models.ForeignKey(Lease, on_delete=models.CASCADE, related_name="presences")
    # The index below begins with the room.
    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="presences", db_index=False)
    participant = models.ForeignKey(
        "chat.Participant", on_delete=models.CASCADE, null=True, blank=True, related_name="presences"
    )
    token = models.CharField(max_length=64, blank=True)  # the line of room tokens that the name came with
    name = models.CharField(max_length=50)
    name_key = models.CharField(max_length=255)
    color = models.CharField(max_length=32, blank=True)
    dialect = models.CharField(max_length=16)
    address = models.CharField(max_length=64, blank=True, db_default="", help_text="From where.")
    joined_at = models.DateTimeField()
    last_activity = models.DateTimeField()

    objects = PresenceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["room", "name_key"], name="presence_room_name")]

    def __str__(self) -> str:
        return f"{self.name} in room {self.room_id}"

    @property
    def unverified(self) -> bool:
        """Whether the name may belong to someone else."""
        return self.participant_id is None
