"""Muting from a room's page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chat.errors import MUTED, ChatError
from chat.models import Event, Mute
from tests.admin.conftest import MakeRoom, MakeStaff, SayIn
from tests.admin.test_rooms import enter, page, told
from tests.support.marks import whole_db

pytestmark = whole_db


def test_mute_and_unmute(moderator: Client, make_room: MakeRoom, say_in: SayIn):
    room = make_room("Gardeners")
    enter(room, "ann")
    shown = moderator.get(page(room)).content.decode()
    assert "No one</p>" in shown
    assert '<option value="ann"></option>' in shown
    answer = moderator.post(page(room, "mute"), {"name": " Ann ", "duration": "1 hour"})
    assert told(answer) == "“Ann” was muted (1 hour)."
    mute = Mute.objects.get(room=room)
    assert mute.until
    assert timedelta(minutes=59) < mute.until - timezone.now() < timedelta(minutes=61)
    with pytest.raises(ChatError) as refused:
        say_in(room, "hello", "ANN")
    assert refused.value.kind == MUTED
    assert "No one</p>" not in moderator.get(page(room)).content.decode()
    assert told(moderator.post(page(room, "unmute"), {"name": "Ann"})) == "“Ann” was unmuted."
    say_in(room, "hello")
    assert list(Event.objects.filter(room=room).order_by("seq").values_list("kind", flat=True)) == [
        "muted",
        "muted",
        "message",
    ]


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({"name": "", "duration": "1 hour"}, "Enter a name and choose a duration."),
        ({"name": "ann"}, "Enter a name and choose a duration."),
        ({"name": "ann", "duration": "1 second"}, "Enter a name and choose a duration."),
        ({"name": "a\x00b", "duration": "1 day"}, "must not contain control"),
    ],
)
def test_invalid_mute_is_explained(moderator: Client, make_room: MakeRoom, given, answer):
    assert answer in told(moderator.post(page(make_room("Gardeners"), "mute"), given))
    assert not Mute.objects.exists()


def test_mute_form_needs_the_permission_to_change_rooms(make_staff: MakeStaff, make_room: MakeRoom):
    room, viewer = make_room("Gardeners"), make_staff("view_room")
    assert "<h2>Muted" not in viewer.get(page(room)).content.decode()
    for verb in ("mute", "unmute"):
        assert viewer.post(page(room, verb), {"name": "ann", "duration": "1 day"}).status_code == 403
        assert viewer.get(page(room, verb)).status_code == 405
