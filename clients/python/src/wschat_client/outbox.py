"""Commands without an answer, and in which order they are sent again. Pure.

A lane is what has an order of its own: a room by its number, or the client itself (CLIENT). It is open once
its room is joined on the present connection.
"""

import secrets
from collections.abc import Callable, Iterator
from typing import Final

from wschat_client.errors import WschatError
from wschat_client.events import Frame

CLIENT: Final = 0  # the lane of commands that are for no room


class Entry:
    """A command that waits for its answer. `outcome` is called once: with the `ok`, or with a final error."""

    __slots__ = ("command", "failures", "in_flight", "lane", "nonce", "outcome", "size")

    def __init__(self, lane: int, command: Frame, outcome: Callable[[Frame | WschatError], None]) -> None:
        self.lane = lane
        self.command = command
        self.outcome = outcome
        self.nonce: str | None = command.get("nonce")
        self.in_flight = False
        self.size = 0  # bytes of its frame, on the present connection
        self.failures = 0  # how often it was refused, to be tried again


def new_nonce() -> str:
    """A name for a message that no other has."""
    return secrets.token_hex(16)


class Outbox:
    """All entries, in the order in which they were first given."""

    def __init__(self) -> None:
        self._entries: dict[Entry, None] = {}
        self._nonces: dict[str, Entry] = {}
        self._open: set[int] = set()
        self._paused: dict[int, int] = {}  # lane: how many of its entries wait to be tried again

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries))

    def add(self, entry: Entry) -> None:
        """Keep a command until it is settled."""
        self._entries[entry] = None
        if entry.nonce is not None:
            self._nonces[entry.nonce] = entry

    def ready(self, lane: int) -> list[Entry]:
        """What is to be sent now, in order. None while an earlier one waits to be tried again."""
        if lane not in self._open or self._paused.get(lane):
            return []
        return [entry for entry in self._entries if entry.lane == lane and not entry.in_flight]

    def sent(self, entry: Entry, size: int) -> None:
        """It is on its way on the present connection."""
        entry.in_flight, entry.size = True, size

    def open(self, lane: int) -> None:
        """What is in the lane may be sent on the present connection."""
        self._open.add(lane)

    def is_open(self, lane: int) -> bool:
        """Whether commands in the lane may be sent now."""
        return lane in self._open

    def postpone(self, entry: Entry) -> None:
        """Refused for now: nothing more is sent in its lane until `resume`, so that the order stays."""
        entry.in_flight = False
        entry.failures += 1
        self._paused[entry.lane] = self._paused.get(entry.lane, 0) + 1

    def resume(self, lane: int) -> None:
        """The time of one postponed entry has come."""
        self._paused[lane] = max(0, self._paused.get(lane, 0) - 1)

    def lost(self) -> None:
        """The connection is gone. What became of what was in flight is not known: it has to go again."""
        self._open.clear()
        self._paused.clear()
        for entry in self._entries:
            entry.in_flight = False

    def settle(self, entry: Entry, outcome: Frame | WschatError) -> None:
        """It is over with an entry. Does nothing the second time."""
        if self.remove(entry):
            entry.outcome(outcome)

    def seen(self, nonce: str, room: int, seq: int) -> None:
        """An event bears this nonce, which says as much as the `ok`."""
        entry = self._nonces.get(nonce)
        if entry is not None and entry.lane == room:
            self.settle(entry, {"seq": seq})

    def remove(self, entry: Entry) -> bool:
        """Forget an entry; whether it was still there."""
        if entry not in self._entries:
            return False
        del self._entries[entry]
        if entry.nonce is not None:
            del self._nonces[entry.nonce]
        return True

    def end(self, lane: int, error: WschatError) -> None:
        """The lane is over: all that waits in it fails."""
        self._open.discard(lane)
        for entry in self:
            if entry.lane == lane:
                self.settle(entry, error)

    def void(self, error: WschatError) -> None:
        """Commands about a message (an edit, a reaction) fail: the seq may belong to another message now."""
        for entry in self:
            if "target" in entry.command:
                self.settle(entry, error)

    def largest_in_flight(self) -> Entry | None:
        """If the server found a frame too large, then this one was."""
        return max((e for e in self._entries if e.in_flight), key=lambda entry: entry.size, default=None)
