"""What somebody has not read yet."""

import pytest
from django.utils import timezone

from chat.models import Event, Participant, ReadMark, Room
from chat.services.unread import MOST, unread

pytestmark = pytest.mark.django_db


@pytest.fixture
def me() -> Participant:
    return Participant.objects.create(name="ann", name_key="ann")


@pytest.fixture
def other() -> Participant:
    return Participant.objects.create(name="bob", name_key="bob")


def room_with(*events: Event) -> Room:
    """A room with this log."""
    title = f"room {Room.objects.count()}"
    room = Room.objects.create(title=title, title_key=title, last_seq=len(events))
    for seq, event in enumerate(events, start=1):
        event.room, event.seq, event.created_at = room, seq, timezone.now()
    Event.objects.bulk_create(events)
    return room


def said(sender: Participant | None, **fields: object) -> Event:
    return Event(kind=Event.Kind.MESSAGE, sender=sender, text="x", **fields)


def test_messages_of_others_after_the_mark_are_counted(me: Participant, other: Participant):
    room = room_with(said(other), said(other), said(me), said(other), said(None))
    ReadMark.objects.create(participant=me, room=room, seq=1)
    ReadMark.objects.create(participant=other, room=room, seq=5)
    assert unread(me.pk, [room.pk]) == {room.pk: 3}
    assert unread(other.pk, [room.pk]) == {room.pk: 0}


def test_without_a_mark_all_is_unread(me: Participant, other: Participant):
    room = room_with(said(other), said(other))
    assert unread(me.pk, [room.pk]) == {room.pk: 2}


def test_only_standing_messages_are_counted(me: Participant, other: Participant):
    edited = Event(kind=Event.Kind.EDITED, sender=other, target=1)
    room = room_with(said(other), said(other, erased_at=timezone.now()), edited)
    assert unread(me.pk, [room.pk]) == {room.pk: 1}


def test_no_more_than_a_hundred_are_counted(me: Participant, other: Participant):
    room = room_with(*(said(other) for _ in range(MOST + 5)))
    assert unread(me.pk, [room.pk]) == {room.pk: MOST}


def test_many_rooms_are_one_question(me: Participant, other: Participant, django_assert_num_queries):
    one, two, empty = room_with(said(other)), room_with(said(other), said(other)), room_with()
    with django_assert_num_queries(1):
        assert unread(me.pk, {one.pk, two.pk, empty.pk}) == {one.pk: 1, two.pk: 2, empty.pk: 0}
    with django_assert_num_queries(0):
        assert unread(me.pk, []) == {}
