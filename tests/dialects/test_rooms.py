"""The `rooms` dialect: golden examples both ways."""

import json

import pytest

from chat.commands import Join, Leave, Send
from chat.conf import Limits
from chat.dialects.rooms import Rooms
from chat.errors import CLIENT_INVALID_JSON, DUPLICATE_USERNAME, INVALID_FIELD, ChatError
from chat.events import Erased, Joined, Left, Message, RoomChanged, RoomDeleted, Sender
from tests.dialects.kit import ANN, NOW

ROOMS = Rooms()
TIME = "2026-11-21T03:04:05.678901Z"


@pytest.mark.parametrize(
    ("frame", "command"),
    [
        ({"event_type": "join", "name": "ann", "color": "red"}, Join(name="ann", color="red")),
        ({"event_type": "join", "name": "ann", "msg": "ignored", "more": [1]}, Join(name="ann")),
        ({"event_type": "join", "name": "ann", "color": None}, Join(name="ann")),
        ({"event_type": "leave", "name": "ann"}, Leave(name="ann")),
        ({"event_type": "send", "name": "ann", "color": "red", "msg": "hi"}, Send("hi", "ann", "red")),
    ],
)
def test_golden_frames_in(frame, command):
    assert ROOMS.decode(json.dumps(frame), Limits()) == command


@pytest.mark.parametrize(
    ("frame", "kind", "field"),
    [
        ("no json", CLIENT_INVALID_JSON, ""),
        ("[1]", CLIENT_INVALID_JSON, ""),
        ('{"event_type": "send", "msg": "hi"}', INVALID_FIELD, "name"),
        ('{"event_type": "send", "name": "", "msg": "hi"}', INVALID_FIELD, "name"),
        ('{"event_type": "send", "name": 5, "msg": "hi"}', INVALID_FIELD, "name"),
        ('{"event_type": "send", "name": "ann"}', INVALID_FIELD, "msg"),
        ('{"event_type": "send", "name": "ann", "msg": {}}', INVALID_FIELD, "msg"),
        ('{"event_type": "send", "name": "ann", "msg": "hi", "color": 1}', INVALID_FIELD, "color"),
        ('{"event_type": "shout", "name": "ann", "msg": "hi"}', INVALID_FIELD, "event_type"),
        ('{"name": "ann", "msg": "hi"}', INVALID_FIELD, "event_type"),
        (json.dumps({"event_type": "send", "name": "ann", "msg": "x" * 4001}), INVALID_FIELD, "msg"),
    ],
)
def test_frames_that_are_refused_name_the_field(frame, kind, field):
    with pytest.raises(ChatError) as refused:
        ROOMS.decode(frame, Limits())
    assert (refused.value.kind, refused.value.field) == (kind, field)


@pytest.mark.parametrize(
    ("event", "frame"),
    [
        (
            Message(4, 9, NOW, ANN, "hi"),
            {"event_type": "send", "name": "ann", "color": "red", "msg": "hi", "room_id": 4, "time": TIME},
        ),
        (
            Joined(4, NOW, ANN),
            {
                "event_type": "join",
                "name": "ann",
                "color": "red",
                "msg": "ann entered the room.",
                "room_id": 4,
                "time": TIME,
            },
        ),
        (
            Left(4, NOW, Sender("bob")),
            {
                "event_type": "leave",
                "name": "bob",
                "color": "",
                "msg": "bob has left the room.",
                "room_id": 4,
                "time": TIME,
            },
        ),
        (
            RoomDeleted(4, 9, NOW),
            {"event_type": "error", "code": 101, "error": "Room error: Room not found", "field": ""},
        ),
    ],
)
def test_golden_frames_out(event, frame):
    assert json.loads(ROOMS.encode(event) or b"") == frame


@pytest.mark.parametrize("event", [Erased(4, 9, NOW, 8), RoomChanged(4, 9, NOW, "t", "", "public", True, 1)])
def test_what_the_dialect_cannot_say_is_not_sent(event):
    assert ROOMS.encode(event) is None


def test_refusal_is_an_error_event_with_four_fields():
    refusal = ROOMS.refuse(ChatError(DUPLICATE_USERNAME, field="name", detail="more words"), None)
    expected = {
        "event_type": "error",
        "code": 202,
        "error": "Client error: Duplicate username",
        "field": "name",
    }
    assert json.loads(refusal or b"") == expected
