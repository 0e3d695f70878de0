"""Half characters, numbers that cannot be, nonces used twice: on real servers, in every protocol."""

import json
import uuid
from typing import Any

import pytest

from tests.integration.conftest import Dial
from tests.support.rest import Rest
from tests.support.sockets import Frame, Socket

HALF = "half \ud83d"
COMMANDS: list[dict[str, Any]] = [
    {"type": "send", "text": HALF},
    {"type": "send", "text": "x", "nonce": HALF},
    {"type": "edit", "target": 1, "text": HALF},
    {"type": "react", "target": 1, "emoji": "\ud83d"},
    {"type": "mute", "name": HALF},
    {"type": "search", "text": HALF},
    {"type": "join", "token": HALF},
    {"type": "direct", "to": HALF},
    {"type": "direct", "to": "bob", "text": HALF},
    {"type": "hello", "name": HALF},
    {"type": "hello", "color": HALF},
    {"type": "hello", "token": HALF},
    {"type": HALF},
    {"type": "send", "text": "x", "reply_to": HALF},
    {"type": "join", "room": 2**70},
    {"type": "send", "room": 10**40, "text": "x"},
    {"type": "members", "room": -1},
    {"type": "history", "before": 2**60},
    {"type": "send", "text": None},
    {"type": "send"},
]


async def talker(dial: Dial, room: int) -> Socket:
    socket = await dial("/ws", subprotocols=["wschat.v1"])
    assert (await socket.hello(f"ann {uuid.uuid4()}"))["type"] == "ok"
    assert (await socket.ask(type="join", room=room))["type"] == "ok"
    return socket


async def test_v1_answers_each_command_once_with_its_id(dial: Dial, room: int):
    socket = await talker(dial, room)
    for number, command in enumerate(COMMANDS, start=100):
        for frame in (
            {"room": room, **command},
            {"\ud83d": "\ud83d", **command, "room": command.get("room", room)},
        ):
            await socket.send_raw(json.dumps({**frame, "id": number}))
            await socket.send_raw(json.dumps({"type": "ping", "id": -number}))
            answers = [await socket.receive(), await socket.receive()]
            assert [answer["id"] for answer in answers] == [number, -number]
            assert answers[0]["type"] == "error", frame
            assert answers[0]["code"] == 303
            assert not answers[0]["retry"]
    assert (await socket.ask(type="send", room=room, text="fine"))["seq"] == 1


async def test_new_name_right_after_leaving_the_room_is_taken(dial: Dial, room: int):
    socket = await talker(dial, room)
    for _ in range(20):
        assert (await socket.ask(type="leave", room=room))["type"] == "ok"
        name = f"ann {uuid.uuid4()}"
        assert (await socket.ask(type="hello", name=name))["name"] == name
        assert (await socket.ask(type="join", room=room))["type"] == "ok"


async def test_half_a_character_in_an_unknown_field_changes_nothing(dial: Dial, room: int):
    socket = await talker(dial, room)
    answer = await socket.ask(type="send", room=room, text="fine", **{"more\ud83d": HALF, "other": [HALF]})
    assert answer["seq"] == 1


async def test_rooms_says_which_field_holds_half_a_character(dial: Dial, room: int):
    socket = await dial(f"/chats/{room}/ws")
    for field, frame in [
        ("name", {"event_type": "join", "name": HALF}),
        ("color", {"event_type": "join", "name": "ann", "color": HALF}),
        ("msg", {"event_type": "send", "name": "ann", "msg": HALF}),
        ("event_type", {"event_type": HALF, "name": "ann"}),
    ]:
        await socket.send(**frame)
        answer = await socket.receive()
        assert (answer["event_type"], answer["code"], answer["field"]) == ("error", 303, field)
    assert (await socket.join("ann"))["event_type"] == "join"


async def test_uuid_and_envelope_refuse_half_a_character_and_stay(dial: Dial, room: int):
    socket = await dial(f"/dialects/uuid/{room}")
    assert (await socket.receive())["action"] == "connect"
    await socket.send(contents=HALF)
    assert (await socket.receive())["action"] == "error"
    await socket.send(contents="fine", sender=HALF)
    assert (await socket.receive())["contents"] == "fine"
    socket = await dial(f"/dialects/envelope/{room}")
    for body in ({"sender_username": "ann", "content": HALF}, {"sender_username": HALF, "content": "x"}):
        await socket.send(message_type="GroupChat", message_body=body)
        answer = await socket.receive()
        assert answer["message_type"] == "PrivateInfo"
        assert "lone surrogate" in answer["message_body"]["info"]  # flat, as it was asked
    body = {"sender_username": f"ann {uuid.uuid4()}", "content": "fine", "more\ud83d": HALF}
    await socket.send(message_type="GroupChat", message_body=body, token=HALF)
    assert "lone surrogate" in (await socket.receive())["message_body"]["info"]


