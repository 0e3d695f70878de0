"""Whom a message calls: the participants that its text mentions.

Everyone who can read the room can be mentioned: who has joined it, present or not, and who is in it now.
`MessageDraft` asks `Mentionables` while its batch is numbered, if there is an `@` in its text; the names of
all such texts of a batch are looked up with two queries. The message has the names, so that all who read it
see the same mentions. Each participant, except the sender, those who are banned and those who have
blocked the sender, gets a row
(`chat.models.Mention`) and, after the commit, an event. Edits call no one.

`@room` mentions all who joined the room, `@here` all who are in it: of more than MOST_CALLED those who were
connected last. Senders without the right to that (`permissions.MENTION_ALL`) write plain text with it. A room
chooses who has it (`validation.CHOICES`): with AUTO, everyone while few have joined it and few are in it.
They have a budget for it in each room, which is spent when the message is stored: a batch that fails is
sent again.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import F

from chat import conf
from chat.errors import CALLED_TOO_OFTEN, ChatError
from chat.events import NO_SEQ, Mentioned, Message
from chat.log.bans import Client
from chat.log.blocks import find_blocked, find_blockers
from chat.log.room_state import RoomState
from chat.log.slow_mode import Poster
from chat.mentions import ALL, find_candidates, find_mentions, fold_name
from chat.meter import Budgets, Purse
from chat.models import JoinedRoom, Mention, Participant, Presence, Room
from chat.permissions import Actor
from chat.validation import name_key

# Of the process, if it serves connections: hears in the log's thread of each call.
listener: Callable[[Mapping[int, Mentioned]], object] | None = None

budgets: Final = Budgets(conf.get_limit_table())  # for messages that mention all; of this process
_ACT: Final = "mention_all"

FEW: Final = 20  # where no more have joined, and are present, everyone can mention all
MOST_CALLED: Final = 1000  # by one message
MOST_KEYS: Final = 5000  # of names that the texts of one batch may mention
_AT_ONCE: Final = 500  # names in one query


class Call(NamedTuple):
    """A message that mentions participants. `told`: those of them who want to hear of it now."""

    event: Mentioned
    participants: tuple[int, ...]
    told: tuple[int, ...]


class Mentionable(NamedTuple):
    """Someone who can be mentioned in a room. `participant`: None for an unverified member.

    `level`: what calls them, until then.
    """

    name: str
    title: str
    participant: int | None
    level: str = JoinedRoom.Level.ALL
    until: datetime | None = None

    def wants_quiet(self, at: datetime) -> bool:
        """Whether no message of the room calls them at that moment."""
        return self.level == JoinedRoom.Level.NOTHING and (self.until is None or at < self.until)


@dataclass(slots=True)
class Mentionables:
    """Who can be mentioned in the rooms of one batch.

    `_texts` gives the texts that are sent in it, each with its room: all are looked up together, when the
    first is asked for. Texts whose names would make more than MOST_KEYS in a batch mention no one. `_senders`
    gives who sends them. `calls`: whom its messages call so far.
    """

    _texts: Callable[[], Iterable[tuple[int, str]]] = lambda: ()
    _senders: Callable[[], Iterable[int]] = lambda: ()
    calls: list[Call] = field(default_factory=list)
    _few: dict[int, bool] = field(default_factory=dict)  # by room
    _callers: list[Poster] = field(default_factory=list)  # who mentions all in this batch
    _looked_up: set[tuple[int, str]] = field(default_factory=set)
    _keys: dict[str, Set[str]] = field(default_factory=dict)  # by text: of the names that it may mention
    _asked: set[str] = field(default_factory=set)  # all of these keys
    _blocked: dict[int, bool] = field(default_factory=dict)  # senders: whether anyone has blocked them
    _known: dict[tuple[int, str], list[Mentionable]] = field(default_factory=dict)  # by room and name key

    def find_mentioned(self, room: int, text: str, words: Set[str]) -> tuple[list[str], list[Mentionable]]:
        """The names that a text mentions in the room, each once, and whom they call.

        `words`: those of `mentions.ALL` that mention, too.
        """
        if not self._looked_up:
            self._look_up(self._texts())
        if (room, text) not in self._looked_up:  # of a message that was held
            self._look_up([(room, text)])
        keys = self._keys[text]
        if not keys:
            return [], []
        found = (one for key in keys for one in self._known.get((room, key), ()))
        there = {one.name: one for one in found if fold_name(one.name) not in ALL}
        names = list(dict.fromkeys(find_mentions(text, [*there, *words])))
        called = [there[name] for name in names if name not in words]
        return names, called + [one for word in words & set(names) for one in _read_all(room, word)]

    def are_few(self, room: int) -> bool:
        """Whether few have joined the room and few are in it: then everyone can mention all."""
        if room not in self._few:
            self._few[room] = _are_few(room)
        return self._few[room]

    def check_pace(self, caller: Poster, actor: Actor, *, runs: bool) -> None:
        """Raise 115 for a sender who has just mentioned all in the room. `runs`: they run it."""
        if not budgets.table.on:
            return
        room, who = caller
        account = actor.proof.account is not None
        purse = budgets.open_purse(f"{room} {who}", "", account=account, staff=actor.staff)
        self._callers.append(caller)
        waits = [purse.spend(_ACT, monotonic(), runs=runs) for _ in range(self._callers.count(caller))]
        for _ in waits:
            purse.refund(_ACT, runs=runs)
        if wait := waits[-1]:
            self._callers.remove(caller)
            detail = "you have just mentioned everyone in this room"
            raise ChatError(CALLED_TOO_OFTEN, detail=detail, retry_after=wait)
        transaction.on_commit(partial(_spend, purse, runs=runs))

    def note_calls(self, message: Message, mentioned: Iterable[Mentionable], state: RoomState) -> None:
        """Have those who are mentioned called once the message is stored."""
        called = {
            one.participant: one
            for one in mentioned
            if one.participant is not None
            and one.participant != message.sender.participant
            and not _is_banned(one, state, message.at)
        }
        for blocker in self._find_blockers(message.sender.participant, called):
            del called[blocker]
        if not called:
            return
        title, told = next(iter(called.values())).title, called.values()
        event = Mentioned(message.room, message.at, title, message.seq, message.sender, message.text)
        wanting = (one.participant for one in told if not one.wants_quiet(message.at))
        self.calls.append(Call(event, tuple(called), tuple(filter(None, wanting))))

    def _find_blockers(self, sender: int | None, called: Collection[int]) -> Set[int]:
        """Those who are called and have blocked the sender. Whether anyone has is asked for a whole batch."""
        if sender is None or not called:
            return frozenset()
        if sender not in self._blocked:  # of a message that was held, it may be another one
            wanted = {sender, *self._senders()}
            self._blocked |= dict.fromkeys(wanted, False) | dict.fromkeys(find_blocked(wanted), True)
        return find_blockers(sender, called) if self._blocked[sender] else frozenset()

    def _look_up(self, texts: Iterable[tuple[int, str]]) -> None:
        wanted = dict.fromkeys(each for each in texts if "@" in each[1] and each not in self._looked_up)
        self._looked_up |= wanted.keys()
        rooms = {room for room, _ in wanted}
        keys = sorted(set().union(*(self._find_keys(text) for _, text in wanted)))
        for begin in range(0, len(keys), _AT_ONCE):
            for room, key, one in _read_mentionables(rooms, keys[begin : begin + _AT_ONCE]):
                self._known.setdefault((room, key), []).append(one)

    def _find_keys(self, text: str) -> Set[str]:
        """The keys of the names that the text may mention; none if the batch has too many already."""
        if text not in self._keys:
            keys = {name_key(candidate) for candidate in find_candidates(text)}
            left = MOST_KEYS - len(self._asked)
            self._keys[text] = keys if len(keys - self._asked) <= left else frozenset()
            self._asked |= self._keys[text]
        return self._keys[text]


def _read_mentionables(rooms: Set[int], keys: Sequence[str]) -> Iterator[tuple[int, str, Mentionable]]:
    """Those of these names, each with room and key. Of two with the same name, the verified one is last."""
    here = Presence.objects.current().filter(room__in=rooms, name_key__in=keys)
    about = "room", "name_key", "name", "room__title", "participant"
    for room, key, *one in here.order_by(F("participant").asc(nulls_first=True)).values_list(*about):
        yield room, key, Mentionable(*one)
    joined = JoinedRoom.objects.valid().filter(room__in=rooms, participant__name_key__in=keys)
    about = "room", "participant__name_key", "participant__name", "room__title", "participant"
    for room, key, *one in joined.values_list(*about, "level", "level_until"):
        yield room, key, Mentionable(*one)


def _are_few(room: int) -> bool:
    """Count those who joined and the names that are present no further than it matters."""
    joined = JoinedRoom.objects.filter(room=room).values("pk")
    present = Presence.objects.current().filter(room=room).values("name_key").distinct()
    return all(len(people[: FEW + 1]) <= FEW for people in (joined, present))


def _read_all(room: int, word: str) -> Iterator[Mentionable]:
    """The participants whom @room or @here calls; of many those who were connected last."""
    joined = JoinedRoom.objects.valid().filter(room=room)
    present = Presence.objects.current().filter(room=room, participant__isnull=False)
    people = Participant.objects.filter(name_key__isnull=False).order_by("-seen_at", "-pk")
    if word == "room":
        people = people.filter(pk__in=joined.values("participant"))
    else:
        people = people.filter(pk__in=present.values("participant"))
    called = list(people.values_list("name", "pk")[:MOST_CALLED])
    title = Room.objects.values_list("title", flat=True).get(pk=room)
    levels = {
        participant: (level, until)
        for participant, level, until in joined.exclude(level=JoinedRoom.Level.ALL).values_list(
            "participant", "level", "level_until"
        )
    }
    for name, participant in called:
        yield Mentionable(name, title, participant, *levels.get(participant, ()))


def _is_banned(who: Mentionable, state: RoomState, at: datetime) -> bool:
    client = Client((who.participant,), (who.name,), "")
    return any(bans.find(client, at) is not None for bans in state.bans)


def _spend(purse: Purse, *, runs: bool) -> None:
    purse.spend(_ACT, monotonic(), runs=runs)


def store_calls(calls: Sequence[Call]) -> None:
    """Store whom messages of the log mention, and tell them after the commit."""
    Mention.objects.bulk_create(
        Mention(participant_id=participant, room_id=call.event.room, seq=call.event.target)
        for call in calls
        if call.event.target != NO_SEQ
        for participant in call.participants
    )
    transaction.on_commit(partial(_tell, calls))


def _tell(calls: Sequence[Call]) -> None:
    for call in calls:
        if listener is not None and call.told:
            listener(dict.fromkeys(call.told, call.event))
