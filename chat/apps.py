"""The Django app."""

from typing import Any, Final

from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.db.models.signals import post_migrate

MODERATORS: Final = "Moderators"
MODERATORS_MAY: Final = (
    "view_room",
    "change_room",
    "delete_room",
    "view_event",
    "delete_event",
    "view_participant",
)


class ChatConfig(AppConfig):
    """Rooms, the log and everything that speaks of them."""

    name = "chat"

    def ready(self) -> None:
        """Permissions are made after the migrations, so the group that has some is made then too."""
        post_migrate.connect(make_moderators, sender=self)


def make_moderators(using: str, apps: Apps = apps, **signal: Any) -> None:
    """Make the group of those who may do all that the admin site offers for rooms and messages.

    Once made it belongs to the operator: what they add or take away stays so.
    """
    try:
        groups = apps.get_model("auth", "Group").objects.using(using)
        permissions = apps.get_model("auth", "Permission").objects.using(using)
    except LookupError:  # a migration to a state without accounts
        return
    group, made = groups.get_or_create(name=MODERATORS)
    if made:
        chosen = permissions.filter(content_type__app_label="chat", codename__in=MODERATORS_MAY)
        group.permissions.set(chosen)
