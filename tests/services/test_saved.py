"""Messages saved for later, on a real database."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.errors import ChatError
from chat.models import Participant, Room, SavedMessage
from chat.permissions import ANONYMOUS, SITE, Actor
from chat.services import bans, direct, messages, retention, saved
from tests.log.test_mentions import join, participant, say
from tests.support.marks import whole_db

pytestmark = whole_db


@pytest.fixture
def room() -> Room:
    room = Room.objects.create(title="club", title_key="club")
    join(room, "ann", "bob")
    for text in ("one", "two", "three"):
        say(room, "ann", text)
    return room


def actor(name: str) -> Actor:
    return Actor(participant(name))


def found(name: str, *, room: int | None = None, before: int | None = None) -> list[tuple[str, str]]:
    page = saved.find_saved(actor(name), room=room, before=before, limit=9)
    return [(one.title, one.message.text) for one in page.saved]


def refusal(*asked: object) -> int:
    with pytest.raises(ChatError) as refused:
        saved.save_message(*asked)  # type: ignore[arg-type]
    return refused.value.kind.code


def test_saved_messages_are_listed_latest_first_for_their_owner_alone(room: Room):
    for seq in (3, 1, 1):
        saved.save_message(room.pk, seq, actor("bob"))
    assert found("bob") == [("club", "one"), ("club", "three")]
    assert found("bob", room=room.pk + 1) == []
    assert found("ann") == []
    page = saved.find_saved(actor("bob"), limit=1)
    assert page.more
    assert found("bob", before=page.saved[0].id) == [("club", "three")]
    saved.forget_message(room.pk, 3, actor("bob"))
    assert found("bob") == [("club", "one")]


def test_account_gets_what_the_guest_has_saved(room: Room, monkeypatch: pytest.MonkeyPatch):
    closed = Room.objects.create(title="x", title_key="x", visibility="private", password="x")
    say(closed, "ann", "secret")
    guest, account = participant("ann"), participant("bob")
    SavedMessage.objects.create(participant_id=guest, room=closed, seq=1)
    saved.save_message(room.pk, 1, actor("bob"))
    for seq in (1, 2, 3):
        saved.save_message(room.pk, seq, actor("ann"))
    monkeypatch.setattr(saved, "MOST_SAVED", 4)
    for _ in range(2):
        saved.take_over(guest, account)
        assert found("bob") == [("club", "three"), ("club", "two"), ("club", "one")]
    assert SavedMessage.objects.filter(participant=account).count() == 4


def test_message_that_cannot_be_read_is_not_saved(room: Room):
    closed = Room.objects.create(title="x", title_key="x", visibility="private", password="x")
    say(closed, "ann", "secret")
    assert refusal(closed.pk, 1, actor("bob")) == 101
    assert refusal(room.pk, 9, actor("bob")) == 205
    assert refusal(room.pk + 99, 1, actor("bob")) == 101
    assert refusal(room.pk, 1, ANONYMOUS) == 204
    saved.save_message(closed.pk, 1, actor("bob"), [closed.pk])  # a token lets them in
    assert found("bob") == []
    assert saved.find_saved(actor("bob"), limit=1, by_token=[closed.pk]).saved[0].message.text == "secret"
    bans.ban(room=room, actor=SITE, fields={"name": "bob"})
    assert refusal(room.pk, 1, actor("bob")) == 101


def test_messages_that_can_be_read_no_more_are_left_out(room: Room):
    for seq in (1, 2):
        saved.save_message(room.pk, seq, actor("bob"))
    messages.delete_message(room=room, seq=2, actor=SITE)
    assert found("bob") == [("club", "one")]
    messages.restore_message(room=room, seq=2, actor=SITE)
    assert found("bob") == [("club", "two"), ("club", "one")]
    Room.objects.filter(pk=room.pk).update(visibility="private", password="x", generation=2)
    assert found("bob") == []
    Room.objects.filter(pk=room.pk).update(visibility="public", password="")
    bans.ban(room=room, actor=SITE, fields={"name": "bob"})
    assert found("bob") == []


def test_message_of_a_conversation_is_saved_by_the_two_alone(room: Room):
    talk = direct.open_with(participant("ann"), "bob").room
    say(Room.objects.get(pk=talk), "ann", "between us")
    saved.save_message(talk, 1, actor("bob"))
    assert found("bob") == [("", "between us")]
    Participant.objects.create(name="eve", name_key="eve")
    assert refusal(talk, 1, actor("eve")) == 101


def test_so_many_are_saved_and_deleted_ones_make_room(room: Room, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(saved, "MOST_SAVED", 2)
    for seq in (1, 2, 2):
        saved.save_message(room.pk, seq, actor("bob"))
    assert refusal(room.pk, 3, actor("bob")) == 915
    messages.delete_message(room=room, seq=1, actor=SITE)
    saved.save_message(room.pk, 3, actor("bob"))
    assert found("bob") == [("club", "three"), ("club", "two")]


def test_forgotten_messages_take_their_saved_ones_along(room: Room):
    saved.save_message(room.pk, 1, actor("bob"))
    Room.objects.update(retention_days=1)
    retention.purge_events(timezone.now() + timedelta(days=2))
    assert not SavedMessage.objects.exists()