async def test_plain_drops_half_a_character_and_stays(dial: Dial, room: int):
    socket = await dial(f"/dialects/plain/{room}")
    await socket.send(usr="ann", msg=HALF)
    await socket.send(usr=HALF, msg="x")
    await socket.send(usr="ann", msg="x", jwt=HALF)
    await socket.send(usr="ann", msg="fine", more=HALF)
    assert (await socket.receive())["msg"] == "fine"


READ = {  # by each address; others are ignored
    ("POST", "/chats"): ("title", "description", "visibility", "password"),
    ("PUT", "/chats/{room}"): ("title", "description", "visibility", "password"),
    ("POST", "/chats/{room}/token"): ("secret", "name"),
    ("POST", "/api/auth/token"): ("username", "password"),
    ("POST", "/api/auth/refresh"): ("refresh",),
}


@pytest.mark.parametrize(
    ("method", "path", "field"), [(*where, field) for where, fields in READ.items() for field in fields]
)
def test_rest_refuses_half_a_character(rest: Rest, method: str, path: str, field: str):
    kind = {"visibility": "private", "password": "a password"} if path.endswith("token") else {}
    made = rest.room(f"room {uuid.uuid4()}", **kind)
    fields = {"title": f"{uuid.uuid4()}", "visibility": "private", "password": "a password", "name": "ann"}
    body = json.dumps({**fields, "secret": "a password", "username": "ann", field: HALF})
    answer = rest.client.request(method, path.format(room=made["id"]), content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field


async def test_a_nonce_is_for_one_message_in_one_room(dial: Dial, rest: Rest, room: int):
    ann, other = await talker(dial, room), rest.room(f"room {uuid.uuid4()}")["id"]
    bob = await dial("/ws", subprotocols=["wschat.v1"])
    name = (await bob.hello(f"bob {uuid.uuid4()}"))["name"]
    await ann.ask(type="join", room=other)
    said = {"type": "send", "room": room, "text": "first", "nonce": " N\u0301 "}
    assert (await ann.ask(**said))["seq"] == 1
    assert (await ann.event("message", room=room))["nonce"] == said["nonce"]
    others = [{"text": "second"}, {"room": other}, {"reply_to": 1}, {"type": "direct", "to": name}]
    for changed in others:
        answer = await ann.ask(**{**said, **changed})
        assert (answer["code"], answer["field"], answer["retry"]) == (303, "nonce", False)
    assert (await ann.ask(**said))["seq"] == 1
    await ann.ask(type="edit", room=room, target=1, text="edited")
    assert (await ann.ask(**said))["seq"] == 1
    assert (await ann.ask(**{**said, "text": "edited"}))["code"] == 303
    await ann.ask(type="delete", room=room, target=1)
    assert (await ann.ask(**said))["seq"] == 1
    assert (await ann.ask(**{**said, "text": "second", "nonce": "N\u0301"}))["seq"] == 4
    talks = [{"type": "direct", "to": name, "text": text, "nonce": "d"} for text in ("psst", "psst", "hey")]
    first, again, third = [await ann.ask(**talk) for talk in talks]
    assert (first["seq"], again["seq"], third["code"]) == (1, 1, 303)


async def test_of_two_messages_with_one_nonce_at_once_one_is_refused(dial: Dial, room: int):
    ann = await talker(dial, room)
    for turn in range(10):
        texts = ["this", "that"]
        for number, text in enumerate(texts):
            await ann.send(type="send", id=100 + number, room=room, text=text, nonce=f"n{turn}")
        answers: dict[int, Frame] = {}
        while len(answers) < len(texts):
            if "id" in (frame := await ann.receive()):
                answers[frame["id"]] = frame
        assert (answers[100]["type"], answers[101]["type"]) == ("ok", "error")
        assert answers[101]["field"] == "nonce"
    history = await ann.ask(type="history", room=room)
    assert [message["text"] for message in history["messages"]] == ["this"] * 10
