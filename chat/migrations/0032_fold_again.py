"""Messages folded anew that have emoji of several characters, which search takes for one, or letters of Malayalam
and Bengali that have two spellings.
"""

from django.db import migrations

from chat.words import fold_text

_AT_ONCE = 1000
_CHANGED = "[\u09ce\u0d7a-\u0d7f\u200d\u20e3\U000e007f\U0001f1e6-\U0001f1ff]"


def fold_messages(apps, schema_editor):
    """Go through the messages in the order of the table."""
    events = apps.get_model("chat", "Event").objects.filter(kind="message", text__regex=_CHANGED).order_by("pk")
    last = 0
    while rows := list(events.filter(pk__gt=last).only("pk", "text")[:_AT_ONCE]):
        for row in rows:
            row.words = fold_text(row.text)
        apps.get_model("chat", "Event").objects.bulk_update(rows, ["words"], batch_size=200)
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("chat", "0031_mute_reasons")]

    operations = [migrations.RunPython(fold_messages, migrations.RunPython.noop)]
