"""Counts of the limits that all processes share."""

from django.db import models


class WindowCount(models.Model):
    """How often one client did one thing since its window began: see `chat.services.windows`.

    `key` is a keyed hash: it does not tell who did what from where. `ends`: seconds since 1970. Rows of
    windows that have ended go.
    """

    key = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(default=0)
    ends = models.PositiveBigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"{self.count} until {self.ends}"
