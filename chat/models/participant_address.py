"""The addresses that participants came from lately."""

from datetime import datetime, timedelta
from typing import Final, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

MOST: Final = 20  # of one participant that are shown, or banned with their name


def _kept_since(moment: datetime) -> datetime:
    return moment - timedelta(days=settings.ENV.wschat_address_days)


class ParticipantAddressQuerySet(models.QuerySet["ParticipantAddress"]):
    """Queries for the addresses of participants."""

    def recent(self, participant: int) -> Self:
        """The latest addresses of a participant, of those that are kept."""
        theirs = self.filter(participant=participant, last_seen__gt=_kept_since(timezone.now()))
        return theirs.order_by("-last_seen", "-pk")[:MOST]

    def outdated(self, moment: datetime) -> Self:
        """Those that are no longer kept."""
        return self.filter(last_seen__lte=_kept_since(moment))


class ParticipantAddress(models.Model):
    """An address that a participant came from: of IPv4, or the /64 of one of IPv6.

    `chat.presence.addresses` writes it. While the participant is connected, `last_seen` stays as it is.
    """

    # No constraint: a participant who is deleted just now must not fail the batch that others are in.
    # The unique constraint's index begins with the participant.
    participant = models.ForeignKey(
        "chat.Participant",
        on_delete=models.CASCADE,
        related_name="addresses",
        db_constraint=False,
        db_index=False,
    )
    address = models.CharField(max_length=64)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(db_index=True)

    objects = ParticipantAddressQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["participant", "address"], name="participant_address_once")
        ]

    def __str__(self) -> str:
        return self.address
