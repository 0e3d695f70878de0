"""`wschat.v1`: golden examples both ways."""

import json

import pytest

from chat.conf import Limits
from chat.dialects.v1 import V1
from chat.errors import INVALID_FIELD, UNAVAILABLE, ChatError
from chat.events import (
    Accepted,
    Erased,
    Hello,
    Join,
    Joined,
    Leave,
    Left,
    Message,
    RoomChanged,
    RoomDeleted,
    Send,
    Sender,
)
from tests.dialects.kit import ANN, NOW

V = V1()
TIME = "2026-11-21T03:04:05.678901Z"
WHO = {"name": "ann", "color": "red", "verified": True}


@pytest.mark.parametrize(
    ("frame", "command"),
    [
        ({"type": "hello", "id": 1, "name": "ann", "color": "red"}, Hello("ann", "red", 1)),
        ({"type": "join", "id": 2, "room": 5}, Join(room=5, id=2)),
        (
            {"type": "join", "id": 2, "room": 5, "token": "t", "since": 9, "last": 4, "more": 1},
            Join(room=5, token="t", since=9, last=4, id=2),
        ),
        ({"type": "leave", "id": 3, "room": 5}, Leave(room=5, id=3)),
        (
            {"type": "send", "id": 4, "room": 5, "text": "hi", "nonce": "n"},
            Send("hi", room=5, nonce="n", id=4),
        ),
    ],
)
def test_golden_frames_in(frame, command):
    assert V.decode(json.dumps(frame), Limits()) == command


@pytest.mark.parametrize(
    ("frame", "command_id", "field"),
    [
        ({"type": "shout", "id": 1}, 1, "type"),
        ({"id": 1}, 1, "type"),
        ({"type": "send", "id": 1, "room": 5}, 1, "text"),
        ({"type": "send", "room": 5, "text": "hi"}, None, "id"),
        ({"type": "send", "id": "1", "room": 5, "text": "hi"}, None, "id"),
        ({"type": "send", "id": 1, "room": "5", "text": "hi"}, 1, "room"),
        ({"type": "send", "id": 1, "room": 5, "text": ""}, 1, "text"),
        ({"type": "send", "id": 1, "room": 5, "text": "hi", "nonce": ""}, 1, "nonce"),
        ({"type": "join", "id": 1, "room": 5, "since": -1}, 1, "since"),
        ({"type": "hello", "id": 1, "name": " "}, 1, "name"),
    ],
)
def test_refusals_name_the_field_and_the_command(frame, command_id, field):
    with pytest.raises(ChatError) as refused:
        V.decode(json.dumps(frame), Limits())
    answer = json.loads(V.refuse(refused.value, None) or b"")
    assert (answer["type"], answer["id"], answer["code"], answer["field"]) == (
        "error",
        command_id,
        INVALID_FIELD.code,
        field,
    )


@pytest.mark.parametrize(
    ("event", "frame"),
    [
        (
            Message(4, 9, NOW, ANN, "hi", "n"),
            {"type": "message", "room": 4, "seq": 9, "at": TIME, "sender": WHO, "text": "hi", "nonce": "n"},
        ),
        (
            Message(4, 9, NOW, Sender("bob"), "", erased=True),
            {
                "type": "message",
                "room": 4,
                "seq": 9,
                "at": TIME,
                "sender": {"name": "bob", "color": "", "verified": False},
                "text": "",
                "erased": True,
            },
        ),
        (Erased(4, 9, NOW, 8), {"type": "erased", "room": 4, "seq": 9, "at": TIME, "target": 8}),
        (
            RoomChanged(4, 9, NOW, "t", "d", "private", True, 3),
            {
                "type": "room",
                "room": 4,
                "seq": 9,
                "at": TIME,
                "title": "t",
                "description": "d",
                "visibility": "private",
                "locked": True,
            },
        ),
        (RoomDeleted(4, 9, NOW), {"type": "room_deleted", "room": 4, "seq": 9, "at": TIME}),
        (Joined(4, NOW, ANN), {"type": "joined", "room": 4, "at": TIME, "who": WHO}),
        (Left(4, NOW, ANN), {"type": "left", "room": 4, "at": TIME, "who": WHO}),
    ],
)
def test_golden_frames_out(event, frame):
    assert json.loads(V.encode(event) or b"") == frame


def test_acceptance_says_what_there_is_to_say():
    send = Send("hi", room=1, id=4)
    assert json.loads(V.accept(send, Accepted(seq=7)) or b"") == {"type": "ok", "id": 4, "seq": 7}
    assert json.loads(V.accept(send, Accepted()) or b"") == {"type": "ok", "id": 4}
    joined = json.loads(V.accept(Join(room=1, id=5), Accepted(seq=0, members=(ANN,))) or b"")
    assert joined == {"type": "ok", "id": 5, "seq": 0, "members": [WHO]}


def test_refusal_says_whether_and_when_to_try_again():
    refusal = V.refuse(ChatError(UNAVAILABLE, detail="why", retry_after=1.5), Send("hi", room=1, id=4))
    assert json.loads(refusal or b"") == {
        "type": "error",
        "id": 4,
        "code": 902,
        "error": "Service unavailable",
        "field": "",
        "detail": "why",
        "retry": True,
        "retry_after": 1.5,
    }
