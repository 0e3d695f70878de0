"""Examples for every dialect, and the form of the golden examples of each."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from chat.answers import Answer
from chat.commands import Command
from chat.dialects.base import Dialect
from chat.errors import ErrorKind
from chat.events import (
    Banned,
    Edited,
    Erased,
    Event,
    Joined,
    Kicked,
    Left,
    Message,
    ModeratorSet,
    Muted,
    Pinned,
    Reacted,
    Reaction,
    Read,
    Removed,
    Restored,
    RoomChanged,
    RoomDeleted,
    Sender,
    Typing,
)


@dataclass(frozen=True)
class Golden:
    """Examples of one dialect, as `GOLDEN` in its test module. Frames are dicts, or text as it is sent.

    `accepted`: frames and their commands. `refused`: frames, the error's kind and field, and whether it is
    malformed. `shown`: events and their frames, None for what the dialect does not say. `answered`: the
    same for what commands come to.
    """

    dialect: Dialect
    accepted: list[tuple[Any, Command]]
    shown: list[tuple[Event, dict[str, Any] | None]]
    refused: list[tuple[Any, ErrorKind, str, bool]] = field(default_factory=list)
    answered: list[tuple[Answer, dict[str, Any] | None]] = field(default_factory=list)


NOW = datetime(2026, 11, 21, 3, 4, 5, 678901, tzinfo=UTC)
ANN = Sender("ann", "red", 7)
EVENTS: list[Event] = [
    Message(1, 5, NOW, ANN, "hi\n☃ 👩‍🚀 </script>", "n"),
    Message(1, 5, NOW, Sender("bob"), "hi"),
    Message(1, 5, NOW, ANN, "", None, erased=True),
    Message(1, 5, NOW, ANN, "ho", reply_to=3, edited=NOW, reactions=(Reaction("👍", ("ann",)),)),
    Edited(1, 6, NOW, 5, "ho"),
    Erased(1, 6, NOW, 5),
    Restored(1, 7, NOW, 5, "hi"),
    Restored(1, 7, NOW, 5, "ho", NOW),
    Reacted(1, 6, NOW, 5, ANN, "👍", True),
    Pinned(1, 6, NOW, 5, ANN, True),
    Message(1, 5, NOW, ANN, "ho", pinned=True),
    Typing(1, NOW, ANN),
    Read(1, NOW, 5),
    Removed(1, NOW, 101, "gone"),
    ModeratorSet(1, 5, NOW, ANN, True),
    Muted(1, 6, NOW, "bob", None, True),
    Kicked(1, 6, NOW, ANN, "spam"),
    Banned(1, 6, NOW, "bob*", NOW, "spam", True, 7, True, ("192.0.2.1/32",), (1, 2)),
    RoomChanged(1, 7, NOW, "title", "description", "private", True, 3),
    RoomDeleted(1, 8, NOW),
    Joined(1, NOW, ANN),
    Left(1, NOW, ANN),
]
FIELDS = ["usr", "jwt", "contents", "action", "sender", "message_body", "sender_username", "content"]
FIELDS += ["type", "event_type", "message_type", "id", "name", "color", "room", "token", "since", "last"]
FIELDS += [
    "text",
    "msg",
    "nonce",
    "reply_to",
    "target",
    "emoji",
    "on",
    "seq",
    "before",
    "after",
    "limit",
    "to",
    "other",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
    max_leaves=12,
)
HOSTILE = [
    "",
    "null",
    "[]",
    '"text"',
    "{",
    "{}{}",
    "NaN",
    "[" * 100_000,
    '{"a":' * 100_000,
    '{"name": ' + "[" * 5000 + "]" * 5000 + "}",
    "9" * 5000,
    '{"id": ' + "9" * 5000 + "}",
    '{"name": NaN}',
    '{"name": Infinity}',
    '{"name": "\\ud800"}',
    '{"name": "\\u0000"}',
    "\ufeff{}",
    "\x00",
]
