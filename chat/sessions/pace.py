"""How much of one connection is taken before the others have their turn.

What waits stays in its socket. A connection that sends on and on without waiting for answers rests after each
turn, for many times as long as the turn took the process, so that it gets a small share of the process,
whatever its commands cost. A client with less than `MOST_BYTES` under way, waiting for answers, never rests.
"""

from time import process_time
from typing import Final

# Without a bound, one guest filled the queue of the log: a message in another room was answered after 15 s.
MOST_UNANSWERED: Final = 16  # drafts of one connection
MOST_FRAMES: Final = 32  # of one connection in a turn of the event loop
MOST_BYTES: Final = 65_536  # likewise; one frame may be larger
FREE_TURNS: Final = 8  # on end, before the first rest
# Without a bound, a client that sends 250 KB, resets the connection and reconnects would never rest.
MOST_TURNS_OF_LOST: Final = 16  # on end, of a connection that is lost; what waits after them is dropped
# With 50, a flood of history pages made the p99 of others 1.83 times as long; with 100, no kind of flood
# exceeds 1.17 times.
SHARE: Final = 100  # how many times as long as the turn before it a rest lasts
LONGEST_REST: Final = 10.0  # seconds


def rest_after(began: float) -> float:
    """Return how long a connection rests after a turn that began then, by `process_time`. Seconds."""
    return min(SHARE * (process_time() - began), LONGEST_REST)
