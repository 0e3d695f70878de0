"""The Django app."""

from typing import Any, Final

from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.conf import settings
from django.db.models.signals import post_migrate, post_save
from django.utils.module_loading import import_string

MODERATORS: Final = "Moderators"
MODERATORS_MAY: Final = (
    "view_room",
    "change_room",
    "delete_room",
    "view_event",
    "delete_event",
    "view_participant",
    "view_auditentry",
    "change_report",
    "change_filter",
    "view_bulkdeletion",
    "view_kepttext",
)


class ChatConfig(AppConfig):
    """Rooms, the log and everything that speaks of them."""

    name = "chat"

    def ready(self) -> None:
        """Permissions are made after the migrations, so the group that has some is made then too."""
        post_migrate.connect(make_moderators, sender=self)
        introduce = import_string("chat.services.identity.introduce_account")  # there are no models before
        post_save.connect(introduce, sender=settings.AUTH_USER_MODEL)
        import_string("chat.services.revocations.connect_signals")()


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
