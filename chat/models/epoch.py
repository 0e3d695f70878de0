"""Which history of the database this is."""

from secrets import token_urlsafe

from django.db import models

_ONLY = 1


def new_value() -> str:
    """A value that no other history has."""
    return token_urlsafe(12)


class Epoch(models.Model):
    """The one row that names the history: another value after the database has gone back.

    Positions in the logs (`seq`) mean the same within one epoch alone.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=_ONLY, editable=False)
    value = models.CharField(max_length=32, default=new_value)
    began_at = models.DateTimeField(auto_now=True)
    # Another value with each change of the bans from the server as a whole; empty if there never was one.
    bans = models.CharField(max_length=32, db_default="", default="", editable=False)
    # The same for the filters of the server as a whole.
    filters = models.CharField(max_length=32, db_default="", default="", editable=False)

    def __str__(self) -> str:
        return self.value
