"""PostgreSQL: an index of the words of all messages. SQLite has none: it would cost each message more than it brings."""

from django.db import migrations

CREATE = (
    "CREATE INDEX IF NOT EXISTS event_words ON chat_event"
    " USING gin (to_tsvector('simple'::regconfig, COALESCE(translate(text, '@./:-_~=?&#+', '            '), '')))"
    " WHERE kind = 'message'"
)


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS event_words")


class Migration(migrations.Migration):
    dependencies = [("chat", "0005_accounts")]

    operations = [migrations.RunPython(create, drop)]
