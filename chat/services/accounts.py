"""Accounts: making one, and tokens for REST clients that have one. Blocking."""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from chat import tokens, validation
from chat.errors import INVALID_FIELD, SIGN_IN_FAILED, TOO_MANY_REQUESTS, ChatError
from chat.models import Participant
from chat.services import counts, devices, identity, names, tries

_LONGEST_USERNAME: Final = 150  # of Django's accounts, which spell out what NFKC takes apart


@dataclass(frozen=True, slots=True)
class AccountTokens:
    """A token to show with requests, and one to get the next from."""

    access: str
    refresh: str


def sign_up(*, name: object, password: str, guest: int | None, address: str | None = None) -> User:
    """Make an account. A guest goes on in it as the same participant, with all that is theirs.

    Raises 202 for a name that is taken, 204 for another one than the guest has in a room now, 303, 910.
    `address`: of the client; None for code that runs on the server, whose accounts are not counted.
    """
    wanted = validation.clean_name(name)
    username = User.normalize_username(wanted)
    if len(username) > _LONGEST_USERNAME:
        raise ChatError(INVALID_FIELD, field="name", detail="name is too long after Unicode normalization")
    if User.objects.filter(username__iexact=username).exists():
        raise names.refuse_taken()
    with nullcontext() if address is None else counts.counted_sign_up(address):
        hashed = make_password(password)  # before the transaction: it takes its time
        try:
            with transaction.atomic():
                user = User.objects.create(username=username, password=hashed)
                names.claim_name(_find_or_create_participant(user, guest), wanted, everywhere=True)
        except IntegrityError:  # another request was first with the name
            raise names.refuse_taken() from None
    return user


def username_of(name: str) -> str:
    """The name that Django knows the account by: names are compared as they are in the chat."""
    users = User.objects
    if "\x00" in name or users.filter(username=name).exists():
        return name
    participants = Participant.objects.named(name).filter(user__isnull=False)
    found = users.filter(participant__in=participants).first() or users.filter(username__iexact=name).first()
    return name if found is None else found.get_username()


def check_password(*, name: str, password: str, address: str, device: str = "") -> User:
    """The account with this name and password, asked for from `address`. Raises 908, 910."""
    user = authenticate(username=name, password=password, address=address, device=device)
    if user is None:
        if wait := tries.seconds_locked(name, address, devices.read_device(device, name)):
            detail = "too many wrong passwords; try again later"
            raise ChatError(TOO_MANY_REQUESTS, field="password", detail=detail, retry_after=wait)
        raise ChatError(SIGN_IN_FAILED, detail="wrong name or password")
    return user


def check_form(request: HttpRequest | None, *, name: str, password: str) -> User:
    """The same for a form of a page, with the address and the device of its browser. Raises 908, 910."""
    if request is None:
        return check_password(name=name, password=password, address="")
    address, device = request.META.get("REMOTE_ADDR", ""), request.COOKIES.get(devices.COOKIE, "")
    return check_password(name=name, password=password, address=address, device=device)


def sign_in(*, username: object, password: object, address: str) -> AccountTokens:
    """Tokens for the owner of an account. Raises 303 for fields of a wrong form, 908 for wrong ones, 910."""
    name = validation.clean_plain_text(username, "username")
    secret = validation.clean_plain_text(password, "password")
    refresh = RefreshToken.for_user(check_password(name=name, password=secret, address=address))
    return AccountTokens(str(refresh.access_token), str(refresh))


def refresh_token(*, token: object) -> str:
    """A new access token for the account of a refresh token. Raises 303, 401, 402, 403."""
    opened = tokens.open_token(RefreshToken, validation.clean_plain_text(token, "refresh"))
    # A new token, not `opened.access_token`: simplejwt copies the claims of the refresh token, and an `iss`
    # that is no string fails when the copy is signed.
    return str(AccessToken.for_user(identity.account_of(opened)))


def _find_or_create_participant(user: User, guest: int | None) -> Participant:
    """The account's participant: the guest, if there is one that has no account yet."""
    known = Participant.objects.select_for_update().filter(pk=guest or 0, user=None).first()
    fresh = Participant.objects.get(user_id=user.pk)  # of `identity.introduce_account`
    if known is None:
        return fresh
    # An account has one participant, and the guest's carries the rooms and conversations.
    fresh.delete()
    known.user_id = user.pk
    known.save(update_fields=["user"])
    return known
