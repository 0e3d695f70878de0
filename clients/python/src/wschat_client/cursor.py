"""How far a room was handed to its user: each event of the log once, and in order. Pure."""

from wschat_client.events import (
    Banned,
    Edited,
    Erased,
    Event,
    Kicked,
    Logged,
    Message,
    ModeratorSet,
    Muted,
    Pinned,
    Reacted,
    Restored,
    RoomChanged,
    RoomDeleted,
)

LOGGED = (
    Message,
    Edited,
    Erased,
    Restored,
    Reacted,
    Pinned,
    Muted,
    ModeratorSet,
    Kicked,
    Banned,
    RoomChanged,
    RoomDeleted,
)


class Cursor:
    """The seq of the last event handed on; None until a first join has said where the log is.

    While it is None, what comes is held back: it may be older than the snapshot in the answer to the join.
    """

    def __init__(self, seq: int | None = None) -> None:
        self.seq = seq
        self._held: list[Event] = []
        self._no_gap = False

    def take(self, event: Event) -> list[Event]:
        """An event came: what is to be handed on now."""
        if self.seq is None:
            self._held.append(event)
            return []
        if not (number := log_seq(event)):
            return [event]
        if number <= self.seq or (self._no_gap and number > self.seq + 1):
            return []
        self.seq = number
        return [event]

    def joined(self, seq: int) -> list[Event]:
        """The room was joined, and is at `seq`: what was held back and follows it."""
        self._no_gap = False
        if self.seq is not None:
            return []
        self.seq = seq
        held, self._held = self._held, []
        return [later for event in held for later in self.take(event)]

    def catch_up(self, seq: int) -> None:
        """A conversation is about to be joined from `seq` on.

        It is heard without a join, too. What is said live before the join begins will come again after what
        was missed, so that it must not move the cursor past that.
        """
        self.seq = seq
        self._no_gap = True

    def lost(self) -> None:
        """The connection is gone: the next join brings all of it again."""
        self._held.clear()
        self._no_gap = False


def log_seq(event: Event) -> int:
    """The place of an event in the log; 0 for what is in none."""
    return event.seq if isinstance(event, LOGGED) else 0


def logged(event: Event) -> Logged | None:
    """The event, if it is of the log."""
    return event if isinstance(event, LOGGED) else None
