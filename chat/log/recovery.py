"""Reading the log: events of a room with seq > n, and pages of messages. Blocking; call it from a thread."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import count
from operator import or_
from typing import Final

import msgspec
from django.db.models import Count, Q, QuerySet

from chat.answers import MOST_MEMBERS, Found, History, Pins
from chat.commands import SearchFilters
from chat.events import Logged, Message, Reaction, Sender
from chat.log import store
from chat.log.kinds import from_row
from chat.models import Event, Presence, Room
from chat.models import Reaction as ReactionRow
from chat.models.event import EventQuerySet

PAGE: Final = 100  # 16 kB each at most, several times over on their way: 500 took 30 MB for one reader
SEARCH_SECONDS: Final = 5.0
NO_FILTERS: Final = SearchFilters()
WALKED: Final = 20_000  # messages that a search looks at before it asks the index of words


def read_after(room: int, seq: int, most: int = PAGE) -> list[Logged]:
    """Up to `most` events of the room with a greater seq, oldest first."""
    return [from_row(row) for row in Event.objects.after(room, seq)[:most]]


def read_history(room: int, *, before: int | None = None, after: int | None = None, limit: int) -> History:
    """A page of messages as they are now, erased ones included.

    The seq is read first: what is newer than it is left out, and what is in the page already of events after
    it makes no difference when they are applied again.
    """
    seq = last_seqs([room]).get(room, 0)
    # With two upper bounds SQLite may begin at the greater one, and scan.
    last = seq if before is None else min(seq, before - 1)
    rows = Event.objects.messages(room).filter(seq__lte=last)
    rows = rows.order_by("-seq") if after is None else rows.filter(seq__gt=after).order_by("seq")
    found = list(rows[: limit + 1])
    page = sorted(found[:limit], key=lambda row: row.seq)
    return History(seq, _as_now(room, page, seq), more=len(found) > limit)


def read_replies(room: int, target: int, *, after: int | None = None, limit: int) -> History:
    """A page of the messages that reply to one, oldest first, as `read_history` has them."""
    seq = last_seqs([room]).get(room, 0)
    rows = Event.objects.replies(room, target).filter(seq__gt=after or 0, seq__lte=seq).order_by("seq")
    found = list(rows[: limit + 1])
    return History(seq, _as_now(room, found[:limit], seq), more=len(found) > limit)


def search_messages(
    room: int,
    words: Sequence[str],
    *,
    before: int | None = None,
    limit: int,
    filters: SearchFilters = NO_FILTERS,
) -> Found:
    """The latest messages with these words, or the latest before a seq; those that are not erased.

    Raises OperationalError if it takes too long.
    """
    seq = last_seqs([room]).get(room, 0)
    # Not beyond the log: a `before` in the far future would leave all of the search to the index of words.
    last = seq if before is None else min(seq, before - 1)
    rows = Event.objects.latest_messages(room).passing(filters)
    with store.at_most(SEARCH_SECONDS):
        found = find_words(rows, "seq", words, last, limit + 1)
    page = found[:limit][::-1]
    return Found(seq, _as_now(room, page, seq), page[0].seq if len(found) > limit else None)


def search_rooms(
    rooms: QuerySet[Room],
    words: Sequence[str],
    *,
    before: int | None = None,
    limit: int,
    filters: SearchFilters = NO_FILTERS,
) -> Found:
    """The same for messages of all these rooms, where `before` is the `next` of the last page."""
    newest = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    last = newest if before is None else min(newest, before - 1)
    rows = Event.objects.standing_messages().filter(room__in=rooms).passing(filters)
    with store.at_most(SEARCH_SECONDS):
        found = find_words(rows, "pk", words, last, limit + 1)
    page = found[:limit][::-1]
    shown = _as_now_in_rooms(page)
    messages = tuple(shown[row.room_id, row.seq] for row in page)
    return Found(0, messages, page[0].pk if len(found) > limit else None)


def read_messages(places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Message]:
    """The messages of these rooms and seqs that are not deleted."""
    wanted = reduce(or_, (Q(room=room, seq=seq) for room, seq in places), Q(pk=None))
    return _as_now_in_rooms(list(Event.objects.standing_messages().filter(wanted)))


def read_pins(room: int) -> Pins:
    """The messages that are pinned to the room, the latest pin first."""
    seq = last_seqs([room]).get(room, 0)
    return Pins(seq, _as_now(room, list(Event.objects.pinned(room)), seq))


def find_words(rows: EventQuerySet, key: str, words: Sequence[str], last: int, most: int) -> list[Event]:
    """The latest ones up to `last`: what many have among the latest, what few have by the index of words.

    The database cannot tell one from the other before it has looked. `key`: by which the rows are ordered.
    """
    rows = rows.with_words(words)
    # In one step PostgreSQL walked a million rows for a word that no message has (0.9 s), or sorted all for a
    # word that each has (0.3 s).
    found = list(rows.filter(**{f"{key}__lte": last, f"{key}__gt": last - WALKED})[:most])
    if len(found) < most and last > WALKED:
        earlier = rows.filter(**{f"{key}__lte": last - WALKED}).by_index_of_words(words, key)
        found += earlier[: most - len(found)]
    return found


def latest_messages(room: int, most: int) -> list[Message]:
    """The last messages of the room that are not erased, oldest first."""
    rows = [from_row(row) for row in Event.objects.latest_messages(room)[:most]]
    return [row for row in reversed(rows) if isinstance(row, Message)]


def last_seqs(rooms: Iterable[int]) -> dict[int, int]:
    """The latest seq of each room, deleted rooms included."""
    return dict(Room.objects.filter(pk__in=list(rooms)).values_list("pk", "last_seq"))


def read_state(room: int) -> tuple[int, int, bool]:
    """The room's latest seq, its password generation, and whether it is deleted."""
    found = Room.objects.values_list("last_seq", "generation", "deleted_at").filter(pk=room).first()
    return (0, 1, True) if found is None else (found[0], found[1], found[2] is not None)


