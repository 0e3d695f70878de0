"""Accounts from before are known in the chat, as new ones are when they are made."""

import contextlib
from typing import Any

from django.conf import settings
from django.db import migrations

from chat import validation
from chat.errors import ChatError


def introduce(apps: Any, schema_editor: Any) -> None:
    """Give each its participant, and the name of its user if that is free."""
    participants = apps.get_model("chat", "Participant").objects
    for user in apps.get_model(settings.AUTH_USER_MODEL).objects.filter(participant=None):
        named = {}
        with contextlib.suppress(ChatError):
            name = validation.clean_name(user.username[:50])
            if not participants.filter(name_key=validation.name_key(name)).exists():
                named = {"name": name, "name_key": validation.name_key(name)}
        participants.create(user=user, **named)


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0004_moderation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(introduce, migrations.RunPython.noop)]
