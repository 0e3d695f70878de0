"""A WebSocket parser that stops after a few frames.

One read may bring thousands. The parser of `websockets` takes all that it is given, and asks before each
frame whether there is anything: that is where it waits for the next turn.
"""

from collections.abc import Generator

from websockets.protocol import Protocol
from websockets.streams import StreamReader

from chat.sessions.pace import MOST_FRAMES


class PacedReader(StreamReader):
    """Bytes that were read and not parsed. `more`: frames may wait for the next turn."""

    def __init__(self) -> None:
        super().__init__()
        self.between_frames = True  # nothing of the next one is parsed
        self._left = MOST_FRAMES  # in this turn
        self._until = 0  # the size of the buffer at which the turn is over too

    def install(self, connection: Protocol) -> None:
        """Have a connection that has received nothing yet read from here."""
        connection.reader = self
        connection.parser = connection.parse()
        next(connection.parser)

    def begin_turn(self, data: bytes, frames: int, size: int) -> None:
        """Have a few frames of this size parsed, of what waits and of the data that is about to be fed."""
        self._left = frames
        self._until = len(self.buffer) + len(data) - size

    def put_aside(self, data: bytes) -> None:
        """Take data that is not to be parsed before the next turn."""
        self._left = 0
        self.feed_data(data)

    @property
    def _turn_is_over(self) -> bool:
        return self._left <= 0 or len(self.buffer) < self._until

    @property
    def more(self) -> bool:
        return self._turn_is_over and bool(self.buffer)

    def at_eof(self) -> Generator[None, None, bool]:
        """Wait until another frame may be parsed."""
        self.between_frames = True
        while self._turn_is_over:
            yield
        ends = yield from super().at_eof()
        self._left -= 1
        self.between_frames = False
        return ends
