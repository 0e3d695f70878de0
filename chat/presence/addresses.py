"""Which addresses participants come from, noted in batches when they are greeted, join and leave."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Address
from typing import Final, TypeAlias

from django.conf import settings
from django.db import transaction

from chat import validation
from chat.log.bans import read_address
from chat.models import Participant, ParticipantAddress
from chat.models.rows import insert_rows

_COLUMNS: Final = ("participant_id", "address", "first_seen", "last_seen")
_AGAIN: Final = "ON CONFLICT (participant_id, address) DO UPDATE SET last_seen = excluded.last_seen"
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_Pair: TypeAlias = tuple[int, str]


class AddressBook:
    """Writes the addresses of participants, those that this process has not written within the hour."""

    PAUSE: Final = timedelta(hours=1)
    MOST_NOTED: Final = 100_000  # pairs to remember; beyond that, all are written once more

    def __init__(self) -> None:
        self.forget_noted()

    def forget_noted(self) -> None:
        """Write each pair that comes from now on."""
        self._noted: set[_Pair] = set()
        self._until = _NEVER

    def note_addresses(self, pairs: Iterable[tuple[int | None, str]]) -> None:
        """Note that these participants are here, from these addresses, as far as both are known."""
        if not settings.ENV.wschat_address_days:
            return
        now = datetime.now(UTC)
        if now >= self._until or len(self._noted) > self.MOST_NOTED:
            self._noted, self._until = set(), now + self.PAUSE
        new = {(who, address) for who, address in pairs if who is not None and address} - self._noted
        if not new:
            return
        # Who leaves may do so because the account was deleted, and the addresses with it.
        there = set(Participant.objects.filter(pk__in={who for who, _ in new}).values_list("pk", flat=True))
        kept = {(who, clean_address(address)) for who, address in new if who in there}
        rows = [(who, address, now, now) for who, address in sorted(kept) if address]  # sorted: no deadlocks
        insert_rows(ParticipantAddress, _COLUMNS, rows, _AGAIN)
        transaction.on_commit(lambda: self._noted.update(new))


def forget_addresses(moment: datetime) -> None:
    """Delete the addresses that were last seen too long ago."""
    ParticipantAddress.objects.outdated(moment).delete()


@lru_cache(maxsize=4096)  # parsing takes longer than SQLite does
def clean_address(address: str) -> str:
    """What one client has: an IPv4 address, in its one spelling, or the /64 of IPv6; "" if it is none."""
    parsed = read_address(address)
    if parsed is None:
        return ""
    return str(parsed) if isinstance(parsed, IPv4Address) else validation.clean_network(str(parsed))


address_book = AddressBook()
