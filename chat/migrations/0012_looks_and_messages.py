"""Titles that look alike are one, so is an emoji in several spellings; an index of messages alone, for unread counts."""

from django.db import migrations, models

from chat.characters import qualify_emoji
from chat.validation import LONGEST_LOOK, name_key


def look_at_titles(apps, schema_editor):
    """Of titles that look alike already, the oldest has the look; the others stay as they are."""
    rooms = apps.get_model("chat", "Room").objects
    taken = set()
    for room in rooms.filter(low__isnull=True).order_by("pk").iterator():
        look = name_key(room.title)
        if len(look) > LONGEST_LOOK or (room.deleted_at is None and look in taken):
            continue
        if room.deleted_at is None:
            taken.add(look)
        rooms.filter(pk=room.pk).update(title_look=look)


def spell_emoji(apps, schema_editor):
    """The first reaction of a participant stays, in the one spelling."""
    reactions = apps.get_model("chat", "Reaction").objects
    for reaction in reactions.order_by("pk").iterator():
        emoji = qualify_emoji(reaction.emoji)[:16]
        if emoji == reaction.emoji:
            continue
        same = reactions.filter(room=reaction.room_id, target=reaction.target, participant=reaction.participant_id)
        if same.filter(emoji=emoji).exists():
            reactions.filter(pk=reaction.pk).delete()
        else:
            reactions.filter(pk=reaction.pk).update(emoji=emoji)


class Migration(migrations.Migration):
    dependencies = [("chat", "0011_hourly_counts")]

    operations = [
        migrations.AddField(
            model_name="room",
            name="title_look",
            field=models.CharField(
                editable=False,
                help_text="The same for titles that look alike. NULL for one of those that were there before this.",
                max_length=LONGEST_LOOK,
                null=True,
            ),
        ),
        migrations.RunPython(look_at_titles, migrations.RunPython.noop),
        migrations.RunPython(spell_emoji, migrations.RunPython.noop),
    ]
