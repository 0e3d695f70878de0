"""The limit on tries at the password of a room."""

from functools import partial

import pytest
from django.contrib.auth.models import User

from chat import passwords
from chat.errors import TOO_MANY_REQUESTS, WRONG_SECRET, ChatError, ErrorKind, attempt
from chat.models import Participant, Room, WindowCount
from chat.permissions import ANONYMOUS, Actor
from chat.services import identity, rooms, secrets, tries

pytestmark = pytest.mark.django_db

SECRET = "correct horse"
HOME, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def owner() -> Actor:
    return Actor(Participant.objects.create().pk)


@pytest.fixture
def room(owner: Actor) -> Room:
    fields = {"title": "Team", "visibility": "private", "password": SECRET}
    return rooms.create_room(actor=owner, fields=fields, anonymous_allowed=False)


def account(name: str) -> Actor:
    return identity.of_user(User.objects.create(username=name)) or ANONYMOUS


def enter(
    room: Room, secret: str = SECRET, address: str = HOME, actor: Actor = ANONYMOUS
) -> ErrorKind | None:
    """Ask for a token; why it was refused."""
    asked = partial(rooms.issue_token, room=room, secret=secret, name="ann", actor=actor, address=address)
    answer = attempt(asked)
    if not isinstance(answer, ChatError):
        return None
    assert (answer.kind is TOO_MANY_REQUESTS) == (answer.retry_after is not None)
    return answer.kind


def use_up(room: Room, address: str = HOME, actor: Actor = ANONYMOUS) -> None:
    """All tries of a client."""
    for _ in range(tries.MOST_OF_ROOM):
        assert enter(room, "wrong", address, actor) is WRONG_SECRET
    assert enter(room, "wrong", address, actor) is TOO_MANY_REQUESTS


def test_limit_is_of_one_client_at_one_room(room: Room, owner: Actor):
    use_up(room)
    assert enter(room) is TOO_MANY_REQUESTS  # the right one, too: it is not looked at
    assert enter(room, address=ELSEWHERE) is None
    fields = {"title": "Other", "visibility": "hidden", "password": SECRET}
    assert enter(rooms.create_room(actor=owner, fields=fields, anonymous_allowed=False)) is None


def test_addresses_of_one_ipv6_network_are_one_client(room: Room):
    use_up(room, "2001:db8::1")
    assert enter(room, address="2001:db8::2") is TOO_MANY_REQUESTS
    assert enter(room, address="2001:db8:1::1") is None


def test_a_new_guest_is_no_new_client_but_accounts_and_the_owner_are(room: Room, owner: Actor):
    use_up(room)
    assert enter(room, actor=Actor(Participant.objects.create().pk)) is TOO_MANY_REQUESTS
    assert enter(room, actor=owner) is None
    assert enter(room, actor=account("ann")) is None
    use_up(room, actor=account("bob"))
    assert enter(room, actor=account("carol")) is None


def test_accounts_at_one_address_have_a_limit_together(room: Room, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tries, "MOST_OF_ADDRESS", 15)
    use_up(room, actor=account("ann"))
    bob = account("bob")
    assert [enter(room, "wrong", HOME, bob) for _ in range(6)][-2:] == [WRONG_SECRET, TOO_MANY_REQUESTS]
    assert enter(room, address=ELSEWHERE, actor=bob) is None


def test_right_secret_counts_no_try(room: Room):
    for _ in range(2 * tries.MOST_OF_ROOM):
        assert enter(room) is None
    assert not any(WindowCount.objects.values_list("count", flat=True))


def test_unchecked_secret_counts_no_try(room: Room, monkeypatch: pytest.MonkeyPatch):
    assert enter(room, "") is WRONG_SECRET
    assert enter(room, "x" * 10_000) is WRONG_SECRET
    assert not WindowCount.objects.exists()
    monkeypatch.setattr(passwords, "_MOST_WAITING", 0)
    assert enter(room) is TOO_MANY_REQUESTS
    assert not any(WindowCount.objects.values_list("count", flat=True))


def test_try_at_a_missing_room_counts():
    def ask() -> ErrorKind:
        with pytest.raises(ChatError) as refused:
            secrets.check_secret("x", encoded="", room="404", actor=ANONYMOUS, runs=False, address=HOME)
        return refused.value.kind

    assert [ask() for _ in range(tries.MOST_OF_ROOM)] == [WRONG_SECRET] * tries.MOST_OF_ROOM
    assert ask() is TOO_MANY_REQUESTS
