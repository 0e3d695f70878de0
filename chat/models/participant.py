"""Who talks: a guest, or an account."""

from django.conf import settings
from django.db import models


class Participant(models.Model):
    """Somebody with an identity of their own: an account's, or that of a guest's signed session."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="participant"
    )
    name = models.CharField(max_length=50, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name or (f"guest {self.pk}" if self.user_id is None else f"account {self.user_id}")
