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


def test_blocks_of_a_guest_are_added_to_those_of_the_account():
    """Without the account itself, which the guest may have blocked."""
    for name in ("bob", "cara", "ann"):
        blocks.block_person(participant(name), actor("guest"))
    for name in ("cara", "dan"):
        blocks.block_person(participant(name), actor("ann"))
    blocks.take_over(participant("guest"), participant("ann"))
    assert sorted(blocked("ann")) == ["bob", "cara", "dan"]


def test_blocks_that_are_taken_over_are_told_to_the_account(monkeypatch: pytest.MonkeyPatch):
    for name in ("bob", "cara"):
        blocks.block_person(participant(name), actor("guest"))
    blocks.block_person(participant("cara"), actor("ann"))
    told: list[tuple[int, Event]] = []
    monkeypatch.setattr(notices, "listener", lambda sent: told.extend(sent.items()))
    blocks.take_over(participant("guest"), participant("ann"))
    told_of = [(who, event.who.name) for who, event in told if isinstance(event, Blocked)]
    assert told_of == [(participant("ann"), "bob")]


def test_taking_blocks_over_keeps_to_the_limit(monkeypatch: pytest.MonkeyPatch):
    for name in ("bob", "cara", "dan"):
        blocks.block_person(participant(name), actor("guest"))
    blocks.block_person(participant("eve"), actor("ann"))
    monkeypatch.setattr(blocks, "MOST_BLOCKED", 2)
    blocks.take_over(participant("guest"), participant("ann"))
    assert blocked("ann") == ["dan", "eve"], "the latest of them"
