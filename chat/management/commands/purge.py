"""`manage.py purge`: delete messages and addresses that are older than the settings allow."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from chat.presence.addresses import forget_addresses
from chat.services import retention


class Command(BaseCommand):
    """Delete old events and addresses now, as the server does every hour."""

    help = "Delete messages and addresses older than the settings allow (the server does so every hour)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Purge, and say how much went."""
        retention.forget_kept_texts(timezone.now())
        forget_addresses(timezone.now())
        self.stdout.write(f"{retention.purge_events(timezone.now())} events deleted")
