"""Who has posted in which room: a table, so that it takes one look into an index to tell."""

import django.db.models.deletion
from django.db import migrations, models


_FILL = """
    INSERT INTO chat_firstmessage (room_id, participant_id, seq)
    SELECT chat_event.room_id, chat_event.sender_id, min(chat_event.seq)
    FROM chat_event JOIN chat_room ON chat_room.id = chat_event.room_id
    WHERE chat_room.low_id IS NULL AND chat_event.kind = 'message'
        AND chat_event.erased_at IS NULL AND chat_event.sender_id IS NOT NULL
    GROUP BY chat_event.room_id, chat_event.sender_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0027_rules'),
    ]

    operations = [
        migrations.CreateModel(
            name='FirstMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveBigIntegerField()),
                ('participant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='chat.participant')),
                ('room', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='chat.room')),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('room', 'participant'), name='first_message_once')],
            },
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
    ]
