"""The pace of one connection: how much is taken before others have their turn.

What waits stays in its socket. A connection that sends on and on without waiting for answers rests after each
turn, for many times as long as the turn took the event loop, so that it gets a small share of it. What takes
time elsewhere, such as pages of history, is slowed down by `chat.meter`. A client with less than
`LARGEST_READ` bytes under way, waiting for answers, never rests.
"""

from typing import Final

# Without a bound, one guest filled the queue of the log: a message in another room was answered after 15 s.
MOST_UNANSWERED: Final = 16  # drafts of one connection
MOST_FRAMES: Final = 32  # of one connection in a turn of the event loop
# With 65,536, sixteen messages of the largest size in one turn made the p99 of others twice as long.
MOST_BYTES: Final = 16_384  # likewise; one frame may be larger
LARGEST_READ: Final = 65_536  # bytes that gather before a read, of a client that waits for answers
FREE_TURNS: Final = 8  # on end, before the first rest
# Without a bound, a client that sends 250 KB, resets the connection and reconnects would never rest.
MOST_TURNS_OF_LOST: Final = 16  # on end, of a connection that is lost; what waits after them is dropped
# With 50, a flood of history pages made the p99 of others 1.83 times as long.
SHARE: Final = 100  # how many times as long as the turn before it a rest lasts
LONGEST_REST: Final = 10.0  # seconds


class Pace:
    """The turns in which the frames of a connection are taken, and how long it rests between them.

    Turns are on end until `pause`. `rests`: it rests after this turn, which has to be timed for that.
    """

    __slots__ = ("_lost", "_spent", "rests", "turns")

    def __init__(self) -> None:
        self.turns = 0
        self.rests = self._lost = False
        self._spent = 0.0

    def pause(self) -> None:
        """The client has waited for an answer: it is no flood."""
        self.turns = 0
        self.rests = False

    def lose(self) -> None:
        """The connection is lost: take what it has sent without a rest, so that its members are no ghosts."""
        self._lost = True
        self.rests = False

    def count_turn(self) -> None:
        """Another turn on end begins."""
        self.turns += 1
        self._spent = 0.0
        self.rests = self.turns > FREE_TURNS and not self._lost

    def note_work(self, seconds: float) -> None:
        """Frames of this turn kept the event loop busy as long; what they lead to later does not count."""
        self._spent += seconds

    def rest(self) -> float:
        """Returns how long the connection rests after this turn. Seconds."""
        return min(SHARE * self._spent, LONGEST_REST) if self.rests else 0.0
