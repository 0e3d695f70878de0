"""The `envelope` dialect: golden examples both ways, in both spellings."""

import json
from typing import Any

import pytest

from chat.answers import Done, Opened, SignedIn, Stored
from chat.commands import Direct, Join, Leave, Send, SignIn, Under
from chat.conf import SizeLimits
from chat.dialects.envelope import FORMS
from chat.errors import CLIENT_INVALID_JSON, DUPLICATE_USERNAME, INVALID_FIELD, ChatError
from chat.events import Edited, Erased, Joined, Left, Message, RoomDeleted, Sender
from tests.dialects.kit import ANN, NOW, Golden

BOB = Sender("bob", "", 9)


def tagged(kind: str, token: str | None = None, **body: object) -> dict[str, Any]:
    return {"message_type": kind, "message_body": {kind: body}, "token": token}


def flat(kind: str, token: str | None = None, **body: object) -> dict[str, Any]:
    return {"message_type": kind, "message_body": body, "token": token}


GOLDEN = Golden(
    dialect=FORMS[True],
    accepted=[
        (tagged("Auth", sender_username="ann", password="secret"), SignIn("ann", "secret")),
        (tagged("Enter", sender_username="ann"), Under("ann", None, Join())),
        (tagged("Leave", "t", sender_username="ann"), Under("ann", "t", Leave())),
        (tagged("GroupChat", "t", sender_username="ann", content="hi"), Under("ann", "t", Send("hi"))),
        (flat("GroupChat", "t", sender_username="ann", content="hi"), Under("ann", "t", Send("hi"))),
        (
            {"message_type": "GroupChat", "message_body": {"sender_username": "ann", "content": "hi"}},
            Under("ann", None, Send("hi")),
        ),
        (
            flat("PrivateChat", target_username="bob", sender_username="ann", content="hi", more=1),
            Under("ann", None, Direct("bob", "hi")),
        ),
    ],
    refused=[
        ("no json", CLIENT_INVALID_JSON, "", True),
        ("[]", CLIENT_INVALID_JSON, "", True),
        ({}, INVALID_FIELD, "message_type", True),
        ({"message_type": "Enter"}, INVALID_FIELD, "message_body", True),
        ({"message_type": "Enter", "message_body": "ann"}, INVALID_FIELD, "message_body", True),
        (tagged("Dance", sender_username="ann"), INVALID_FIELD, "message_type", True),
        (tagged("GroupInfo", info="x"), INVALID_FIELD, "message_type", True),
        (tagged("Enter"), INVALID_FIELD, "sender_username", True),
        (flat("Enter", sender_username=1), INVALID_FIELD, "sender_username", True),
        (flat("GroupChat", sender_username="ann"), INVALID_FIELD, "content", True),
        (flat("PrivateChat", sender_username="ann", content="x"), INVALID_FIELD, "target_username", True),
        (flat("Auth", sender_username="ann"), INVALID_FIELD, "password", True),
        (flat("Enter", sender_username="ann") | {"token": 1}, INVALID_FIELD, "token", True),
        (flat("Enter", sender_username=""), INVALID_FIELD, "sender_username", False),
        (flat("GroupChat", sender_username="ann", content=""), INVALID_FIELD, "content", False),
        (flat("GroupChat", sender_username="ann", content="x" * 4001), INVALID_FIELD, "content", False),
    ],
    shown=[
        (Message(1, 5, NOW, ANN, "hi"), tagged("GroupChat", sender_username="ann", content="hi")),
        (Joined(1, NOW, ANN), tagged("GroupInfo", info="ann entered the room")),
        (Left(1, NOW, ANN), tagged("GroupInfo", info="ann left the room")),
        (RoomDeleted(1, 7, NOW), tagged("PrivateInfo", info="the room was deleted")),
        (Message(1, 5, NOW, ANN, "", erased=True), None),
        (Edited(1, 6, NOW, 5, "ho"), None),
        (Erased(1, 6, NOW, 5), None),
    ],
    answered=[
        (SignedIn("t"), tagged("PrivateInfo", "t", info="auth-success")),
        (
            Opened(3, BOB, 1, away=True),
            tagged("PrivateInfo", info="bob is not online, and gets your message on coming back"),
        ),
        (Opened(3, BOB, 1), None),
        (Done(), None),
        (Stored(5), None),
    ],
)


def test_each_client_is_answered_in_its_spelling():
    both = FORMS.values()
    for form in both:
        assert form.spoken(json.dumps(flat("Enter", sender_username="ann"))) is FORMS[False]
        assert form.spoken(json.dumps(tagged("Enter", sender_username="ann"))) is FORMS[True]
        unclear = json.dumps(flat("Enter"))
        for frame in ("no json", b"{}", "{}", '{"message_type": "Enter", "message_body": 1}', unclear):
            assert form.spoken(frame) is form
    shown = FORMS[False].encode(Message(1, 5, NOW, ANN, "hi"))
    assert json.loads(shown or b"") == flat("GroupChat", sender_username="ann", content="hi")


@pytest.mark.parametrize(("form", "spelled"), [(FORMS[True], tagged), (FORMS[False], flat)])
def test_private_message_is_not_echoed_to_its_sender(form, spelled):
    for listener in (ANN, BOB):
        heard = form.private(listener)
        mine, theirs = (
            Message(3, 1, NOW, who, "psst") for who in (listener, ANN if listener == BOB else BOB)
        )
        assert heard.encode(mine) is None
        assert json.loads(heard.encode(theirs) or b"") == spelled(
            "PrivateChat", target_username=listener.name, sender_username=theirs.sender.name, content="psst"
        )
        assert heard.encode(Message(3, 1, NOW, theirs.sender, "", erased=True)) is None
        assert heard.encode(Joined(3, NOW, theirs.sender)) is None


def test_refusal_says_why():
    refusal = FORMS[True].refuse(ChatError(DUPLICATE_USERNAME, detail="taken"), None)
    assert json.loads(refusal or b"") == tagged("PrivateInfo", info="taken")


def test_message_reads_the_same_in_both_spellings():
    for form in FORMS.values():
        said = json.loads(form.encode(Message(1, 5, NOW, ANN, "hi")) or b"")
        assert form.decode(json.dumps(said), SizeLimits()) == Under("ann", None, Send("hi"))
