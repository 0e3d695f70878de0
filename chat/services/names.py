"""Names: unique on the server, and whose they are. Blocking."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from chat import validation
from chat.errors import CLIENT_UNAUTHORIZED, DUPLICATE_USERNAME, ChatError
from chat.models import Participant, Presence
from chat.services import counts


def store_guests(
    people: Sequence[Participant], networks: Sequence[str] = ()
) -> list[Participant | ChatError]:
    """Store new guests, each under its `name` if that is free.

    `networks`: from which each of them comes, to be counted there; "" is not. A name that is taken
    costs no write.
    """
    for guest in people:
        guest.name_key = validation.name_key(guest.name)
    used = _not_free({guest.name_key for guest in people})
    fresh: dict[str | None, Participant] = {}
    for guest in people:
        if guest.name_key not in used:
            fresh.setdefault(guest.name_key, guest)
    counted = [
        (guest, network)
        for guest, network in zip(people, networks, strict=bool(networks))
        if network
        and fresh.get(guest.name_key) is guest
        and not counts.returns.is_return(network, guest.name_key or "")
    ]
    refused: dict[str | None, ChatError] = {}
    refusals = counts.count_guests([network for _, network in counted])
    for (guest, _), refusal in zip(counted, refusals, strict=True):
        if refusal is not None:
            refused[guest.name_key] = refusal
            del fresh[guest.name_key]
    stored = _store_under_names(fresh)
    for guest, network in zip(people, networks, strict=bool(networks)):
        if stored.get(guest.name_key) is guest:
            counts.returns.note(network, guest.name_key or "")
    for guest, network in counted:
        if guest.name_key in fresh and guest.name_key not in stored:
            counts.give_back_guest(network)
    return [
        guest if stored.get(guest.name_key) is guest else refused.get(guest.name_key) or refuse_taken()
        for guest in people
    ]


def _store_under_names(fresh: Mapping[str | None, Participant]) -> dict[str | None, Participant]:
    """Store guests, each under the name of its key. Those that could be."""
    if not fresh:
        return {}
    try:
        with transaction.atomic():
            _release_names(fresh.keys())
            Participant.objects.bulk_create(fresh.values())
    except IntegrityError:  # another process was first with one of the names
        one_by_one = [{key: guest} for key, guest in fresh.items()] if len(fresh) > 1 else []
        return {key: guest for each in one_by_one for key, guest in _store_under_names(each).items()}
    return dict(fresh)


def claim_name(participant: Participant, name: str, *, seen_at: datetime | None = None) -> None:
    """Give the participant the name, if it is free or theirs. Raises 202; 204 while they are in a room.

    `seen_at`: until when they count as here; now, if they are not connected.
    """
    key = validation.name_key(name)
    if participant.name_key != key:
        _check_not_here_as_another(participant, key)
        if _not_free({key}, but=[participant.pk]):
            raise refuse_taken()
    try:
        with transaction.atomic():
            _release_names({key}, but=[participant.pk])
            Participant.objects.filter(pk=participant.pk).update(
                name=name, name_key=key, seen_at=seen_at or timezone.now()
            )
    except IntegrityError:
        raise refuse_taken() from None
    participant.name, participant.name_key = name, key


def refuse_taken() -> ChatError:
    """The one error for a name that is taken."""
    return ChatError(DUPLICATE_USERNAME, field="name", detail="this name is taken on this server")


def _check_not_here_as_another(participant: Participant, key: str) -> None:
    other = Presence.objects.current().filter(participant=participant).exclude(name_key=key).first()
    if other is not None:
        detail = f"you are in a room as {other.name}; leave it first to change your name"
        raise ChatError(CLIENT_UNAUTHORIZED, field="name", detail=detail)


def _not_free(keys: Collection[str | None], but: Collection[int] = ()) -> set[str | None]:
    """Which of these belong to a participant, or are in use in a protocol without identities."""
    others = Participant.objects.filter(name_key__in=keys).exclude(pk__in=but)
    theirs = others.keeping_their_names().values_list("name_key", flat=True)
    used = Presence.objects.current().filter(name_key__in=keys, participant=None)
    return {*theirs, *used.values_list("name_key", flat=True)}


def _release_names(keys: Collection[str | None], but: Collection[int] = ()) -> None:
    """Take these names from guests who have been gone for long."""
    others = Participant.objects.filter(name_key__in=keys).exclude(pk__in=but)
    others.losing_their_names().update(name_key=None)
