"""The `plain` dialect: golden examples both ways."""

from datetime import UTC, datetime

from chat.answers import Done, Stored
from chat.commands import Label
from chat.dialects.plain import Plain
from chat.errors import CLIENT_INVALID_JSON, INVALID_FIELD
from chat.events import Edited, Erased, Joined, Left, Message, RoomDeleted, Sender
from tests.dialects.kit import ANN, NOW, Golden

SHARP = datetime(2020, 8, 11, 22, 26, 58, tzinfo=UTC)
GOLDEN = Golden(
    dialect=Plain(),
    accepted=[
        ({"usr": "Ann", "msg": "hello"}, Label("hello", "Ann")),
        ({"usr": "Ann", "msg": "hello", "jwt": "a.b.c", "tim": 5}, Label("hello", "Ann", "a.b.c")),
        ({"usr": "Ann", "msg": "hello", "jwt": None}, Label("hello", "Ann")),
        ({"usr": " Ann ", "msg": " two\nlines "}, Label(" two\nlines ", "Ann")),
    ],
    refused=[
        ("no json", CLIENT_INVALID_JSON, "", True),
        ("[]", CLIENT_INVALID_JSON, "", True),
        ({"usr": "Ann"}, INVALID_FIELD, "msg", True),
        ({"msg": "hello"}, INVALID_FIELD, "usr", True),
        ({"usr": 1, "msg": "hello"}, INVALID_FIELD, "usr", True),
        ({"usr": "Ann", "msg": None}, INVALID_FIELD, "msg", True),
        ({"usr": "Ann", "msg": "hello", "jwt": 1}, INVALID_FIELD, "jwt", True),
        ({"usr": "", "msg": "hello"}, INVALID_FIELD, "usr", False),
        ({"usr": "a\u202eb", "msg": "hello"}, INVALID_FIELD, "usr", False),
        ({"usr": "Ann", "msg": ""}, INVALID_FIELD, "msg", False),
        ({"usr": "Ann", "msg": "x" * 4001}, INVALID_FIELD, "msg", False),
    ],
    shown=[
        (Message(1, 5, NOW, ANN, "hi"), {"usr": "ann", "msg": "hi", "tim": "2026-11-21T03:04:05.678901000Z"}),
        (
            Message(1, 5, SHARP, Sender("Ann"), "hello"),
            {"usr": "Ann", "msg": "hello", "tim": "2020-08-11T22:26:58.000000000Z"},
        ),
        (Message(1, 5, NOW, ANN, "", erased=True), None),
        (Edited(1, 6, NOW, 5, "ho"), None),
        (Erased(1, 6, NOW, 5), None),
        (Joined(1, NOW, ANN), None),
        (Left(1, NOW, ANN), None),
        (RoomDeleted(1, 7, NOW), None),
    ],
    answered=[(Done(), None), (Stored(5), None)],
)
