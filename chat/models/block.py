"""Blocks: whom participants do not want to hear from."""

from django.db import models


class Block(models.Model):
    """The participant `blocker` has blocked the participant `blocked`, in all of their browsers."""

    blocker = models.ForeignKey(
        "chat.Participant", on_delete=models.CASCADE, related_name="blocks", db_index=False
    )
    blocked = models.ForeignKey(
        "chat.Participant", on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once")]
        indexes = [models.Index(fields=["blocked", "blocker"], name="block_of")]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"
