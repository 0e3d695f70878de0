"""Names: unique on the server, and whose they are. Blocking."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from chat import validation
from chat.errors import CLIENT_UNAUTHORIZED, DUPLICATE_USERNAME, ChatError
from chat.events import Sender
from chat.log import filtered_names
from chat.models import Participant, Presence
from chat.models.rows import insert_rows
from chat.services import counts
from chat.services.revocations import announce_loss

_KNOWN: Final = (
    "SELECT name_key FROM chat_participant WHERE name_key IN (SELECT {keys}) UNION ALL"
    " SELECT name_key FROM chat_presence WHERE participant_id IS NULL AND name_key IN (SELECT {keys})"
)
_OF_GUEST: Final = ("name", "name_key", "color", "created_at", "seen_at", "returns")


def store_guests(
    people: Sequence[Participant], networks: Sequence[str], filters_version: str
) -> list[Participant | ChatError]:
    """Store new guests, each under its `name` if that is free and no filter stops it.

    `networks`: from which each of them comes, to be counted there; "" is not. `filters_version`: of the
    server's filters. A name that is taken costs no write.
    """
    for guest in people:
        guest.name_key = validation.name_key(guest.name)
    used = _not_free({guest.name_key for guest in people})
    fresh: dict[str | None, Participant] = {}
    for guest in people:
        if guest.name_key not in used:
            fresh.setdefault(guest.name_key, guest)
    refused = _refuse_filtered(fresh, filters_version) if filters_version else {}
    counted = [
        (guest, network)
        for guest, network in zip(people, networks, strict=True)
        if network
        and fresh.get(guest.name_key) is guest
        and not counts.returns.is_return(network, guest.name_key or "")
    ]
    refusals = counts.count_guests([network for _, network in counted])
    for (guest, _), refusal in zip(counted, refusals, strict=True):
        if refusal is not None:
            refused[guest.name_key] = refusal
            del fresh[guest.name_key]
    stored = _store_under_names(fresh)
    for guest, network in zip(people, networks, strict=True):
        if stored.get(guest.name_key) is guest:
            counts.returns.note(network, guest.name_key or "")
    for guest, network in counted:
        if guest.name_key in fresh and guest.name_key not in stored:
            counts.give_back_guest(network)
    return [
        guest if stored.get(guest.name_key) is guest else refused.get(guest.name_key) or refuse_taken()
        for guest in people
    ]


def _refuse_filtered(
    fresh: dict[str | None, Participant], filters_version: str
) -> dict[str | None, ChatError]:
    """Take those out whose names a filter stops. Returns their refusals."""
    refused: dict[str | None, ChatError] = {
        key: filtered_names.refuse_name()
        for key, guest in fresh.items()
        if filtered_names.is_refused_sender(Sender(guest.name), filtered_names.SERVER, ("", filters_version))
    }
    for key in refused:
        del fresh[key]
    return refused


def _store_under_names(fresh: Mapping[str | None, Participant]) -> dict[str | None, Participant]:
    """Store guests, each under the name of its key. Those that could be."""
    stored = _insert_guests(fresh)
    if len(stored) < len(fresh):  # others had the names, or another process was first with them
        left = {key: guest for key, guest in fresh.items() if key not in stored}
        with transaction.atomic():
            _release_names(left.keys())
            stored |= _insert_guests(left)
    return stored


def _insert_guests(fresh: Mapping[str | None, Participant]) -> dict[str | None, Participant]:
    """Insert those whose names no row has, and give them their numbers."""
    now = timezone.now()
    rows = [
        (guest.name, guest.name_key, guest.color, now, guest.seen_at, guest.returns)
        for guest in fresh.values()
    ]
    numbers = insert_rows(
        Participant, _OF_GUEST, rows, "ON CONFLICT (name_key) DO NOTHING RETURNING id, name_key"
    )
    for number, key in numbers:
        fresh[key].pk = number
    return {key: fresh[key] for _, key in numbers}


def claim_name(
    participant: Participant, name: str, *, everywhere: bool = False, seen_at: datetime | None = None
) -> None:
    """Give the participant the name, if it is free or theirs. Raises 112, 202; 204 while they are in a room.

    `everywhere`: connections that are in rooms come back under the new name, instead of the 204. `seen_at`:
    until when they count as here; without it, now or (if they are connected) as before.
    """
    key = validation.name_key(name)
    if participant.name_key != key:
        if not everywhere:
            _check_not_here_as_another(participant, key)
        filtered_names.check_name(name)
        if _not_free({key}, but=[participant.pk]):
            raise refuse_taken()
    try:
        with transaction.atomic():
            _release_names({key}, but=[participant.pk])
            Participant.objects.filter(pk=participant.pk).update(
                name=name, name_key=key, seen_at=seen_at or Greatest("seen_at", Value(timezone.now()))
            )
    except IntegrityError:
        raise refuse_taken() from None
    participant.name, participant.name_key = name, key
    if everywhere:
        announce_loss([participant.pk])


def find_looks(participants: Collection[int]) -> dict[int, Sender]:
    """How each of these shows itself now: name and color. Those without a name are left out."""
    rows = Participant.objects.filter(pk__in=participants, name_key__isnull=False)
    return {pk: Sender(name, color, pk) for pk, name, color in rows.values_list("pk", "name", "color")}


def refuse_taken() -> ChatError:
    """The one error for a name that is taken."""
    return ChatError(DUPLICATE_USERNAME, field="name", detail="this name is taken on this server")


def is_here_as_another(participant: Participant, name: str) -> bool:
    """Whether the participant is in a room under another name than this."""
    return _find_as_another(participant, validation.name_key(name)).exists()


def _find_as_another(participant: Participant, key: str) -> QuerySet[Presence]:
    return Presence.objects.current().filter(participant=participant).exclude(name_key=key)


def _check_not_here_as_another(participant: Participant, key: str) -> None:
    other = _find_as_another(participant, key).first()
    if other is not None:
        detail = f"you are in a room as {other.name}; leave it first to change your name"
        raise ChatError(CLIENT_UNAUTHORIZED, field="name", detail=detail)


def _not_free(keys: Collection[str | None], but: Collection[int] = ()) -> set[str | None]:
    """Which of these belong to a participant, or are in use in a protocol without identities."""
    if not (keys := _find_known(keys)):  # mostly; to ask who keeps a name takes longer
        return set()
    others = Participant.objects.filter(name_key__in=keys).exclude(pk__in=but)
    theirs = others.keeping_their_names().values_list("name_key", flat=True)
    used = Presence.objects.current().filter(name_key__in=keys, participant=None)
    return {*theirs, *used.values_list("name_key", flat=True)}


def _find_known(keys: Collection[str | None]) -> set[str | None]:
    """Which of these anyone has or had. In SQL: to put it together in the ORM takes longer than to do it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_KNOWN.format(keys="unnest(%s::text[])"), [list(keys)] * 2)
        else:
            cursor.execute(_KNOWN.format(keys="value FROM json_each(%s)"), [json.dumps(list(keys))] * 2)
        return {key for (key,) in cursor.fetchall()}


def _release_names(keys: Collection[str | None], but: Collection[int] = ()) -> None:
    """Take these names from guests who have been gone for long."""
    others = Participant.objects.filter(name_key__in=keys).exclude(pk__in=but)
    others.losing_their_names().update(name_key=None)
