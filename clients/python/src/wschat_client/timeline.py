"""The messages of a room: a snapshot, and the events that change it. Pure.

The rule of docs/ordering.md: the state as of seq S, and then the events S+1, S+2 … N, is the state as of N.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, TypeAlias

from wschat_client.events import Edited, Erased, Logged, Message, Pinned, Reacted, Reaction, Restored

MOST_REPLIES: Final = 100  # the server counts no further

Change: TypeAlias = Edited | Erased | Restored | Reacted | Pinned


class Timeline:
    """The latest `keep` messages of a room, as they are after all events applied so far."""

    def __init__(self, keep: int = 1000) -> None:
        self._keep = keep
        self._messages: dict[int, Message] = {}
        self._as_of: dict[int, int] = {}  # per message: events up to this seq are in it already

    @property
    def messages(self) -> list[Message]:
        """Oldest first."""
        return list(self._messages.values())

    def get(self, seq: int) -> Message | None:
        """The message of this seq, if it is kept."""
        return self._messages.get(seq)

    def load(self, messages: Iterable[Message], seq: int) -> None:
        """Take in a page of messages as of `seq`."""
        for message in messages:
            if self._as_of.get(message.seq, -1) < seq:
                self._messages[message.seq] = message
                self._as_of[message.seq] = seq
        self._messages = dict(sorted(self._messages.items()))
        self._forget_old()

    def apply(self, event: Logged) -> None:
        """Take in an event of the log. Events about messages that are not kept change nothing."""
        if isinstance(event, Message):
            if event.seq and event.seq not in self._messages:
                self._messages[event.seq] = event
                self._as_of[event.seq] = event.seq
                self._forget_old()
            target = self._messages.get(event.reply_to or 0)
            if target is not None and event.seq > self._as_of[target.seq]:
                self._messages[target.seq] = with_reply(target)
                self._as_of[target.seq] = event.seq
        elif isinstance(event, Change):
            message = self._messages.get(event.target)
            if message is not None and event.seq > self._as_of[event.target]:
                self._messages[event.target] = changed(message, event)

    def _forget_old(self) -> None:
        while len(self._messages) > self._keep:
            oldest = next(iter(self._messages))
            del self._messages[oldest], self._as_of[oldest]


class PendingPage:
    """A page that was asked for: the events that come meanwhile may be newer than the answer."""

    def __init__(self) -> None:
        self._later: list[Change | Message] = []

    def note(self, event: Logged) -> None:
        """An event came before the answer."""
        if isinstance(event, Change | Message):
            self._later.append(event)

    def settle(self, messages: Iterable[Message], seq: int) -> list[Message]:
        """The page as of `seq`, brought up to the last event noted."""
        page = {message.seq: message for message in messages}
        for event in self._later:
            target = event.reply_to if isinstance(event, Message) else event.target
            if event.seq > seq and target in page:
                known = page[target]
                page[target] = with_reply(known) if isinstance(event, Message) else changed(known, event)
        return list(page.values())


def with_reply(message: Message) -> Message:
    """The message with one reply more."""
    return replace(message, replies=min(message.replies + 1, MOST_REPLIES))


def changed(message: Message, event: Change) -> Message:
    """The message after an event about it. Applied twice in a row it comes to the same."""
    if isinstance(event, Restored):
        return replace(message, text=event.text, edited=event.edited, erased=False)
    if message.erased:
        return message
    if isinstance(event, Edited):
        return replace(message, text=event.text, edited=event.at)
    if isinstance(event, Erased):
        return replace(message, text="", erased=True, reactions=(), pinned=False)
    if isinstance(event, Pinned):
        return replace(message, pinned=event.on)
    return replace(message, reactions=_reacted(message.reactions, event))


def _reacted(reactions: tuple[Reaction, ...], event: Reacted) -> tuple[Reaction, ...]:
    """The reactions after an event: one of each participant per emoji, whatever name they had and have."""
    by_emoji = {each.emoji: each for each in reactions}
    before = by_emoji.get(event.emoji, Reaction(event.emoji, ()))
    who, participants, name, participant = before.who, before.participants, event.who.name, event.participant
    keys, key = (who, name) if participant is None else (participants, participant)
    if (key in keys) == event.on:
        return reactions
    if event.on:
        who += (name,)
        participants += () if participant is None else (participant,)
    else:
        place = keys.index(key)
        who, participants = who[:place] + who[place + 1 :], participants[:place] + participants[place + 1 :]
    by_emoji[event.emoji] = Reaction(event.emoji, who, participants)
    return tuple(each for each in by_emoji.values() if each.who)
