"""Joined rooms found by the room, as under its lock for each mention of all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chat", "0032_fold_again")]

    operations = [
        migrations.AddIndex(
            model_name="joinedroom",
            index=models.Index(fields=["room", "participant"], name="joined_room_members"),
        ),
    ]
