"""Figures that processes store: by the minute for a day, ended connections for an hour."""

from django.db import models


class MinuteFigures(models.Model):
    """What one process counted in one minute. `minute`: since 1970. Rows of more than a day ago go."""

    process = models.UUIDField()
    minute = models.PositiveIntegerField()
    connections = models.PositiveIntegerField(help_text="The most at the same time.")
    messages = models.PositiveIntegerField(help_text="Entries that it committed to the log.")
    delay = models.FloatField(help_text="The longest, in ms, that a question to the database took.")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["minute", "process"], name="figures_once")]

    def __str__(self) -> str:
        return f"minute {self.minute} of {self.process}"


class ConnectionEnd(models.Model):
    """A connection that ended, and why. Rows of more than an hour ago go."""

    at = models.DateTimeField(db_index=True)
    # No foreign key: it is kept for an hour, and written when the participant may have gone.
    participant = models.PositiveBigIntegerField(null=True)
    name = models.CharField(max_length=50, blank=True)
    dialect = models.CharField(max_length=16)
    code = models.PositiveIntegerField(help_text="The close code; 0 if the client or the network ended it.")
    reason = models.CharField(max_length=123, blank=True)
    unsent = models.PositiveIntegerField(help_text="Bytes that were still to be sent.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name or 'a connection'} ended with {self.code}"
