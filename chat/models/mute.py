"""Mutes: names that cannot send messages in a room."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from chat.models.participant import Participant


class MuteQuerySet(models.QuerySet["Mute"]):
    """The words in which mutes are asked for."""

    def lasting(self, moment: datetime) -> Self:
        """Those that are not over by then."""
        return self.filter(Q(until=None) | Q(until__gt=moment))

    def of(self, participant: int) -> Self:
        """Those that cover the participant, who had the name when it was muted, or has it; longest first."""
        key = Participant.objects.filter(pk=participant).values("name_key")
        theirs = self.filter(Q(participant=participant) | Q(name_key__in=key))
        return theirs.order_by(models.F("until").desc(nulls_first=True))


class Mute(models.Model):
    """This name, and the participant who had it, may not send messages in the room.

    There is one for each room, name and participant, so that a mute of the next one who has a name does not
    free the first. Who stores one has locked the room's row.
    """

    # The index below begins with the room.
    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="muted", db_index=False)
    participant = models.ForeignKey(
        "chat.Participant", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=50)
    name_key = models.CharField(max_length=255)
    until = models.DateTimeField(null=True, blank=True, help_text="Leave empty to mute until further notice.")
    # Mutes that are older than this column are any moderator's.
    rank = models.PositiveSmallIntegerField(
        default=1, db_default=1, help_text="Of who made it: it does not cover those of that rank."
    )
    at = models.DateTimeField()
    reason = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="Members see it."
    )

    objects = MuteQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["room", "name_key"], name="mute_room_name")]

    def __str__(self) -> str:
        return f"{self.name} is muted in room {self.room_id}"
