"""Identity of a client: an account, a guest with a session, or anonymous. Blocking."""

import contextlib
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from django.contrib.auth import get_user
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AbstractUser, AnonymousUser, User
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed
from rest_framework_simplejwt.tokens import AccessToken, Token

from chat import tokens, validation
from chat.errors import INVALID_TOKEN, ChatError
from chat.log.current_rights import hash_password_state
from chat.models import Participant
from chat.permissions import ANONYMOUS, Actor, Proof
from chat.services import counts, names, spending
from chat.services.revocations import SESSION_KEY


def introduce_account(instance: AbstractBaseUser, *, created: bool, raw: bool, **signal: Any) -> None:
    """Have a new account known in the chat from the start: it has its name, and can be written to."""
    if created and not raw:
        of_user(instance)


def of_user(user: AbstractBaseUser | AnonymousUser) -> Actor | None:
    """The actor of an account that is signed in; None without one.

    Staff, in the sense of the chat, is who may change rooms in the admin site: the group Moderators, say.
    """
    if not isinstance(user, AbstractUser) or not user.is_active:
        return None
    participant, new = Participant.objects.get_or_create(user_id=user.pk)
    if new:
        _claim_name(participant, user.get_username()[:50])
    return Actor(
        participant.pk,
        staff=user.is_staff and user.has_perm("chat.change_room"),
        proof=Proof(account=hash_password_state(user.password)),
    )


def claim_name(session: SessionBase, name: str, color: str, address: str) -> None:
    """Give the session's participant, or else a new guest, a name and color. Raises 202, 204, 910."""
    spending.charge("name", of_session(session), address)
    before = session.get(SESSION_KEY)
    try:
        with transaction.atomic():
            participant = guest_of(session, address).participant
            names.claim_name(Participant.objects.get(pk=participant or 0), name, everywhere=True)
            Participant.objects.filter(pk=participant or 0).update(color=color)
    except Exception:
        if session.get(SESSION_KEY) != before:
            # The new guest is rolled back, and SQLite gives its number to the next one.
            del session[SESSION_KEY]
        raise


def _claim_name(participant: Participant, name: str) -> None:
    """Claim the account's name if it is free; else they have to choose one."""
    with contextlib.suppress(ChatError):
        names.claim_name(participant, validation.clean_name(name))


def of_token(token: str) -> Actor:
    """The actor of an account's access token or a guest's session. Raises 401, 402, 403."""
    actor = read_token(token)
    guests = Participant.objects.filter(user=None)
    if actor.proof.account is None and not guests.filter(pk=actor.participant or 0).exists():
        raise refuse_guest()
    return actor


def read_token(token: str) -> Actor:
    """The same, but for whether there still is a guest of this session: many are asked for at once."""
    if tokens.kind_of(token) == tokens.GuestToken.token_type:
        participant, issued = tokens.guest_of(token)
        return Actor(participant, proof=Proof(issued=issued))
    return of_account(token)


def refuse_guest() -> ChatError:
    """The error for the session of a guest who is gone, or has an account by now: that has a password."""
    return ChatError(INVALID_TOKEN, detail="this guest no longer exists, or has an account: sign in")


def of_account(token: str) -> Actor:
    """The actor of an account's access token. Raises 401, 402, 403."""
    actor = of_user(account_of(tokens.open_token(AccessToken, token)))
    if actor is None:
        raise ChatError(INVALID_TOKEN, detail="the account is closed")
    return actor


def account_of(token: Token) -> User:
    """The account that a token is for, with the password that it had then. Raises 403."""
    tokens.check_account(token)
    try:
        return cast(User, JWTAuthentication().get_user(token))
    except AuthenticationFailed:
        detail = "the account no longer exists or is closed, or its password has changed"
        raise ChatError(INVALID_TOKEN, detail=detail) from None


def of_session(session: SessionBase) -> Actor:
    """The actor of a session: its account, its guest, or anonymous."""
    if session.is_empty():
        return ANONYMOUS
    key = session.session_key or ""
    # Django's own check, with the session's hash and the account's state; it asks the session alone.
    user = get_user(cast(HttpRequest, SimpleNamespace(session=session)))
    if (account := of_user(user)) is not None:
        return replace(account, proof=replace(account.proof, session=key))
    guest: Any = session.get(SESSION_KEY)
    if isinstance(guest, int) and Participant.objects.filter(pk=guest, user=None).exists():
        return Actor(guest, proof=Proof(session=key))
    return ANONYMOUS


def guest_of(session: SessionBase, address: str) -> Actor:
    """The actor of a session; without one, a new guest is kept in the session. Raises 910.

    `address`: of the client.
    """
    actor = of_session(session)
    if actor.participant is not None:
        return actor
    with counts.counted_guest(address):
        session[SESSION_KEY] = Participant.objects.create().pk
    return Actor(session[SESSION_KEY])
