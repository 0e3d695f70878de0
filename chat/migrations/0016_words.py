"""Messages as search compares them, in a column of their own, and PostgreSQL's index of the words in it."""

from django.db import migrations, models

from chat.words import fold_text

_AT_ONCE = 1000
_OLD = (
    "CREATE INDEX IF NOT EXISTS event_words ON chat_event"
    " USING gin (to_tsvector('simple'::regconfig, COALESCE(translate(text, '@./:-_~=?&#+', '            '), '')))"
    " WHERE kind = 'message'"
)
# No parser has a part in it, so that it holds the same words whatever the locale is.
_NEW = (
    "CREATE INDEX event_words ON chat_event"
    " USING gin (array_to_tsvector(array_remove(string_to_array(words, ' '), ''))) WHERE kind = 'message'"
)


def fold_messages(apps, schema_editor):
    """Fill the column, in the order of the table."""
    events = apps.get_model("chat", "Event").objects.filter(kind="message").exclude(text="").order_by("pk")
    last = 0
    while rows := list(events.filter(pk__gt=last).only("pk", "text")[:_AT_ONCE]):
        for row in rows:
            row.words = fold_text(row.text)
        apps.get_model("chat", "Event").objects.bulk_update(rows, ["words"], batch_size=200)
        last = rows[-1].pk


def replace_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS event_words")
        schema_editor.execute(_NEW)


def restore_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS event_words")
        schema_editor.execute(_OLD)


class Migration(migrations.Migration):
    dependencies = [("chat", "0015_plain_help_texts")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="words",
            field=models.TextField(
                blank=True, db_default="", editable=False, help_text="Of a message: its text as search compares it."
            ),
        ),
        migrations.RunPython(fold_messages, migrations.RunPython.noop),
        migrations.RunPython(replace_index, restore_index),
    ]
