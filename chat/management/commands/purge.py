"""`manage.py purge`: delete the messages that are older than their rooms keep them."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from chat.services import retention


class Command(BaseCommand):
    """What the server does by itself every hour, now."""

    help = "Delete the messages that are older than their rooms keep them (the server does so every hour)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Purge, and say how much went."""
        self.stdout.write(f"{retention.purge_events(timezone.now())} events deleted")
