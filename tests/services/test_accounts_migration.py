"""Accounts from before the chat knew them."""

import importlib

from django.apps import apps
from django.contrib.auth.models import User

from chat.models import Participant
from tests.support.marks import whole_db

pytestmark = whole_db


def test_accounts_from_before_get_their_participants_and_their_names_where_they_are_free():
    Participant.objects.create(name="Ben", name_key="ben")
    for name in ("ann", "ben"):
        User.objects.create(username=name)
    Participant.objects.exclude(user=None).delete()
    importlib.import_module("chat.migrations.0005_accounts").introduce(apps, None)
    found = Participant.objects.exclude(user=None).order_by("user__username")
    assert list(found.values_list("user__username", "name", "name_key")) == [
        ("ann", "ann", "ann"),
        ("ben", "", None),
    ]
