"""Keys of names and titles folded anew in which a look-alike stood for itself, such as that of small capitals."""

from django.db import IntegrityError, migrations, transaction

from chat.confusables import build_skeleton

_CHANGED = "[A-Z\u0370\uab7c\U000118a8]"  # in keys as they were
_KEYS = (
    ("Participant", "name_key"),
    ("Presence", "name_key"),
    ("Mute", "name_key"),
    ("Report", "subject_key"),
    ("Room", "title_look"),
    ("Ban", "key"),
)


def fold_keys(apps, schema_editor):
    """Where names or titles turn out to look alike, the one that has the key keeps it, and the other stays as it is."""
    for model, field in _KEYS:
        rows = apps.get_model("chat", model).objects
        for number, key in list(rows.filter(**{f"{field}__regex": _CHANGED}).values_list("pk", field)):
            try:
                with transaction.atomic():
                    rows.filter(pk=number).update(**{field: _fold(key) if model == "Ban" else build_skeleton(key)})
            except IntegrityError:
                continue


def _fold(key):
    """Only bans of names, patterns of names and kicks have a name in their key."""
    kind, colon, name = key.partition(":")
    folded = "*".join(map(build_skeleton, name.split("*")))
    return f"{kind}{colon}{folded}" if kind in ("name", "pattern", "kick") else key


class Migration(migrations.Migration):
    dependencies = [("chat", "0034_saved_and_replies")]

    operations = [migrations.RunPython(fold_keys, migrations.RunPython.noop)]
