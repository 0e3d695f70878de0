"""The last events of a live room, so that a storm of reconnects is not a storm of queries. Pure."""

from collections import deque
from typing import Final

import msgspec

from chat.events import Edited, Erased, Logged, Message

MOST_EVENTS: Final = 256
# Without this bound, 256 long texts would hold a megabyte in each live room.
MOST_CHARACTERS: Final = 131_072  # of all their texts together


class Recent:
    """Events without a hole up to the last one delivered, as the database has them now."""

    def __init__(self, seq: int) -> None:
        self._seq = seq
        self._events: deque[Logged] = deque()
        self._characters = 0

    def add_event(self, event: Logged) -> None:
        """Take the next event in; after a hole in the numbers (retention) begin anew."""
        if event.seq != self._seq + 1:
            self._events.clear()
            self._characters = 0
        self._seq = event.seq
        if isinstance(event, Edited | Erased):
            self._apply_change(event)
        self._events.append(event)
        self._characters += _count_bytes(event)
        while len(self._events) > MOST_EVENTS or self._characters > MOST_CHARACTERS:
            self._characters -= _count_bytes(self._events.popleft())

    def events_after(self, seq: int) -> list[Logged] | None:
        """The events with a greater seq; None if they are not all here."""
        behind = self._seq - seq
        if behind > len(self._events):
            return None
        return list(self._events)[len(self._events) - behind :] if behind > 0 else []

    def _apply_change(self, event: Edited | Erased) -> None:
        """Apply an edit or deletion to the message itself, so that no client gets the old text."""
        position = event.target - self._seq + len(self._events)
        if 0 <= position < len(self._events):
            self._replace_event(position, event)
        if isinstance(event, Erased):
            for other, edit in enumerate(self._events):
                if isinstance(edit, Edited) and edit.target == event.target:
                    self._replace_event(other, event)

    def _replace_event(self, position: int, event: Edited | Erased) -> None:
        old = new = self._events[position]
        if isinstance(old, Edited):
            new = msgspec.structs.replace(old, text="")
        elif isinstance(old, Message) and isinstance(event, Edited):
            new = msgspec.structs.replace(old, text=event.text, edited=event.at)
        elif isinstance(old, Message):
            new = msgspec.structs.replace(old, text="", erased=True)
        self._characters += _count_bytes(new) - _count_bytes(old)
        self._events[position] = new


def _count_bytes(event: Logged) -> int:
    return len(event.text) if isinstance(event, Message | Edited) else 0
