"""Finding messages of all rooms by what they say, with the index of words. Blocking."""

from chat.log import store
from chat.log.recovery import SEARCH_SECONDS, WALKED, find_words
from chat.models import Event
from chat.models.event import EventQuerySet
from chat.search_query import parse_search


def find_messages(rows: EventQuerySet, text: str, *, key: str, last: int, most: int) -> list[int]:
    """The primary keys of the latest of these messages that members would find, or sent under such a name.

    Names are looked for among the latest only: they are in no index. `key`: the field by which the rows are
    in order, `seq` or `pk`; `last`: the greatest of it to look at. Raises ChatError for a text without words,
    and OperationalError if it takes too long.
    """
    words, filters = parse_search(text, "search")
    rows = rows.order_by(f"-{key}")
    latest = rows.filter(**{f"{key}__lte": last, f"{key}__gt": last - WALKED})
    with store.at_most(SEARCH_SECONDS):
        standing = rows.filter(erased_at=None).passing(filters)
        found = {row.pk for row in find_words(standing, key, words, last, most)}
        found |= set(latest.filter(name__icontains=text).values_list("pk", flat=True)[:most])
    return sorted(found, reverse=True)[:most]


def last_key(room: int | None) -> int:
    """The greatest key of the log, or seq of the room."""
    if room is None:
        return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return Event.objects.filter(room=room).order_by("-seq").values_list("seq", flat=True).first() or 0
