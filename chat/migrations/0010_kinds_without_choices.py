from django.db import migrations, models


class Migration(migrations.Migration):
    """The kinds stand in `chat.log.kinds` alone. The column stays as it is."""

    dependencies = [
        ('chat', '0009_holders'),
    ]

    operations = [
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(max_length=16),
        ),
    ]
