"""What calls a participant: mentions, joined rooms and levels, on a real database."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat.answers import MentionInfo
from chat.errors import ChatError
from chat.models import JoinedRoom, Mention, Participant, Room
from chat.permissions import ANONYMOUS, SITE, Actor
from chat.services import bans, joined_rooms, marks, mentions, messages, retention
from chat.services.marks import Unread
from tests.log.test_mentions import join, participant, say
from tests.support.marks import whole_db

pytestmark = whole_db


@pytest.fixture
def room() -> Room:
    room = Room.objects.create(title="club", title_key="club")
    join(room, "ann", "bob")
    return room


def actor(name: str) -> Actor:
    return Actor(participant(name))


def found(name: str, **asked: int) -> list[MentionInfo]:
    return list(mentions.find_mentions(actor(name), **{"limit": 9} | asked).mentions)


def unread(name: str, room: Room) -> Unread:
    room.refresh_from_db()
    return marks.count_unread(participant(name), {room.pk: room.last_seq})[room.pk]


def test_mentions_are_listed_latest_first_and_page_by_page(room: Room):
    other = Room.objects.create(title="other", title_key="other")
    join(other, "bob")
    sent = [say(room, "ann", "@bob 1"), say(other, "ann", "@bob 2"), say(room, "ann", "@bob 3")]
    say(room, "ann", "no one")
    assert [(one.title, one.message.text) for one in found("bob")] == [
        ("club", "@bob 3"),
        ("other", "@bob 2"),
        ("club", "@bob 1"),
    ]
    assert [one.message.seq for one in found("bob", room=room.pk)] == [sent[2].seq, sent[0].seq]
    page = mentions.find_mentions(actor("bob"), limit=2)
    assert page.more
    rest = mentions.find_mentions(actor("bob"), limit=2, before=page.mentions[-1].id)
    assert ([one.message.text for one in rest.mentions], rest.more) == (["@bob 1"], False)
    assert found("ann") == []


def test_mentions_in_rooms_that_are_closed_to_the_participant_are_left_out(room: Room):
    say(room, "ann", "@bob")
    Room.objects.filter(pk=room.pk).update(visibility="private", password="x", generation=2)
    assert found("bob") == []
    Room.objects.filter(pk=room.pk).update(visibility="public", password="")
    bans.ban(room=room, actor=SITE, fields={"name": "bob"})
    assert found("bob") == []


def test_deleted_message_mentions_no_more_and_restored_one_does(room: Room):
    say(room, "ann", "@bob 1")
    say(room, "ann", "@bob 2")
    messages.delete_message(room=room, seq=2, actor=SITE)
    assert [one.message.seq for one in found("bob")] == [1]
    assert unread("bob", room) == (1, 1)
    messages.restore_message(room=room, seq=2, actor=SITE)
    assert [one.message.seq for one in found("bob")] == [2, 1]
    assert unread("bob", room) == (2, 2)


def test_unread_mentions_are_counted_after_the_read_mark(room: Room):
    for text in ("@bob", "hi", "@bob", "@ann and @bob"):
        say(room, "ann", text)
    assert unread("bob", room) == (4, 3)
    assert marks.move_mark(participant("bob"), room.pk, 1) == (1, 3, 4, 2)
    assert marks.read_marks([(participant("bob"), room.pk, 4)]) == [(1, 3, 2)]
    assert marks.read_marks([(participant("bob"), room.pk, 3)]) == [(1, 2, 1)]
    marks.move_mark(participant("bob"), room.pk, 4)
    assert unread("bob", room) == (0, 0)
    assert unread("ann", room) == (0, 0)


def test_forgotten_messages_take_their_mentions_along(room: Room):
    say(room, "ann", "@bob")
    Room.objects.update(retention_days=1)
    retention.purge_events(timezone.now() + timedelta(days=2))
    assert not Mention.objects.exists()


def test_participant_who_goes_takes_their_mentions_along(room: Room):
    say(room, "ann", "@bob")
    Participant.objects.filter(name="bob").delete()
    assert not Mention.objects.exists()


def test_joined_rooms_are_told_with_what_is_unread_and_the_level(room: Room):
    say(room, "ann", "@bob")
    say(room, "ann", "hi")
    joined_rooms.set_level(room.pk, actor("bob"), "mentions", 3600)
    (told,) = joined_rooms.describe_joined(actor("bob")).rooms
    assert (told.room, told.title, told.seq, told.read, told.unread, told.mentions) == (
        room.pk,
        "club",
        2,
        0,
        2,
        1,
    )
    assert told.level == "mentions"
    assert told.level_until is not None
    assert timedelta(minutes=59) < told.level_until - timezone.now() <= timedelta(hours=1)
    JoinedRoom.objects.update(level_until=timezone.now())
    assert joined_rooms.describe_joined(actor("bob")).rooms[0].level == "all"
    joined_rooms.set_level(room.pk, actor("bob"), "nothing")
    again = joined_rooms.describe_joined(actor("bob")).rooms[0]
    assert (again.level, again.level_until) == ("nothing", None)


def test_levels_of_others_and_wrong_ones_are_refused(room: Room):
    wrong = [
        (room.pk, actor("zoe"), "all", None, 101),
        (room.pk + 1, actor("bob"), "all", None, 101),
        (room.pk, ANONYMOUS, "all", None, 204),
        (room.pk, actor("bob"), "some", None, 303),
        (room.pk, actor("bob"), "all", 0, 303),
    ]
    for number, who, level, seconds, code in wrong:
        with pytest.raises(ChatError) as refused:
            joined_rooms.set_level(number, who, level, seconds)
        assert refused.value.kind.code == code
    for ask in (
        lambda: mentions.find_mentions(ANONYMOUS, limit=1),
        lambda: joined_rooms.describe_joined(ANONYMOUS),
    ):
        with pytest.raises(ChatError):
            ask()
