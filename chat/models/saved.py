"""Messages that participants have saved for later."""

from typing import Self

from django.db import models

from chat.models.event import Event


class SavedMessageQuerySet(models.QuerySet["SavedMessage"]):
    """Queries for saved messages."""

    def standing(self) -> Self:
        """Those whose message is neither deleted nor forgotten."""
        return self.filter(Event.objects.is_standing_at("room", "seq"))


class SavedMessage(models.Model):
    """The participant has saved the message `seq` of the room. A deletion leaves the row, as of mentions."""

    participant = models.ForeignKey(
        "chat.Participant", on_delete=models.CASCADE, related_name="saved", db_index=False
    )
    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="+", db_index=False)
    seq = models.PositiveBigIntegerField()

    objects = SavedMessageQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["participant", "room", "seq"], name="saved_once")]
        indexes = [
            models.Index(fields=["participant", "id"], name="saved_latest"),
            models.Index(fields=["room", "seq"], name="saved_message"),  # they go with the message
        ]

    def __str__(self) -> str:
        return f"{self.participant_id} saved {self.room_id}#{self.seq}"
