"""Texts that participants have begun to write: "drafts" in the web UI."""

from django.db import models


class UnfinishedText(models.Model):
    """What a participant has begun to write in a room, as of `at`: for them alone, in every browser."""

    participant = models.ForeignKey(
        "chat.Participant", on_delete=models.CASCADE, related_name="unfinished", db_index=False
    )
    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="+")
    text = models.TextField()
    reply_to = models.PositiveBigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["participant", "room"], name="unfinished_once")]

    def __str__(self) -> str:
        return f"{self.participant_id} writes in {self.room_id}"
