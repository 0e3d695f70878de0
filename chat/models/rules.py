"""Who has accepted the rules of which room."""

from django.db import models


class RulesAcceptance(models.Model):
    """A participant has accepted the rules of a room, of this version (`Room.rules_version`)."""

    # The unique constraint's index begins with the room.
    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="+", db_index=False)
    participant = models.ForeignKey("chat.Participant", on_delete=models.CASCADE, related_name="+")
    version = models.PositiveBigIntegerField()
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["room", "participant"], name="rules_acceptance_once")]

    def __str__(self) -> str:
        return f"{self.participant_id} in room {self.room_id}"
