"""When each sender last posted in a room with slow mode."""

from django.db import models


class LastPost(models.Model):
    """The latest message of a sender (`chat.log.slow_mode`). Not in the log, which some rooms do not keep."""

    # The unique constraint's index begins with the room.
    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="+", db_index=False)
    sender = models.CharField(
        max_length=64, help_text="The participant's number, or of an anonymous client a keyed hash."
    )
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["room", "sender"], name="last_post_once")]

    def __str__(self) -> str:
        return f"{self.sender} in room {self.room_id}"
