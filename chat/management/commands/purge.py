"""`manage.py purge`: delete messages older than the retention of their rooms."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from chat.services import retention


class Command(BaseCommand):
    """What the server does by itself every hour, now."""

    help = "Delete messages older than the retention of their rooms (the server does so every hour)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Purge, and say how much went."""
        self.stdout.write(f"{retention.purge_events(timezone.now())} events deleted")
