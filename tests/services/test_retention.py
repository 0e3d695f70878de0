"""Retention: which messages a room keeps."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import call_command

from chat.events import Edited, Erased, Sender
from chat.log import recovery
from chat.log.kinds.deletion import DeletionDraft
from chat.log.kinds.edit import EditDraft
from chat.log.kinds.message import MessageDraft
from chat.log.log import log
from chat.models import Event, Participant, Room
from chat.permissions import Actor
from chat.services import messages, retention, rooms
from tests.support.marks import whole_db

pytestmark = whole_db
NOW = datetime.now(UTC)
STAFF = Actor(None, staff=True)


def say(days_ago: float) -> None:
    log.append_and_wait(
        MessageDraft(room=1, at=NOW - timedelta(days=days_ago), sender=Sender("ann"), text="hi")
    )


def keep(days: int | None) -> None:
    rooms.set_retention(room=Room.objects.get(pk=1), actor=STAFF, days=days)


def seqs() -> list[int]:
    return [event.seq for event in recovery.read_after(1, 0)]


def test_messages_older_than_the_room_keeps_them_are_deleted():
    for days_ago in (9, 8, 7.1, 6.9, 1):
        say(days_ago)
    keep(7)
    assert retention.purge_events(NOW) == 3
    assert seqs() == [4, 5, 6]  # and the change of the room itself
    say(0)
    assert seqs()[-1] == 7


@pytest.mark.parametrize(
    ("room", "site", "left"), [(None, 0, 3), (None, 1, 1), (30, 1, 3), (0, 0, 0), (0, 30, 0)]
)
def test_room_keeps_as_it_says_or_else_as_the_site_does(monkeypatch, room: int | None, site: int, left: int):
    monkeypatch.setattr(settings.ENV, "wschat_retention_days", site)
    say(20)
    say(10)
    keep(room)
    retention.purge_events(datetime.now(UTC))
    assert len(seqs()) == left


def test_later_texts_go_with_their_message(monkeypatch):
    """Of edits and restorations that are not due themselves. Whoever has the message sees it deleted."""
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    bob = Participant.objects.create(name="bob", name_key="bob")
    who = Sender("bob", "", bob.pk)
    for days_ago in (9, 8, 1):
        log.append_and_wait(MessageDraft(room=1, at=NOW - timedelta(days=days_ago), sender=who, text="first"))
    for target in (1, 2, 3):
        for text in ("second", "secret"):
            log.append_and_wait(
                EditDraft(room=1, at=NOW, target=target, text=text, sender=who, actor=Actor(bob.pk))
            )
    log.append_and_wait(DeletionDraft(room=1, at=NOW, target=2, actor=STAFF))
    messages.restore_message(room=Room.objects.get(pk=1), seq=2, actor=STAFF)
    keep(7)
    assert retention.purge_events(NOW) == 2
    assert list(Event.objects.filter(text="secret").values_list("target", flat=True)) == [None, 3]
    left = recovery.read_after(1, 2)
    assert [event.target for event in left if isinstance(event, Erased)] == [1, 1, 2, 2, 2, 2]
    assert [event.text for event in left if isinstance(event, Edited)] == ["second", "secret"]
    assert seqs() == list(range(3, 13))


def test_more_than_one_delete_is_needed(monkeypatch):
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    for _ in range(5):
        say(9)
    keep(7)
    assert retention.purge_events(NOW) == 5
    assert seqs() == [6]


def test_command_says_how_much_went(capsys):
    say(9)
    keep(7)
    call_command("purge")
    assert capsys.readouterr().out == "1 events deleted\n"
