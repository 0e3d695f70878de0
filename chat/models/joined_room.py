"""The rooms of participants: those that they have joined and not left since, present or not."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from chat.models.room import Room


class JoinedRoomQuerySet(models.QuerySet["JoinedRoom"]):
    """Queries for joined rooms."""

    def valid(self) -> Self:
        """Those whose participant may still be there without a password: not after it has changed."""
        moderated = Room.moderators.through.objects.filter(
            room=OuterRef("room"), participant=OuterRef("participant")
        )
        return self.filter(
            Q(room__visibility=Room.Visibility.PUBLIC)
            | Q(generation=F("room__generation"))
            | Q(room__owner=F("participant"))
            | Exists(moderated)
        )


class JoinedRoom(models.Model):
    """A room that a participant has joined. `generation`: of the password under which they joined it.

    `level`: what of it calls the participant, until `level_until` (None: for good); then all does again.
    """

    class Level(models.TextChoices):
        ALL = "all"
        MENTIONS = "mentions"
        NOTHING = "nothing"

    participant = models.ForeignKey(
        "chat.Participant", on_delete=models.CASCADE, related_name="joined_rooms", db_index=False
    )
    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    generation = models.PositiveIntegerField()
    level = models.CharField(max_length=8, choices=Level, default=Level.ALL, db_default=Level.ALL)
    level_until = models.DateTimeField(null=True, blank=True)

    objects = JoinedRoomQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["participant", "room"], name="joined_room_once")]
        indexes = [models.Index(fields=["room", "participant"], name="joined_room_members")]

    def __str__(self) -> str:
        return f"{self.participant_id} in room {self.room_id}"

    def level_at(self, moment: datetime) -> tuple[str, datetime | None]:
        """The level that holds then, and until when."""
        if self.level_until is not None and self.level_until <= moment:
            return self.Level.ALL.value, None
        return self.level, self.level_until
