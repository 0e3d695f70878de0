"""Filters, and the messages that wait for a moderator, as the server writes them."""

from dataclasses import dataclass
from datetime import datetime

from wschat_client.events import Frame


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message of your own that waits for a moderator."""

    room: int
    at: datetime
    text: str
    nonce: str | None = None
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """What a message must not have, in a `room` or (None) in all rooms, and what happens if it does."""

    id: int
    room: int | None
    kind: str
    action: str
    pattern: str
    amount: int | None
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaughtMessage:
    """A message that a filter would have caught."""

    seq: int
    at: datetime
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Caught:
    """How many of the `tried` messages a filter would have caught; `messages`: the latest 50 of them."""

    tried: int
    count: int
    messages: tuple[CaughtMessage, ...]


def parse_held_message(frame: Frame) -> HeldMessage:
    """The message in an answer of the server."""
    at = datetime.fromisoformat(frame["at"])
    return HeldMessage(frame["room"], at, str(frame["text"]), frame.get("nonce"), frame.get("reply_to"))


def parse_filter(frame: Frame) -> Filter:
    """The filter in an answer of the server."""
    values = {name: frame[name] for name in Filter.__slots__}
    return Filter(**values | {"at": datetime.fromisoformat(frame["at"])})


def parse_caught(frame: Frame) -> Caught:
    """What the server says that a filter would have caught."""
    messages = (
        CaughtMessage(one["seq"], datetime.fromisoformat(one["at"]), str(one["name"]), str(one["text"]))
        for one in frame["messages"]
    )
    return Caught(frame["tried"], frame["count"], tuple(messages))
