"""Counts within a window of time, in the database: for all processes, across restarts. Blocking.

A window begins with the first act that it counts: a limit that is reset at full hours could be used twice
within minutes. Count before the act and give back what was not done, so that acts at the same time cannot get
past a limit.
"""

import time
from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import F, Max, QuerySet
from django.utils.crypto import salted_hmac

from chat.models import WindowCount

# One statement, since many acts may come at the same time.
_ADD = (
    "INSERT INTO chat_windowcount (key, count, ends) VALUES (%s, %s, %s) ON CONFLICT (key) DO UPDATE SET"
    " count = excluded.count + CASE WHEN chat_windowcount.ends > %s THEN chat_windowcount.count ELSE 0 END,"
    " ends = CASE WHEN chat_windowcount.ends > %s THEN chat_windowcount.ends ELSE excluded.ends END"
    " RETURNING count"
)


def hash_key(*parts: str) -> str:
    """The key of a count: what, of whom, from where."""
    return salted_hmac("chat.windows", "\0".join(parts), algorithm="sha256").hexdigest()


def read_counts(keys: Sequence[str]) -> dict[str, int]:
    """The counts of windows that have not ended; none is 0."""
    return dict.fromkeys(keys, 0) | dict(_open(keys).values_list("key", "count"))


def add(key: str, times: int, seconds: int) -> int:
    """Add acts to the count of a window that lasts `seconds`. Returns the count."""
    now = int(time.time())
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [key, times, now + seconds, now, now])
        return int(cursor.fetchone()[0])


def give_back(keys: Iterable[str], times: int = 1) -> None:
    """This many acts were not done after all."""
    _open(keys).filter(count__gte=times).update(count=F("count") - times)


def reset(key: str) -> bool:
    """Set a count to 0. Returns whether there was one."""
    return bool(_open([key]).update(count=0))


def seconds_left(keys: Iterable[str]) -> int:
    """Until the last of these windows ends; at least 1."""
    ends = _open(keys).aggregate(last=Max("ends"))["last"]
    return max(1, (ends or 0) - int(time.time()))


def forget_ended() -> None:
    """Delete the rows of windows that have ended."""
    WindowCount.objects.filter(ends__lte=int(time.time())).delete()


def _open(keys: Iterable[str]) -> QuerySet[WindowCount]:
    return WindowCount.objects.filter(key__in=list(keys), ends__gt=int(time.time()))
