"""Reading the log: events of a room with seq > n, and pages of messages. Blocking; call it from a thread."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from chat.answers import History, Pins
from chat.events import Logged, Message, Reaction, Sender
from chat.log import store
from chat.log.kinds import from_row
from chat.models import Event, Presence, Room
from chat.models import Reaction as ReactionRow

PAGE: Final = 100  # 16 kB each at most, several times over on their way: 500 took 30 MB for one reader
SEARCH_SECONDS: Final = 5.0
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
    # With two upper bounds SQLite may begin at the greater one, and walk.
    last = seq if before is None else min(seq, before - 1)
    rows = Event.objects.messages(room).filter(seq__lte=last)
    rows = rows.order_by("-seq") if after is None else rows.filter(seq__gt=after).order_by("seq")
    found = list(rows[: limit + 1])
    page = sorted(found[:limit], key=lambda row: row.seq)
    return History(seq, _as_now(room, page), more=len(found) > limit)


def search_messages(room: int, words: Sequence[str], *, before: int | None = None, limit: int) -> History:
    """The latest messages with these words, or the latest before a seq; those that are not erased.

    Raises OperationalError if it takes too long.
    """
    seq = last_seqs([room]).get(room, 0)
    # Not beyond the log: a `before` in the far future would leave all of the search to the index of words.
    last = seq if before is None else min(seq, before - 1)
    with store.at_most(SEARCH_SECONDS):
        found = _with_words(room, words, last, limit + 1)
    return History(seq, _as_now(room, found[:limit][::-1]), more=len(found) > limit)


def read_pins(room: int) -> Pins:
    """The messages that are pinned to the room, the latest pin first."""
    seq = last_seqs([room]).get(room, 0)
    return Pins(seq, _as_now(room, list(Event.objects.pinned(room))))


def _with_words(room: int, words: Sequence[str], last: int, most: int) -> list[Event]:
    """The latest ones up to `last`: what many have among the latest, what few have by the index of words.

    The database cannot tell one from the other before it has looked.
    """
    rows = Event.objects.latest_messages(room).with_words(words)
    # In one step PostgreSQL walked a million rows for a word that no message has (0.9 s), or sorted all for a
    # word that each has (0.3 s).
    found = list(rows.filter(seq__lte=last, seq__gt=last - WALKED)[:most])
    if len(found) < most and last > WALKED:
        found += rows.filter(seq__lte=last - WALKED).by_index_of_words()[: most - len(found)]
    return found


def latest_messages(room: int, most: int) -> list[Message]:
    """The last messages of the room that are not erased, oldest first."""
    rows = [from_row(row) for row in Event.objects.latest_messages(room)[:most]]
    return [row for row in reversed(rows) if isinstance(row, Message)]


def last_seqs(rooms: Iterable[int]) -> dict[int, int]:
    """How far the log of each room has come, deleted rooms included."""
    return dict(Room.objects.filter(pk__in=list(rooms)).values_list("pk", "last_seq"))


def read_state(room: int) -> tuple[int, int, bool]:
    """How far the room's log has come, its password generation, and whether it is deleted."""
    found = Room.objects.values_list("last_seq", "generation", "deleted_at").filter(pk=room).first()
    return (0, 1, True) if found is None else (found[0], found[1], found[2] is not None)


def read_members(rooms: Sequence[int]) -> list[tuple[Sender, ...]]:
    """Who is in each of these rooms now: each name once, in the order of their coming."""
    here: dict[int, dict[str, Sender]] = {room: {} for room in rooms}
    rows = Presence.objects.current().filter(room_id__in=here.keys()).order_by("joined_at")
    columns = rows.values_list("room_id", "name_key", "name", "color", "participant_id")
    for room, key, name, color, participant in columns:
        here[room][key] = Sender(name, color, participant)
    members = {room: tuple(names.values()) for room, names in here.items()}
    return [members[room] for room in rooms]


def _as_now(room: int, rows: Sequence[Event]) -> tuple[Message, ...]:
    """The messages in these rows, with what only a snapshot has: reactions, and whether they are pinned."""
    under = _read_reactions(room, [row.seq for row in rows])
    pinned = {row.seq for row in rows if row.pinned_at is not None}
    messages = (message for row in rows if isinstance(message := from_row(row), Message))
    return tuple(
        msgspec.structs.replace(message, reactions=under.get(message.seq, ()), pinned=message.seq in pinned)
        if message.seq in under or message.seq in pinned
        else message
        for message in messages
    )


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
