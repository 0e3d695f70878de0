"""The keys under which names, titles and bans are found."""

import importlib

import pytest
from django.apps import apps
from django.utils import timezone

from chat.models import Ban, Participant, Room
from chat.validation import name_key

pytestmark = pytest.mark.django_db


def fold_again() -> None:
    importlib.import_module("chat.migrations.0035_fold_looks_again").fold_keys(apps, None)


def test_keys_from_before_are_those_of_today():
    person = Participant.objects.create(name="Łukasz", name_key="I\u0337ukasz")
    room = Room.objects.create(title="50%", title_key="50%", title_look="5oo/O")
    keys = ["name:A", "kick:I\u0337", "pattern:A*I\u0337", "token:ABC"]
    bans = [Ban.objects.create(room=room, key=key, rank=1, at=timezone.now()) for key in keys]
    fold_again()
    person.refresh_from_db()
    room.refresh_from_db()
    assert (person.name_key, room.title_look) == (name_key("Łukasz"), name_key("50%"))
    assert [Ban.objects.get(pk=ban.pk).key for ban in bans] == [
        "name:a",
        "kick:i\u0337",
        "pattern:a*i\u0337",
        "token:ABC",
    ]


def test_name_that_has_a_key_keeps_it():
    first = Participant.objects.create(name="ann", name_key="ann")
    other = Participant.objects.create(name="\u1d00nn", name_key="Ann")
    fold_again()
    assert list(Participant.objects.order_by("pk").values_list("pk", "name_key")) == [
        (first.pk, "ann"),
        (other.pk, "Ann"),
    ]
