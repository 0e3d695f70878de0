"""Browsers with accounts of different permissions, and rooms with messages."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from chat.events import Message, Sender
from chat.log.kinds.message import MessageDraft
from chat.log.log import log
from chat.models import Room
from chat.permissions import Actor
from chat.services import rooms

SECRET = "correct horse"
MakeStaff = Callable[..., Client]
MakeRoom = Callable[..., Room]
SayIn = Callable[..., Message]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin(db) -> Client:
    """A superuser's browser."""
    return signed_in(User.objects.create(username="alice", is_staff=True, is_superuser=True))


@pytest.fixture
def moderator(db) -> Client:
    """The browser of an account in the group of moderators."""
    user = User.objects.create(username="mona", is_staff=True)
    user.groups.add(Group.objects.get(name="Moderators"))
    return signed_in(user)


@pytest.fixture
def make_staff(db) -> MakeStaff:
    """make_staff("view_room") -> the browser of a staff account with these permissions of the chat."""

    def make(*permissions: str) -> Client:
        user = User.objects.create(username="-".join(("staff", *permissions)), is_staff=True)
        found = Permission.objects.filter(content_type__app_label="chat", codename__in=permissions)
        user.user_permissions.set(found)
        return signed_in(user)

    return make


@pytest.fixture
def make_room(db) -> MakeRoom:
    """make_room("Gardeners", "private") -> a room; protected ones have the password SECRET."""

    def make(title: str, visibility: str = "public", **fields: str) -> Room:
        secret = {} if visibility == "public" else {"password": SECRET}
        given = {"title": title, "visibility": visibility, **secret, **fields}
        return rooms.create_room(actor=Actor(), fields=given, anonymous_allowed=True)

    return make


@pytest.fixture
def say_in(db) -> SayIn:
    """say_in(room, "hello", name="ann") -> the message, in the log."""

    def say(room: Room, text: str, name: str = "ann") -> Message:
        event = log.append_and_wait(
            MessageDraft(room=room.pk, at=datetime.now(UTC), sender=Sender(name), text=text)
        )
        assert isinstance(event, Message)
        return event

    return say
