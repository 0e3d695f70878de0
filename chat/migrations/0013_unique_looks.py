"""The constraint and the index for 0012: PostgreSQL takes no changes of a table with rows just written."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0012_looks_and_messages")]

    operations = [
        migrations.AddConstraint(
            model_name="room",
            constraint=models.UniqueConstraint(
                condition=models.Q(("deleted_at__isnull", True), ("low__isnull", True)),
                fields=("title_look",),
                name="room_title_look_unique",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("erased_at__isnull", True), ("kind", "message")),
                fields=["room", "seq", "sender"],
                name="event_messages",
            ),
        ),
    ]
