"""The `rooms` dialect: golden examples both ways."""

import json

from chat.answers import Done, Stored
from chat.commands import Join, Leave, Send
from chat.dialects.rooms import Rooms
from chat.errors import CLIENT_INVALID_JSON, DUPLICATE_USERNAME, INVALID_FIELD, ChatError
from chat.events import Erased, Joined, Left, Message, RoomChanged, RoomDeleted, Sender
from tests.dialects.kit import ANN, NOW, Golden

ROOMS = Rooms()
TIME = "2026-11-21T03:04:05.678901Z"
GOLDEN = Golden(
    dialect=ROOMS,
    accepted=[
        ({"event_type": "join", "name": "ann", "color": "red"}, Join(name="ann", color="red")),
        ({"event_type": "join", "name": "ann", "msg": "ignored", "more": [1]}, Join(name="ann")),
        ({"event_type": "join", "name": "ann", "color": None}, Join(name="ann")),
        ({"event_type": "leave", "name": "ann"}, Leave(name="ann")),
        ({"event_type": "send", "name": "ann", "color": "red", "msg": "hi"}, Send("hi", "ann", "red")),
    ],
    refused=[
        ("no json", CLIENT_INVALID_JSON, "", True),
        ("[1]", CLIENT_INVALID_JSON, "", True),
        ('{"event_type": "send", "msg": "hi"}', INVALID_FIELD, "name", False),
        ('{"event_type": "send", "name": "", "msg": "hi"}', INVALID_FIELD, "name", False),
        ('{"event_type": "send", "name": 5, "msg": "hi"}', INVALID_FIELD, "name", True),
        ('{"event_type": "send", "name": "ann"}', INVALID_FIELD, "msg", False),
        ('{"event_type": "send", "name": "ann", "msg": {}}', INVALID_FIELD, "msg", True),
        ('{"event_type": "send", "name": "ann", "msg": "hi", "color": 1}', INVALID_FIELD, "color", True),
        ('{"event_type": "shout", "name": "ann", "msg": "hi"}', INVALID_FIELD, "event_type", False),
        ('{"name": "ann", "msg": "hi"}', INVALID_FIELD, "event_type", False),
        (json.dumps({"event_type": "send", "name": "ann", "msg": "x" * 4001}), INVALID_FIELD, "msg", False),
    ],
    shown=[
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
            {
                "event_type": "error",
                "code": 101,
                "error": "Room error: Room not found",
                "field": "",
                "name": "",
                "msg": "Room error: Room not found",
            },
        ),
        (Erased(4, 9, NOW, 8), None),
        (RoomChanged(4, 9, NOW, "t", "", "public", True, 1), None),
    ],
    answered=[(Done(), None), (Stored(1), None)],
)


def test_refusal_is_an_error_event_that_shows_its_text_as_a_message():
    refusal = ROOMS.refuse(ChatError(DUPLICATE_USERNAME, field="name", detail="more words"), None)
    expected = {
        "event_type": "error",
        "code": 202,
        "error": "Client error: Duplicate username",
        "field": "name",
        "name": "",
        "msg": "Client error: Duplicate username",
    }
    assert json.loads(refusal or b"") == expected
