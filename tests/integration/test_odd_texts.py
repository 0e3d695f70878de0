"""Equal, invisible and look-alike texts of several kinds of clients."""

import json
import uuid

from tests.integration.conftest import Dial
from tests.support.accounts import PASSWORD, account
from tests.support.rest import Rest, bearer, refusal
from tests.support.server import ServerProcess

HEART, PLAIN_HEART = "\u2764\ufe0f", "\u2764"


def new_name(name: str) -> str:
    return f"{name} {uuid.uuid4().hex[:8]}"


async def test_an_emoji_is_one_reaction_however_it_is_spelled(dial: Dial, room: int):
    ann = await dial("/ws", subprotocols=["wschat.v1"])
    await ann.hello(new_name("ann"))
    await ann.ask(type="join", room=room)
    await ann.ask(type="send", room=room, text="x")
    react = {"type": "react", "room": room, "target": 1}
    assert (await ann.ask(**react, emoji=PLAIN_HEART))["seq"] == 2
    assert "seq" not in await ann.ask(**react, emoji=HEART)
    assert (await ann.event("reacted", room=room))["emoji"] == HEART
    (message,) = (await ann.ask(type="history", room=room))["messages"]
    assert [each["emoji"] for each in message["reactions"]] == [HEART]
    assert (await ann.ask(**react, emoji=f"{PLAIN_HEART}\ufe0e", on=False))["seq"] == 3


async def test_message_that_shows_nothing_is_refused_in_each_protocol(dial: Dial, room: int):
    unseen = "\u200b\u2800\u3164 \ufe0f"
    v1 = await dial("/ws", subprotocols=["wschat.v1"])
    await v1.hello(new_name("ann"))
    await v1.ask(type="join", room=room)
    assert (await v1.ask(type="send", room=room, text=unseen))["field"] == "text"
    rooms = await dial(f"/chats/{room}/ws")
    await rooms.send(event_type="send", name=new_name("bob"), msg=unseen)
    assert (await rooms.receive_until(event_type="error"))["field"] == "msg"
    uuids = await dial(f"/dialects/uuid/{room}")
    await uuids.send(contents=unseen)  # dropped, as empty input is
    await uuids.send(contents="seen")
    assert (await uuids.receive_until(action="chat"))["contents"] == "seen"
    envelope = await dial(f"/dialects/envelope/{room}")
    body = {"sender_username": new_name("cem"), "content": unseen}
    await envelope.send(message_type="GroupChat", message_body=body)
    assert (await envelope.receive())["message_type"] == "PrivateInfo"
    plain = await dial(f"/dialects/plain/{room}")
    await plain.send(usr="dora", msg=unseen)
    await plain.send(usr="dora", msg="seen")
    assert (await plain.receive_until(usr="dora"))["msg"] == "seen"


def test_password_of_a_room_is_the_same_in_nfc_and_nfd(rest: Rest):
    spellings = ["p\u00e1ssw\u00f3rd 1", "pa\u0301sswo\u0301rd 1", "p\u00e1sswo\u0301rd\u00a01"]
    for chosen in spellings:
        made = rest.room(new_name("room"), "private", password=chosen)["id"]
        for given in spellings:
            assert rest.token(made, secret=given)
        answer = rest.client.post(f"/chats/{made}/token", json={"secret": "password 1", "name": "x"})
        assert refusal(answer) == (401, 304, "secret")


async def test_change_that_changes_nothing_is_no_event(rest: Rest, dial: Dial):
    title = new_name("room")
    made = rest.room(title, "private", description="d", password="a password")
    name = new_name("ann")
    path, token = f"/chats/{made['id']}", rest.token(made["id"], name, secret="a password")
    ann = await dial("/ws", subprotocols=["wschat.v1"])
    await ann.hello(name)
    assert (await ann.ask(type="join", room=made["id"], token=token))["type"] == "ok"
    same = {"title": title, "description": "d", "visibility": "Private", "password": "a password"}
    for fields in (same, {}, {"title": f" {title} "}, {"password": "a password"}):
        answer = rest.client.put(path, json=fields, headers=bearer(token))
        assert answer.status_code == 200
        assert answer.json()["updatedAt"] == made["updatedAt"]
    answer = rest.client.put(path, json=same | {"description": "e"}, headers=bearer(token))
    assert answer.json()["updatedAt"] > made["updatedAt"]
    event = await ann.event("room", room=made["id"])
    assert (event["seq"], event["description"]) == (1, "e")


def test_byte_order_mark_before_a_body_is_ignored(rest: Rest):
    body = json.dumps({"title": new_name("room"), "visibility": "public"}).encode("utf-8-sig")
    assert rest.client.post("/chats", content=body).status_code == 201
    assert rest.client.post("/chats", content=b"\xef\xbb\xbf" + body).status_code == 400  # one is enough


def test_titles_that_look_alike_are_one(rest: Rest):
    tag = uuid.uuid4().hex[:6]
    assert rest.create(f"Common {tag}").status_code == 201
    alikes = [
        f"\u0421ommon {tag}",
        f"Comm\u043en {tag}",
        f"Cornmon {tag}",
        f"Common\u3000{tag}",
        f"C0mmon {tag}",
    ]
    for alike in alikes:
        assert refusal(rest.create(alike)) == (400, 102, "title"), alike
    other = rest.room(f"Other {tag}")["id"]
    assert refusal(rest.client.put(f"/chats/{other}", json={"title": alikes[0]})) == (400, 102, "title")
    assert refusal(rest.create("\u0420ublic Chat")) == (400, 102, "title")
    assert (
        rest.client.put(f"/chats/{other}", json={"title": f"\u041ether {tag}"}).status_code == 200
    )  # its own


async def test_second_auth_keeps_the_room(servers: list[ServerProcess], dial: Dial, room: int):
    names = [f"{name}{uuid.uuid4().hex[:8]}" for name in ("ann", "bob")]
    for name in names:
        account(servers[0], name)
    watcher = await dial(f"/dialects/uuid/{room}")
    await watcher.receive()
    socket = await dial(f"/dialects/envelope/{room}")

    async def auth(name: str) -> None:
        body = {"sender_username": name, "password": PASSWORD}
        await socket.send(message_type="Auth", message_body=body)
        assert (await socket.receive_until(message_type="PrivateInfo"))["message_body"][
            "info"
        ] == "auth-success"

    async def say(name: str, text: str) -> None:
        body = {"sender_username": name, "content": text}
        await socket.send(message_type="GroupChat", message_body=body)
        assert (await socket.receive_until(message_type="GroupChat"))["message_body"] == body

    await auth(names[0])
    await socket.send(message_type="Enter", message_body={"sender_username": names[0]})
    await watcher.receive_until(action="connect", contents=names[0])
    await auth(names[0])
    await say(names[0], "still here")
    frames = [await watcher.receive()]
    assert (frames[0]["action"], frames[0]["contents"]) == ("chat", "still here")  # and no one left
    await auth(names[1])
    await watcher.receive_until(action="disconnect", contents=names[0])
    await watcher.receive_until(action="connect", contents=names[1])
    await say(names[1], "here as well")
