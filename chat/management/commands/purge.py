"""`manage.py purge`: delete messages older than the retention of their rooms."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from chat.services import retention


class Command(BaseCommand):
    """Delete old events now, as the server does every hour."""

    help = "Delete messages older than the retention of their rooms (the server does so every hour)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Purge, and say how much went."""
        retention.forget_kept_texts(timezone.now())
        self.stdout.write(f"{retention.purge_events(timezone.now())} events deleted")
