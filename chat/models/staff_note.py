"""What staff have noted about a participant."""

from typing import Final

from django.db import models

LONGEST: Final = 1000


class StaffNote(models.Model):
    """A note for other staff. It stays until the participant goes; no page changes or deletes it."""

    participant = models.ForeignKey("chat.Participant", on_delete=models.CASCADE, related_name="notes")
    author = models.CharField(max_length=150, help_text="The account name of who wrote it.")
    text = models.TextField(max_length=LONGEST)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"note of {self.author} about {self.participant_id}"
