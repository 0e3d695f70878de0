"""How often what is rare was done within an hour."""

from django.db import models


class HourlyCount(models.Model):
    """What `chat.services.counts` counts. `hour`: since 1970. Rows of earlier hours go.

    `key` is a keyed hash: it does not tell who did what from where.
    """

    hour = models.PositiveIntegerField()
    key = models.CharField(max_length=64)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hour", "key"], name="hourly_count_once")]

    def __str__(self) -> str:
        return f"{self.count} in hour {self.hour}"
