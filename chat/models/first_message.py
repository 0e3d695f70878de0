"""Who has posted in which room."""

from django.db import models


class FirstMessage(models.Model):
    """A participant has posted in a room. `seq`: of their first message there that is not deleted.

    A deletion leaves it as it is, so that it may be that of a deleted message; `chat.log.held.has_posted`
    then moves it on.
    """

    # The unique constraint's index begins with the room.
    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="+", db_index=False)
    participant = models.ForeignKey("chat.Participant", on_delete=models.CASCADE, related_name="+")
    seq = models.PositiveBigIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["room", "participant"], name="first_message_once")]

    def __str__(self) -> str:
        return f"{self.participant_id} in room {self.room_id}, from {self.seq} on"
