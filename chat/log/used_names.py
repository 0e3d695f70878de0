"""Where messages without an identity came from, so that a kick or a ban of their name reaches the sender.

A client of `plain` says a name with each message and is no member: no `Presence` has its address, or the room
token that it came with. Nor has one any more that has left. So the log notes both with the message, in the
same transaction, and any process finds them. A connection has it noted again after an hour, or under another
name; all other messages cost nothing (`MessageDraft.token_line`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from django.conf import settings
from django.db import transaction

from chat import validation
from chat.log.bans import read_address
from chat.models import UsedName

Use: TypeAlias = tuple[int, str, str, str]  # room, key of the name, line of room tokens, address

NOTED_SECONDS: Final = 3600.0  # until a connection has its name noted again
KEPT: Final = timedelta(days=1)


def write_uses(uses: Mapping[Use, datetime]) -> None:
    """Store when these names were used: without the address, where the setting says to keep none."""
    keeps = settings.ENV.wschat_address_days > 0
    kept = {
        (room, key, line, address if keeps else ""): at for (room, key, line, address), at in uses.items()
    }
    rows = [
        UsedName(room_id=room, name_key=key, token=line, address=address, at=at)
        for (room, key, line, address), at in sorted(kept.items())
    ]
    once = ["name_key", "room", "token", "address"]
    UsedName.objects.bulk_create(rows, update_conflicts=True, unique_fields=once, update_fields=["at"])


def find_uses(name: str, room: int | None = None) -> list[UsedName]:
    """By whom a name was used lately, in a room or in all."""
    uses = UsedName.objects.filter(name_key=validation.name_key(name))
    return list(uses if room is None else uses.filter(room=room))


def find_used_addresses(name: str, room: int | None = None) -> set[str]:
    """From where a name was used lately, as far as that is known."""
    return {use.address for use in find_uses(name, room) if read_address(use.address) is not None}


def forget_uses(moment: datetime) -> None:
    """Delete those of more than a day ago."""
    old = UsedName.objects.filter(at__lt=moment - KEPT)
    # Not those that a batch is about to store anew, which waits for the others in another order.
    free = old.select_for_update(skip_locked=True).values_list("pk", flat=True)
    with transaction.atomic():
        UsedName.objects.filter(pk__in=list(free)).delete()
