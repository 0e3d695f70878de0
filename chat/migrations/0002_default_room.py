"""The default room: "Public Chat", number 1, owned by nobody but staff."""

from typing import Any

from django.core.management.color import no_style
from django.db import migrations


def create(apps: Any, schema_editor: Any) -> None:
    room = apps.get_model("chat", "Room")
    room.objects.create(pk=1, title="Public Chat", title_key="public chat", description="Everybody is welcome here.")
    # PostgreSQL's sequence knows nothing of a number that was given by hand.
    with schema_editor.connection.cursor() as cursor:
        for statement in schema_editor.connection.ops.sequence_reset_sql(no_style(), [room]):
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("chat", "0001_initial")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
