"""Where the names come from that speak in a room without an identity."""

from django.db import models


class UsedName(models.Model):
    """A sender without an identity, as kicks and bans of the name have to find it (`chat.log.used_names`).

    Such a client need not be a member, and so has no `Presence`.
    """

    # With the index of a foreign key: a room that is deleted takes its rows along.
    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="+")
    name_key = models.CharField(max_length=255)
    token = models.CharField(max_length=64, blank=True, help_text="The line of its room tokens.")
    address = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["name_key", "room", "token", "address"], name="used_name_once")
        ]

    def __str__(self) -> str:
        return f"{self.name_key} in room {self.room_id}"