def read_members(rooms: Sequence[int]) -> list[tuple[Sender, ...]]:
    """The members of each of these rooms: each name once, in the order of arrival."""
    here: dict[int, dict[str, Sender]] = {room: {} for room in rooms}
    for room, key, sender in _list_present(here.keys()):
        here[room][key] = sender
    members = {room: tuple(names.values()) for room, names in here.items()}
    return [members[room] for room in rooms]


def read_first_members(rooms: Collection[int]) -> dict[int, tuple[tuple[Sender, ...], int]]:
    """The first MOST_MEMBERS members of each of these rooms, and how many there are.

    Of a crowd no more is read: all of those who come into it ask for this.
    """
    present = Presence.objects.current().filter(room_id__in=rooms).values_list("room_id")
    counts = dict(present.annotate(Count("name_key", distinct=True)))
    few = [room for room in rooms if counts.get(room, 0) <= MOST_MEMBERS]
    found = {room: (members, len(members)) for room, members in zip(few, read_members(few), strict=True)}
    for room in counts.keys() - found.keys():
        names: dict[str, Sender] = {}
        for start in count(0, MOST_MEMBERS):  # a second time, if some have several connections
            part = list(_list_present([room], slice(start, start + MOST_MEMBERS)))
            names |= {key: sender for _, key, sender in part}
            if len(names) >= MOST_MEMBERS or len(part) < MOST_MEMBERS:
                break
        found[room] = tuple(names.values())[:MOST_MEMBERS], counts[room]
    return found


def _list_present(rooms: Collection[int], part: slice = slice(None)) -> Iterator[tuple[int, str, Sender]]:
    """Who is in these rooms, in the order of arrival, by connection: room, key of the name, and member."""
    rows = Presence.objects.current().filter(room_id__in=rooms).order_by("joined_at")
    columns = rows.values_list("room_id", "name_key", "name", "color", "participant_id")
    for room, key, name, color, participant in columns[part]:
        yield room, key, Sender(name, color, participant)


def _as_now(room: int, rows: Sequence[Event], seq: int | None = None) -> tuple[Message, ...]:
    """The messages in these rows, with what only a snapshot has: reactions, whether they are pinned, and how
    many replies they have as of `seq`. Replies are counted and not listed, so none after it may be counted.
    """
    asked = [row.seq for row in rows]
    under = _read_reactions(room, asked)
    pinned = {row.seq for row in rows if row.pinned_at is not None}
    replies = {} if seq is None else store.count_replies(room, asked, seq)
    messages = (message for row in rows if isinstance(message := from_row(row), Message))
    return tuple(
        msgspec.structs.replace(
            message,
            reactions=under.get(message.seq, ()),
            pinned=message.seq in pinned,
            replies=replies.get(message.seq, 0),
        )
        if message.seq in under or message.seq in pinned or message.seq in replies
        else message
        for message in messages
    )


def _as_now_in_rooms(rows: Iterable[Event]) -> dict[tuple[int, int], Message]:
    """The same for messages of several rooms, by room and seq."""
    by_room: dict[int, list[Event]] = {}
    for row in rows:
        by_room.setdefault(row.room_id, []).append(row)
    return {(one.room, one.seq): one for room, theirs in by_room.items() for one in _as_now(room, theirs)}


def _read_reactions(room: int, targets: Sequence[int]) -> Mapping[int, tuple[Reaction, ...]]:
    """The reactions under each of these messages that has any."""
    under: dict[int, dict[str, list[tuple[str, int]]]] = {}
    rows = ReactionRow.objects.filter(room=room, target__in=targets).order_by("pk")
    for target, emoji, name, participant in rows.values_list("target", "emoji", "name", "participant_id"):
        under.setdefault(target, {}).setdefault(emoji, []).append((name, participant))
    return {
        target: tuple(Reaction(emoji, *zip(*people, strict=True)) for emoji, people in by_emoji.items())
        for target, by_emoji in under.items()
    }
