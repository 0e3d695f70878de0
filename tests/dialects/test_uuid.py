"""The `uuid` dialect: golden examples both ways."""

import json

import pytest

from chat.answers import Done, Stored
from chat.commands import Send
from chat.conf import SizeLimits
from chat.dialects.uuid import Uuid
from chat.errors import CLIENT_INVALID_JSON, INVALID_FIELD, MUTED, ROOM_LOCKED, ChatError
from chat.events import Edited, Erased, Joined, Left, Message, RoomDeleted, Sender
from tests.dialects.kit import NOW, Golden

SOMEBODY = Sender("01234567-89ab-cdef-0123-456789abcdef")
SECONDS = 1795230245
GOLDEN = Golden(
    dialect=Uuid(),
    accepted=[
        ({"contents": "hi"}, Send("hi")),
        ({"sender": "me", "action": "chat", "contents": "hi", "timestamp": 1}, Send("hi")),
        ({"sender": 1, "contents": "hi", "timestamp": "never"}, Send("hi")),
    ],
    refused=[
        ("no json", CLIENT_INVALID_JSON, "", True),
        ("[]", CLIENT_INVALID_JSON, "", True),
        ({}, INVALID_FIELD, "contents", True),
        ({"contents": None}, INVALID_FIELD, "contents", True),
        ({"contents": 1}, INVALID_FIELD, "contents", True),
        ({"contents": "hi", "action": "connect"}, INVALID_FIELD, "action", True),
        ({"contents": "hi", "action": None}, INVALID_FIELD, "action", True),
        ({"contents": "hi", "action": ["chat"]}, INVALID_FIELD, "action", True),
        ({"contents": ""}, INVALID_FIELD, "contents", False),
        ({"contents": "x" * 4001}, INVALID_FIELD, "contents", False),
    ],
    shown=[
        (
            Message(1, 5, NOW, SOMEBODY, "hi"),
            {"sender": SOMEBODY.name, "action": "chat", "contents": "hi", "timestamp": SECONDS},
        ),
        (
            Joined(1, NOW, SOMEBODY),
            {"sender": "system", "action": "connect", "contents": SOMEBODY.name, "timestamp": SECONDS},
        ),
        (
            Left(1, NOW, Sender("ann")),
            {"sender": "system", "action": "disconnect", "contents": "ann", "timestamp": SECONDS},
        ),
        (
            RoomDeleted(1, 7, NOW),
            {"sender": "system", "action": "error", "contents": "the room was deleted"},
        ),
        *(
            (
                Message(1, 5, NOW, Sender(name), "hi"),
                {"sender": f"{name} (member)", "action": "chat", "contents": "hi", "timestamp": SECONDS},
            )
            for name in ("system", "System", "\uff53\u0443stem")  # reserved for the server
        ),
        (Message(1, 5, NOW, SOMEBODY, "", erased=True), None),
        (Edited(1, 6, NOW, 5, "ho"), None),
        (Erased(1, 6, NOW, 5), None),
    ],
    answered=[(Done(), None), (Stored(5), None)],
)


def test_error_says_why_and_has_no_time():
    for error, why in [
        (ChatError(ROOM_LOCKED, detail="nobody may speak"), "nobody may speak"),
        (ChatError(MUTED), "Room error: Muted"),
    ]:
        frame = json.loads(GOLDEN.dialect.refuse(error, None) or b"")
        assert frame == {"sender": "system", "action": "error", "contents": why}


@pytest.mark.parametrize("contents", ["\u200b", "\u3164", "\u2800", " \u00ad ", "\u2060\n"])
def test_input_that_shows_nothing_is_dropped_as_empty_input_is(contents: str):
    dialect = Uuid()
    with pytest.raises(ChatError) as refused:
        dialect.decode(json.dumps({"contents": contents}), SizeLimits())
    assert dialect.refuse(refused.value, None) is None


def test_empty_input_is_dropped_without_a_word():
    for contents in ("", " ", "\n\t\u3000"):
        with pytest.raises(ChatError) as refused:
            GOLDEN.dialect.decode(json.dumps({"contents": contents}), SizeLimits())
        assert GOLDEN.dialect.refuse(refused.value, None) is None


def test_times_in_nanoseconds_tell_messages_of_one_second_apart():
    dialect = Uuid(nanoseconds=True)
    times = []
    for microsecond in (0, 1, 999_999):
        at = NOW.replace(microsecond=microsecond)
        shown = json.loads(dialect.encode(Message(1, 5, at, SOMEBODY, "hi")) or b"")
        times.append(shown["timestamp"] - SECONDS * 10**9)
    assert times == [0, 1000, 999_999_000]
