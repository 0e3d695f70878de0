"""Records of a fault. Times are seconds of the machine's clock."""

import msgspec


class Heard(msgspec.Struct, frozen=True, array_like=True):
    """A message that was handed to a client."""

    seq: int
    text: str
    at: float


class Lost(msgspec.Struct, frozen=True, array_like=True):
    """A connection that ended, when, and after how long the server wanted the client back, if it said so."""

    at: float
    code: int
    retry_after: float | None


class Log(msgspec.Struct):
    """What one client saw in its room. `said`: text and seq of what it was acknowledged."""

    name: str
    room: int
    heard: list[Heard] = []
    said: list[tuple[str, int]] = []
    lost: list[Lost] = []  # each connection that ended
    back: list[float] = []  # when a connection after the first one was ready


class Row(msgspec.Struct, frozen=True, array_like=True):
    """A message in the database."""

    room: int
    seq: int
    text: str
    at: float
