"""The people whom a participant has blocked, on a real database."""

from collections.abc import Mapping

import pytest
from django.contrib.auth.models import User

from chat.errors import ChatError
from chat.events import Blocked, Event
from chat.models import Block, Participant
from chat.permissions import ANONYMOUS, Actor
from chat.services import blocks, notices
from tests.log.test_mentions import participant
from tests.support.marks import whole_db

pytestmark = whole_db


def actor(name: str) -> Actor:
    return Actor(participant(name))


def blocked(name: str) -> list[str]:
    return [who.name for who in blocks.list_blocked(actor(name))]


def refusal(number: int, who: Actor) -> tuple[int, str]:
    with pytest.raises(ChatError) as refused:
        blocks.block_person(number, who)
    return refused.value.kind.code, refused.value.field


def test_blocked_people_are_listed_latest_first_for_the_blocker_alone():
    for name in ("bob", "cara", "bob"):
        blocks.block_person(participant(name), actor("ann"))
    assert (blocked("ann"), blocked("bob")) == (["cara", "bob"], [])
    Participant.objects.filter(name="bob").update(name="bobby")
    assert blocked("ann") == ["cara", "bobby"]
    for _ in range(2):
        blocks.unblock_person(participant("cara"), actor("ann"))
    assert blocked("ann") == ["bobby"]


def test_all_connections_of_the_blocker_are_told_of_each_change(monkeypatch: pytest.MonkeyPatch):
    told: list[tuple[int, Event]] = []

    def listen(sent: Mapping[int, Event]) -> None:
        told.extend(sent.items())

    monkeypatch.setattr(notices, "listener", listen)
    ann, bob = participant("ann"), participant("bob")
    for _ in range(2):
        blocks.block_person(bob, Actor(ann))
    for _ in range(2):
        blocks.unblock_person(bob, Actor(ann))
    events = [event for _, event in told if isinstance(event, Blocked)]
    assert [(event.who.participant, event.on) for event in events] == [(bob, True), (bob, False)]
    assert {who for who, _ in told} == {ann}


def test_unknown_people_and_oneself_are_refused():
    user = User.objects.create_user("gone", is_active=False)
    gone = Participant.objects.create(user=user, name="gone", name_key="gone")
    assert refusal(10**9, actor("ann")) == (201, "participant")
    assert refusal(gone.pk, actor("ann")) == (201, "participant")
    assert refusal(participant("ann"), actor("ann")) == (303, "participant")
    assert refusal(participant("bob"), ANONYMOUS) == (204, "")
    with pytest.raises(ChatError):
        blocks.list_blocked(ANONYMOUS)
    with pytest.raises(ChatError):
        blocks.unblock_person(participant("bob"), ANONYMOUS)


def test_so_many_people_can_be_blocked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(blocks, "MOST_BLOCKED", 1)
    blocks.block_person(participant("bob"), actor("ann"))
    assert refusal(participant("cara"), actor("ann")) == (916, "")
    blocks.block_person(participant("bob"), actor("ann"))
    blocks.unblock_person(participant("bob"), actor("ann"))
    blocks.block_person(participant("cara"), actor("ann"))
    assert Block.objects.count() == 1
