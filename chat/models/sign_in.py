"""How often a client has tried to sign in."""

from django.db import models


class SignInTries(models.Model):
    """Tries that failed within one period: for a name, for an address, or for both together.

    `key` is a keyed hash: it does not tell who tried what from where. Rows of earlier periods go.
    """

    period = models.PositiveBigIntegerField()
    key = models.CharField(max_length=64)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["period", "key"], name="sign_in_tries_once")]

    def __str__(self) -> str:
        return f"{self.count} tries"
