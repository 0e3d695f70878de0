"""Whose connections are in this process, and what reaches them wherever they are: conversations, read marks.

The events of a conversation of two go to both of them, not to a group of its own. It is live here as soon as
one of them is here and something happens in it; what was missed is filled in from the log, as in any room.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from chat.delivery.audience import Member
from chat.delivery.feed import Feed
from chat.delivery.hub import Hub, LiveRoom, encode
from chat.delivery.outbox import Outbox
from chat.dialects.base import Dialect
from chat.events import Event, Sender


class Listener:
    """One connection of a participant. `heard`: its place in each conversation that it hears.

    `returns`: the participant can come back as the same one. `got`: how far it has got in each conversation,
    if it cannot ask for what it missed; else None.
    """

    __slots__ = ("dialect", "got", "heard", "outbox", "participant", "returns", "who")

    def __init__(
        self,
        participant: int,
        who: Sender,
        outbox: Outbox,
        dialect: Dialect,
        *,
        returns: bool,
        got: dict[int, int] | None,
    ) -> None:
        self.participant = participant
        self.who = who
        self.outbox = outbox
        self.dialect = dialect
        self.returns = returns
        self.got = got
        self.heard: dict[int, Member] = {}

    def take_place(self, room: int) -> Member:
        """A new place in a conversation."""
        member = Member(room, self.outbox, self.dialect, 1, private=self.who)
        self.heard[room] = member
        return member


class Person:
    """A participant who is here. `known`: how far each of their conversations was when they came."""

    __slots__ = ("known", "listeners")

    def __init__(self, known: Mapping[int, int]) -> None:
        self.known = dict(known)
        self.listeners: set[Listener] = set()


class People:
    """The participants with a connection in this process.

    `on_empty` hears of the last connection of each, `on_behind` of places that have to be fed from the log.
    """

    def __init__(self, hub: Hub, feed: Feed) -> None:
        self._hub = hub
        self._feed = feed
        self._here: dict[int, Person] = {}
        self.on_empty: Callable[[Listener], None] = lambda listener: None
        self.on_behind: Callable[[Member], None] = lambda member: None

    def __contains__(self, participant: int) -> bool:
        return participant in self._here

    def add(self, listener: Listener, known: Mapping[int, int]) -> None:
        """A connection has said who it is; `known` are their conversations and how far each has come."""
        person = self._here.setdefault(listener.participant, Person(known))
        person.listeners.add(listener)

    def remove(self, listener: Listener) -> None:
        """The connection has ended, or is somebody else now."""
        for member in listener.heard.values():
            self._hub.remove(member)
        listener.heard.clear()
        person = self._here.get(listener.participant)
        if person is not None:
            person.listeners.discard(listener)
            if not person.listeners:
                del self._here[listener.participant]
                self.on_empty(listener)

    def listeners(self, participants: Iterable[int]) -> list[Listener]:
        """All connections of these participants here."""
        found = (self._here.get(participant) for participant in participants)
        return [listener for person in found if person is not None for listener in person.listeners]

    def everybody(self) -> list[int]:
        """The participants who are here."""
        return list(self._here)

    def tell(self, participant: int, event: Event, but: Outbox | None = None) -> None:
        """An event for somebody's own connections alone."""
        for listener in self.listeners([participant]):
            if listener.outbox is not but and (data := encode(_form(listener), [event])):
                listener.outbox.write(data)

    def receive(self, pair: tuple[int, int], events: Sequence[Event]) -> None:
        """Events of the conversation of these two, from this process or another."""
        for room in {event.room for event in events}:
            first = min(getattr(event, "seq", 0) for event in events if event.room == room)
            self.attend(room, pair, first - 1 if first else None)
        self._feed.receive(events)

    def missed(self, room: int, pair: tuple[int, int], seq: int) -> bool:
        """Whether somebody here does not know that their conversation has come to `seq`."""
        here = (self._here.get(participant) for participant in pair)
        return any(person is not None and person.known.get(room, 0) < seq for person in here)

    def attend(self, room: int, pair: tuple[int, int], seq: int | None = None) -> None:
        """Have all connections of the two here hear their conversation from now on.

        If it was not live yet, it is at the least that one of them knows, else at `seq`.
        """
        listeners = self.listeners(pair)
        if not listeners:
            return
        if room not in self._hub.rooms:
            known = [
                self._here[one].known[room]
                for one in pair
                if one in self._here and room in self._here[one].known
            ]
            self._hub.open(LiveRoom(room, min(known, default=seq or 0)))
        for listener in listeners:
            if room not in listener.heard:
                member = listener.take_place(room)
                if not self._hub.add(member, None if listener.got is None else listener.got.get(room, 0)):
                    self.on_behind(member)


def _form(listener: Listener) -> tuple[Dialect, bool]:
    return listener.dialect, listener.outbox.framed
