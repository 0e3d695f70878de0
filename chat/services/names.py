"""Names: unique on the server, and whose they are. Blocking."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from chat import rules
from chat.errors import CLIENT_UNAUTHORIZED, DUPLICATE_USERNAME, ChatError
from chat.models import Participant, Presence


def claim(participant: Participant, name: str) -> None:
    """Give the participant the name, if it is free or theirs. Raises 202; 204 while they are in a room."""
    key = rules.name_key(name)
    if participant.name_key != key:
        _check_not_here_as_another(participant, key)
        _check_free(key, participant)
    try:
        with transaction.atomic():
            _release(key, participant)
            Participant.objects.filter(pk=participant.pk).update(
                name=name, name_key=key, seen_at=timezone.now()
            )
    except IntegrityError:
        raise taken() from None
    participant.name, participant.name_key = name, key


def taken() -> ChatError:
    """The one error for a name that somebody else has."""
    return ChatError(
        DUPLICATE_USERNAME, field="name", detail="this name belongs to somebody else on this server"
    )


def _check_not_here_as_another(participant: Participant, key: str) -> None:
    other = Presence.objects.current().filter(participant=participant).exclude(name_key=key).first()
    if other is not None:
        detail = f"you are in a room as {other.name}; leave it first to change your name"
        raise ChatError(CLIENT_UNAUTHORIZED, field="name", detail=detail)


def _check_free(key: str, participant: Participant) -> None:
    others = Participant.objects.filter(name_key=key).exclude(pk=participant.pk)
    if others.keeping_their_names().exists():
        raise taken()
    if Presence.objects.current().filter(name_key=key, participant=None).exists():
        raise taken()  # a client of a protocol without identities uses it at the moment


def _release(key: str, claimant: Participant) -> None:
    Participant.objects.filter(name_key=key, user=None).exclude(pk=claimant.pk).update(name_key=None)
