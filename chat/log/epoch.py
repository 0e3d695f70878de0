"""The epoch: a name for the history that the database has. Blocking; call it from a thread.

A backup that is restored, or a tail of the log that is lost, takes the logs back: the next messages get
numbers that others had before. So a position in a log is worth something only with the epoch that it is of.
"""

from django.db import transaction

from chat.models import Epoch
from chat.models.epoch import new_value


def read_epoch() -> str:
    """The present epoch."""
    value = Epoch.objects.values_list("value", flat=True).first()
    return value or Epoch.objects.get_or_create()[0].value


def read_versions() -> tuple[str, str, str]:
    """The present epoch, and the versions of the server's bans and filters, in one question."""
    found = Epoch.objects.values_list("value", "bans", "filters").first()
    return found or (read_epoch(), "", "")


def begin_epoch(instead_of: str | None = None) -> str:
    """Begin a new epoch; with `instead_of` only if that is still the present one. Returns the present one."""
    with transaction.atomic():
        epoch = Epoch.objects.select_for_update().get_or_create()[0]
        if instead_of is None or epoch.value == instead_of:
            epoch.value = new_value()
            epoch.save()
    return epoch.value
