"""Who somebody is: an account, a guest with a session, or nobody known. Blocking."""

from types import SimpleNamespace
from typing import Any, cast

from django.contrib.auth import get_user
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from chat.models import Participant
from chat.rules import NOBODY, Actor

SESSION_KEY = "participant"


def of_user(user: AbstractBaseUser | AnonymousUser) -> Actor | None:
    """The actor behind an account that is signed in; None for nobody.

    Staff, in the sense of the chat, is who may change rooms in the admin site: the group Moderators, say.
    """
    if not isinstance(user, AbstractUser) or not user.is_active:
        return None
    participant, _ = Participant.objects.get_or_create(
        user_id=user.pk, defaults={"name": user.get_username()[:50]}
    )
    return Actor(participant.pk, staff=user.is_staff and user.has_perm("chat.change_room"))


def of_session(session: SessionBase) -> Actor:
    """The actor behind a session: its account, its guest, or nobody."""
    if session.is_empty():
        return NOBODY
    # Django's own check, with the session's hash and the account's state; it asks the session alone.
    user = get_user(cast(HttpRequest, SimpleNamespace(session=session)))
    if (account := of_user(user)) is not None:
        return account
    guest: Any = session.get(SESSION_KEY)
    if isinstance(guest, int) and Participant.objects.filter(pk=guest, user=None).exists():
        return Actor(guest)
    return NOBODY


def guest_of(session: SessionBase) -> Actor:
    """The actor behind a session; one that has none becomes a guest, kept in the session."""
    actor = of_session(session)
    if actor.participant is not None:
        return actor
    session[SESSION_KEY] = Participant.objects.create().pk
    return Actor(session[SESSION_KEY])
