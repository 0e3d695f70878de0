"""The filters of rooms and of the server, as the log applies them.

Each process keeps the compiled filters of the rooms in which it has seen a message lately, with their
versions (`Room.filters`, `Epoch.filters`). A text is judged before its batch locks anything (`judge_texts`),
by the versions known here. While the batch is numbered, the room's row says which versions hold: if they
differ, the filters are loaded, and the text is judged again. So no process has to be told of a change.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeAlias

from django.db.models import Q

from chat.events import Sender
from chat.filters import LATEST, FilterSet, TextFilter, TextKey, is_repeated, make_text_key
from chat.models import Event, Filter

if TYPE_CHECKING:
    from chat.log.drafts import Draft
    from chat.log.room_state import RoomState

Versions: TypeAlias = tuple[str, str]  # of the room's filters, and of the server's
Judgement: TypeAlias = tuple[Versions, TextFilter | None]
# The latest texts of rooms in which repetitions are looked for, for one batch: seq (None while it has none),
# text and sender of each.
RecentTexts: TypeAlias = dict[int, list[tuple[int | None, TextKey, object]]]

_MOST_ROOMS: Final = 1000
# The compiled filters by room, the latest last. A room without filters is not among them.
known: OrderedDict[int, tuple[Versions, FilterSet]] = OrderedDict()


def judge_texts(drafts: Iterable["Draft"]) -> None:
    """Judge the texts of these drafts by the filters that are known here."""
    for draft in drafts:
        if (compiled := known.get(draft.room)) is not None and (text := getattr(draft, "text", "")):
            versions, filters = compiled
            draft.judgement = versions, filters.find(text)


def find_filter(
    draft: "Draft",
    text: str,
    who: Sender,
    state: "RoomState",
    recent: RecentTexts,
    edits: int | None = None,
) -> TextFilter | None:
    """The hardest filter that catches the text, by what is in it or as repeated.

    `edits`: the number of the message that is given this text.
    """
    if state.filters is None:
        return None
    versions = state.filters
    filters = load_filters(draft.room, versions, in_pair=state.pair is not None)
    if draft.judgement is None or draft.judgement[0] != versions:
        draft.judgement = versions, filters.find(text)
    caught = draft.judgement[1]
    if filters.repeated:
        again = _find_repetition(recent, draft.room, text, who, filters.repeated, edits)
        if again is not None:
            caught = again if caught is None else max(caught, again, key=lambda each: each.severity)
    return caught


def load_filters(room: int, versions: Versions, *, in_pair: bool = False) -> FilterSet:
    """The filters of the room and of the server, in these versions; read once for each.

    Direct conversations have no moderators: filters can only refuse there.
    """
    compiled = known.get(room)
    if compiled is None or compiled[0] != versions:
        rows = Filter.objects.filter(Q(room=room) | Q(room=None))
        if in_pair:
            rows = rows.filter(action="refuse")
        compiled = known[room] = versions, FilterSet(map(to_text_filter, rows))
        if len(known) > _MOST_ROOMS:
            known.popitem(last=False)
    return compiled[1]


def to_text_filter(row: Filter) -> TextFilter:
    """The filter in a row."""
    return TextFilter(row.kind, row.action, row.pattern, row.amount, row.pk)


def _find_repetition(
    latest_texts: RecentTexts,
    room: int,
    text: str,
    who: Sender,
    filters: Iterable[TextFilter],
    edits: int | None,
) -> TextFilter | None:
    """The hardest of these filters that finds the text repeated. From now on it counts, too.

    The earlier text of the message that it edits does not count.
    """
    if room not in latest_texts:
        rows = Event.objects.latest_messages(room).values_list("seq", "text", "sender_id", "name")
        latest_texts[room] = [
            (seq, make_text_key(said), _name_sender(number, name))
            for seq, said, number, name in rows[:LATEST]
        ]
    latest, sender, key = latest_texts[room], _name_sender(who.participant, who.name), make_text_key(text)
    earlier = [(said, by) for seq, said, by in latest if edits is None or seq != edits]
    found = next(
        (filter_ for filter_ in filters if is_repeated(key, sender, earlier, filter_.amount or 2)), None
    )
    if edits is None:
        latest.insert(0, (None, key, sender))  # its number is not known yet
        del latest[LATEST:]
    elif found is None:
        latest_texts[room] = [(seq, key, by) if seq == edits else (seq, said, by) for seq, said, by in latest]
    return found


def _name_sender(participant: int | None, name: str) -> object:
    return name if participant is None else participant
