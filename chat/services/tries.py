"""How often passwords may be tried: for a name, from an address, and for a name from an address. Blocking.

They are counted in the database, so that there is one count for all processes, which no restart forgets.
"""

import time
from ipaddress import AddressValueError, IPv6Address
from typing import Final

from django.db import connection
from django.db.models import F
from django.utils.crypto import salted_hmac

from chat import rules
from chat.models import SignInTries

PERIOD: Final = 15 * 60  # seconds
# A person mistypes a few times. Behind one address there may be a school; against one name, many addresses.
MOST_OF_PAIR: Final = 10
MOST_OF_ADDRESS: Final = 100
MOST_OF_NAME: Final = 100
_HOST_BITS: Final = 64  # of IPv6: somebody who has one address has all of these

# One statement, since many tries may come at the same time.
_COUNT: Final = (
    "INSERT INTO chat_signintries (period, key, count) VALUES (%s, %s, 1)"
    " ON CONFLICT (period, key) DO UPDATE SET count = chat_signintries.count + 1 RETURNING count"
)


def begin(name: str, address: str) -> bool:
    """Count a try, before the password is looked at. Whether it may be made."""
    period = _period()
    SignInTries.objects.filter(period__lt=period).delete()
    counts = []
    with connection.cursor() as cursor:
        for key, most in _limits(name, address):
            cursor.execute(_COUNT, [period, key])
            counts.append(cursor.fetchone()[0] <= most)
    return all(counts)


def succeeded(name: str, address: str) -> None:
    """The try was none: its password was right."""
    pair, *others = [key for key, _ in _limits(name, address)]
    mine = SignInTries.objects.filter(period=_period())
    mine.filter(key=pair).delete()
    mine.filter(key__in=others, count__gt=0).update(count=F("count") - 1)


def spent(name: str, address: str) -> bool:
    """Whether one more try would be one too many."""
    limits = dict(_limits(name, address))
    rows = SignInTries.objects.filter(period=_period(), key__in=limits).values_list("key", "count")
    return any(count >= limits[key] for key, count in rows)


def seconds_left() -> float:
    """Until the next period, in which there are new tries."""
    return PERIOD - time.time() % PERIOD


def _period() -> int:
    return int(time.time() // PERIOD)


def _limits(name: str, address: str) -> list[tuple[str, int]]:
    """What is counted, with how much of it there may be. Without an address there is the name alone."""
    who, where = rules.name_key(name), _network(address)
    of_name = (_key("name", who), MOST_OF_NAME)
    if not where:
        return [of_name]
    return [(_key("pair", where, who), MOST_OF_PAIR), (_key("address", where), MOST_OF_ADDRESS), of_name]


def _network(address: str) -> str:
    try:
        return str(int(IPv6Address(address)) >> _HOST_BITS)
    except AddressValueError:
        return address


def _key(*parts: str) -> str:
    return salted_hmac("chat.sign_in_tries", "\0".join(parts), algorithm="sha256").hexdigest()
