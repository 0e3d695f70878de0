"""Texts that are being written, on a real database."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.utils import timezone

from chat import conf
from chat.errors import ChatError
from chat.events import Event, JoinedRoomChanged, Unfinished
from chat.models import Participant, Room, UnfinishedText
from chat.permissions import ANONYMOUS, SITE, Actor
from chat.services import bans, direct, joined_rooms, notices, unfinished
from tests.log.test_mentions import join, participant
from tests.support.marks import whole_db

pytestmark = whole_db


@pytest.fixture
def room() -> Room:
    room = Room.objects.create(title="club", title_key="club")
    join(room, "ann", "bob")
    return room


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, Event]]:
    """What participants are told."""
    told: list[tuple[int, Event]] = []

    def listen(sent: Mapping[int, Event]) -> None:
        told.extend(sent.items())

    monkeypatch.setattr(notices, "listener", listen)
    return told


def actor(name: str) -> Actor:
    return Actor(participant(name))


def keep(room: int, text: str, name: str = "bob", reply_to: int | None = None) -> object:
    return unfinished.keep_unfinished(room, text, reply_to, actor(name))


def found(name: str = "bob") -> list[tuple[int, str, int | None]]:
    return [(one.room, one.text, one.reply_to) for one in unfinished.list_unfinished(actor(name)).texts]


def refusal(room: int, who: Actor) -> int:
    with pytest.raises(ChatError) as refused:
        unfinished.keep_unfinished(room, "x", None, who)
    return refused.value.kind.code


def test_text_is_kept_for_its_writer_alone_and_replaces_the_earlier_one(room: Room):
    other = Room.objects.create(title="tea", title_key="tea")
    keep(room.pk, "  one ", reply_to=3)
    keep(other.pk, "two")
    assert found() == [(other.pk, "two", None), (room.pk, "  one ", 3)]
    keep(room.pk, "three")
    assert found() == [(room.pk, "three", None), (other.pk, "two", None)]
    assert found("ann") == []
    assert unfinished.find_rooms(participant("bob")) == {room.pk, other.pk}
    assert UnfinishedText.objects.count() == 2


def test_empty_text_removes_it_once(room: Room):
    keep(room.pk, "one")
    assert keep(room.pk, "") is not None
    assert keep(room.pk, "") is None
    assert found() == []


def test_room_that_cannot_be_read_is_refused_and_left_out(room: Room):
    closed = Room.objects.create(title="x", title_key="x", visibility="private", password="x")
    assert refusal(closed.pk, actor("bob")) == 101
    assert refusal(room.pk + 99, actor("bob")) == 101
    assert refusal(room.pk, ANONYMOUS) == 204
    unfinished.keep_unfinished(closed.pk, "by token", None, actor("bob"), [closed.pk])
    keep(room.pk, "one")
    assert found() == [(room.pk, "one", None)]
    told = unfinished.list_unfinished(actor("bob"), [closed.pk])
    assert [one.text for one in told.texts] == ["one", "by token"]
    bans.ban(room=room, actor=SITE, fields={"name": "bob"})
    assert refusal(room.pk, actor("bob")) == 101
    assert found() == []
    assert keep(room.pk, "") is not None


def test_conversation_is_of_the_two_alone(room: Room):
    talk = direct.open_with(participant("ann"), "bob").room
    keep(talk, "between us")
    assert (found(), found("ann")) == ([(talk, "between us", None)], [])
    Participant.objects.create(name="eve", name_key="eve")
    assert refusal(talk, actor("eve")) == 101


def test_new_text_beyond_the_limit_is_refused_and_no_earlier_one_goes(
    room: Room, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(unfinished, "MOST_UNFINISHED", 2)
    keep(room.pk, "of another", "ann")
    rooms = [Room.objects.create(title=name, title_key=name) for name in ("aa", "bb", "cc")]
    for number in (0, 1, 0):
        keep(rooms[number].pk, "x")
    assert refusal(rooms[2].pk, actor("bob")) == 917
    keep(rooms[1].pk, "changed")
    assert [(room, text) for room, text, _ in found()] == [(rooms[1].pk, "changed"), (rooms[0].pk, "x")]
    keep(rooms[0].pk, "")
    keep(rooms[2].pk, "x")
    assert [room for room, *_ in found()] == [rooms[2].pk, rooms[1].pk]


def test_all_texts_together_fit_into_one_answer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(unfinished, "MOST_CHARACTERS", 3 * conf.get_size_limits().text)
    rooms = [Room.objects.create(title=name, title_key=name) for name in ("aa", "bb", "cc", "dd")]
    for room in rooms[:3]:
        keep(room.pk, "x")
    assert refusal(rooms[3].pk, actor("bob")) == 917


def test_text_goes_when_its_writer_leaves_the_room_for_good_and_their_connections_are_told(
    room: Room, told: list[tuple[int, Event]]
):
    keep(room.pk, "one")
    keep(room.pk, "two", "ann")
    for _ in range(2):
        joined_rooms.leave_room(participant("bob"), room.pk)
    assert [row.text for row in UnfinishedText.objects.all()] == ["two"]
    ((who, event), (also, left)) = told
    assert isinstance(event, Unfinished)
    assert (who, event.room, event.text) == (participant("bob"), room.pk, "")
    assert isinstance(left, JoinedRoomChanged)
    assert (also, left.room, left.on) == (who, room.pk, False)


def test_text_goes_with_its_room_its_writer_and_after_a_month(room: Room):
    other = Room.objects.create(title="tea", title_key="tea")
    for number in (room.pk, other.pk):
        keep(number, "x")
    keep(room.pk, "x", "ann")
    other.delete()
    Participant.objects.get(name="ann").delete()
    assert [(row.room_id, row.participant_id) for row in UnfinishedText.objects.all()] == [
        (room.pk, participant("bob"))
    ]
    unfinished.forget_old(timezone.now() + timedelta(days=29))
    assert found() == [(room.pk, "x", None)]
    unfinished.forget_old(timezone.now() + timedelta(days=31))
    assert not UnfinishedText.objects.exists()


def test_connections_of_the_writer_are_told_of_a_change_over_rest(room: Room, told: list[tuple[int, Event]]):
    for text in ("one", "", ""):
        unfinished.keep_and_tell(room.pk, text, None, actor("bob"))
    assert [(who, getattr(event, "text", None)) for who, event in told] == [
        (participant("bob"), "one"),
        (participant("bob"), ""),
    ]


def test_account_takes_over_the_texts_of_its_guest_in_public_rooms(room: Room):
    tea, den = (Room.objects.create(title=title, title_key=title) for title in ("tea", "den"))
    for each in (tea, den):
        join(each, "ann", "bob")
    keep(room.pk, "of the guest", "ann", reply_to=3)
    keep(tea.pk, "of the guest, too", "ann")
    keep(den.pk, "behind a door", "ann")
    Room.objects.filter(pk=den.pk).update(visibility="private", password="x")
    keep(tea.pk, "of the account", "bob")
    unfinished.take_over(participant("ann"), participant("bob"))
    rows = UnfinishedText.objects.filter(participant=participant("bob"))
    assert set(rows.values_list("room", "text", "reply_to")) == {
        (room.pk, "of the guest", 3),
        (tea.pk, "of the account", None),
    }


def test_no_more_texts_are_taken_over_than_are_kept(room: Room, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(unfinished, "MOST_UNFINISHED", 2)
    rooms = [room, *(Room.objects.create(title=title, title_key=title) for title in ("tea", "den"))]
    for each in rooms[1:]:
        join(each, "ann", "bob")
    keep(rooms[0].pk, "one", "bob")
    for each in rooms[1:]:
        keep(each.pk, f"in {each.title}", "ann")
    unfinished.take_over(participant("ann"), participant("bob"))
    assert [text for _, text, _ in found("bob")] == ["in den", "one"]
