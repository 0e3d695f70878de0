"""`manage.py restored`: say that the database was restored from a backup."""

from typing import Any

from django.core.management.base import BaseCommand

from chat.log import epoch


class Command(BaseCommand):
    """Begins a new epoch."""

    help = (
        "Run this after you restored the database from a backup: clients that saw messages which are gone "
        "now load their rooms anew, and send again what was not acknowledged."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin a new epoch; running servers notice it within a second."""
        self.stdout.write(f"The log begins epoch {epoch.begin_epoch()}. Clients load their rooms anew.")
