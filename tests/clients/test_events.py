"""Frames become events."""

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wschat_client import (
    Blocked,
    Erased,
    JoinedRoomChanged,
    Mentioned,
    Message,
    MessageSaved,
    Person,
    Pinned,
    ProtocolError,
    Reaction,
    ReadMoved,
    Removed,
    Restored,
    RulesAccepted,
    Unfinished,
)
from wschat_client.events import parse_event

from tests.clients.fakes import AT

WHEN = datetime(2026, 11, 21, 4, 59, 48, 565171, UTC)
ANN = {"name": "ann", "color": "red", "verified": True}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
TYPES = [
    "message",
    "unfinished",
    "edited",
    "erased",
    "restored",
    "reacted",
    "pinned",
    "muted",
    "room",
    "joined",
    "typing",
    "read",
    "mentioned",
    "joined_room",
    "saved",
    "rules_accepted",
    "removed",
]
FIELDS = ["room", "seq", "at", "sender", "text", "target", "who", "emoji", "on", "reactions", "edited"]
FIELDS += ["level", "level_until", "version"]


def test_message_with_everything():
    frame = {"type": "message", "room": 1, "seq": 5, "at": AT, "sender": ANN, "text": "hi", "nonce": "n"}
    frame |= {
        "reply_to": 3,
        "edited": AT,
        "reactions": [{"emoji": "👍", "who": ["bob"]}],
        "mentions": ["bob"],
    }
    frame |= {"later": "field"}
    person, reactions = Person("ann", "red", True), (Reaction("👍", ("bob",)),)
    assert parse_event(frame) == Message(
        1, WHEN, 5, person, "hi", "n", 3, WHEN, False, reactions, False, ("bob",)
    )


@pytest.mark.parametrize(
    ("frame", "event"),
    [
        ({"type": "erased", "seq": 2, "target": 1}, Erased(1, WHEN, 2, 1)),
        (
            {"type": "restored", "seq": 3, "target": 1, "text": "hi", "edited": None},
            Restored(1, WHEN, 3, 1, "hi"),
        ),
        (
            {"type": "restored", "seq": 3, "target": 1, "text": "hi", "edited": AT},
            Restored(1, WHEN, 3, 1, "hi", WHEN),
        ),
        (
            {"type": "pinned", "seq": 2, "target": 1, "who": ANN, "on": False},
            Pinned(1, WHEN, 2, 1, Person("ann", "red", True), False),
        ),
        ({"type": "read", "seq": 9}, ReadMoved(1, WHEN, 9)),
        ({"type": "read", "seq": 9, "unread": 2, "as_of": 11}, ReadMoved(1, WHEN, 9, 2)),
        (
            {"type": "read", "seq": 9, "unread": 2, "as_of": 11, "mentions": 1},
            ReadMoved(1, WHEN, 9, 2, 1),
        ),
        (
            {"type": "mentioned", "title": "club", "target": 4, "sender": ANN, "text": "@bob"},
            Mentioned(1, WHEN, "club", 4, Person("ann", "red", True), "@bob"),
        ),
        ({"type": "unfinished", "text": "hi", "reply_to": 3}, Unfinished(1, WHEN, "hi", 3)),
        ({"type": "unfinished", "text": ""}, Unfinished(1, WHEN, "")),
        (
            {"type": "joined_room", "on": True, "level": "mentions", "level_until": AT},
            JoinedRoomChanged(1, WHEN, True, "mentions", WHEN),
        ),
        (
            {"type": "joined_room", "on": False, "level": "all", "level_until": None},
            JoinedRoomChanged(1, WHEN, False, "all", None),
        ),
        ({"type": "rules_accepted", "version": 7}, RulesAccepted(1, WHEN, 7)),
        ({"type": "saved", "target": 9, "on": True}, MessageSaved(1, WHEN, 9, True)),
        (
            {"type": "blocked", "participant": 7, "name": "ann", "on": True},
            Blocked(0, WHEN, 7, "ann", True),
        ),
        ({"type": "removed", "code": 101, "error": "gone"}, Removed(1, WHEN, 101, "gone")),
        ({"type": "from the future"}, None),
    ],
)
def test_other_events(frame: dict[str, Any], event: object):
    assert parse_event({"room": 1, "at": AT, **frame}) == event


@settings(deadline=None)
@given(
    kind=st.sampled_from(TYPES),
    fields=st.dictionaries(st.sampled_from(FIELDS), JSON),
    base=st.sampled_from([{}, {"room": 1, "at": AT, "seq": 1, "sender": ANN, "who": ANN}]),
)
def test_invalid_event_raises_a_protocol_error(kind: str, fields: dict[str, Any], base: dict[str, Any]):
    with contextlib.suppress(ProtocolError):
        parse_event({"type": kind, **base, **fields})


def test_number_beyond_all_numbers_raises_a_protocol_error():
    with pytest.raises(ProtocolError):
        parse_event({"type": "read", "room": 1, "at": AT, "seq": float("inf")})
