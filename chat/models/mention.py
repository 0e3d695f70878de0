"""Mentions: messages that call a participant by name."""

from typing import Self

from django.db import models

from chat.models.event import Event


class MentionQuerySet(models.QuerySet["Mention"]):
    """Queries for mentions."""

    def standing(self) -> Self:
        """Those whose message is neither deleted nor forgotten."""
        return self.filter(Event.objects.is_standing_at("room", "seq"))


class Mention(models.Model):
    """The message `seq` of the room calls the participant. Written with the message, by `chat.log` alone.

    A deletion leaves it, as the message may be restored: who asks looks at the message.
    """

    participant = models.ForeignKey(
        "chat.Participant", on_delete=models.CASCADE, related_name="mentions", db_index=False
    )
    room = models.ForeignKey("chat.Room", on_delete=models.CASCADE, related_name="+", db_index=False)
    seq = models.PositiveBigIntegerField()

    objects = MentionQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [  # its index counts those after a read mark
            models.UniqueConstraint(fields=["participant", "room", "seq"], name="mention_once")
        ]
        indexes = [
            models.Index(fields=["participant", "id"], name="mention_latest"),
            models.Index(fields=["room", "seq"], name="mention_message"),  # they go with the message
        ]

    def __str__(self) -> str:
        return f"{self.room_id}#{self.seq} mentions {self.participant_id}"
