"""How far a participant has read, or got."""

from django.db import models


class ReadMark(models.Model):
    """The last seq of a room that a participant has read.

    `delivered`: the last one that a connection got which cannot ask for more, and keeps no account of it.
    """

    participant = models.ForeignKey(
        "chat.Participant", on_delete=models.CASCADE, related_name="marks", db_index=False
    )
    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="+", db_index=False)
    seq = models.PositiveBigIntegerField(db_default=0)
    delivered = models.PositiveBigIntegerField(db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["participant", "room"], name="read_mark_once")]

    def __str__(self) -> str:
        return f"{self.participant_id} has read {self.room_id} up to {self.seq}"
