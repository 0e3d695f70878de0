from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0040_participant_addresses'),
    ]

    operations = [
        migrations.AddField(
            model_name='mute',
            name='rank',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, help_text='Of who made it: it does not cover those of that rank.'),
        ),
        migrations.AddIndex(
            model_name='reaction',
            index=models.Index(fields=['participant', 'room'], name='reaction_of_whom'),
        ),
    ]
