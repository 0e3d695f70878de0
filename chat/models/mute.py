"""Who may not speak in a room."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q


class MuteQuerySet(models.QuerySet["Mute"]):
    """The words in which mutes are asked for."""

    def lasting(self, moment: datetime) -> Self:
        """Those that are not over by then."""
        return self.filter(Q(until=None) | Q(until__gt=moment))


class Mute(models.Model):
    """This name, and the participant who had it, may not send messages in the room."""

    # The unique constraint's index begins with the room.
    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="muted", db_index=False)
    participant = models.ForeignKey(
        "chat.Participant", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=50)
    name_key = models.CharField(max_length=255)
    until = models.DateTimeField(null=True, blank=True, help_text="Empty: until further notice.")
    at = models.DateTimeField()

    objects = MuteQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "name_key"], name="mute_once")]

    def __str__(self) -> str:
        return f"{self.name} is muted in room {self.room_id}"
