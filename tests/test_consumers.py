"""Connections in process, through Channels' own test communicator: no server, no frames, no extension."""

import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chat import consumers
from chat.delivery.hub import Subscription
from chat.dialects import DIALECTS
from chat.engine import process
from chat.models import Room
from chat.permissions import Actor
from chat.services import access, rooms
from tests.delivery.fakes import RecordingOutbox
from tests.support.marks import whole_db
from wschat_site.asgi import application

pytestmark = whole_db
SECRET = "correct horse"


@pytest.fixture(autouse=True)
async def _engine() -> AsyncIterator[None]:
    yield
    await process.stop_runtime()


async def connect(path: str, *subprotocols: str, **headers: str) -> tuple[WebsocketCommunicator, bool, Any]:
    pairs = [(name.encode(), value.encode()) for name, value in {"host": "testserver", **headers}.items()]
    socket = WebsocketCommunicator(application, path, headers=pairs, subprotocols=list(subprotocols))
    connected, answer = await socket.connect(timeout=10)
    return socket, connected, answer


async def receive(socket: WebsocketCommunicator) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(await socket.receive_from(timeout=10))
    return frame


async def do(socket: WebsocketCommunicator, **fields: Any) -> dict[str, Any]:
    """Send a frame; the next one that comes."""
    await socket.send_json_to(fields)
    return await receive(socket)


async def private_room(owner: int | None = None) -> Room:
    fields = {"title": "closed", "visibility": "private", "password": SECRET}
    return await sync_to_async(rooms.create_room)(actor=Actor(owner), fields=fields, anonymous_allowed=True)


async def token(room: Room, name: str = "ann") -> str:
    issued = await sync_to_async(rooms.issue_token)(room=room, secret=SECRET, name=name)
    assert issued is not None
    return issued.token


async def session(**values: Any) -> str:
    """A Cookie header of a session with these values."""
    store = SessionStore()
    store.update(values)
    await store.asave()
    return f"wschat_session={store.session_key}"


async def test_rooms_rules_in_process():
    ann, connected, _ = await connect("/chats/1/ws")
    bob, _, _ = await connect("/chats/Public%20Chat/ws/")
    assert connected
    joined = await do(ann, event_type="join", name="ann", color="red")
    assert (joined["event_type"], joined["msg"], joined["room_id"]) == ("join", "ann entered the room.", 1)
    assert await receive(bob) == joined
    assert (await do(bob, event_type="join", name="Ann"))["code"] == 202
    said = await do(bob, event_type="send", name="bob", msg="hi")
    assert await receive(ann) == said
    assert (await do(ann, event_type="send", name="bob", msg="x"))["code"] == 204
    assert (await do(ann, event_type="send", name="ann"))["field"] == "msg"
    assert (await do(ann, event_type="leave", name="ann"))["event_type"] == "leave"
    assert (await receive(bob))["name"] == "ann"
    assert (await do(ann, event_type="leave", name="ann"))["code"] == 201
    await ann.send_to(bytes_data=b"{}")
    assert (await receive(ann))["code"] == 203
    await bob.disconnect()
    left = await receive(ann)
    assert (left["event_type"], left["name"]) == ("leave", "bob")
    await ann.disconnect()


async def test_refused_handshakes_in_process():
    room = await private_room()
    for path in ("/nowhere", "/chats/999/ws", f"/chats/{room.pk}/ws"):
        _, connected, _ = await connect(path)
        assert not connected


async def test_token_as_subprotocol_in_process():
    room = await private_room()
    key = await token(room)
    socket, connected, accepted = await connect(f"/chats/{room.pk}/ws", key)
    assert (connected, accepted) == (True, key)
    assert (await do(socket, event_type="join", name="bob"))["code"] == 204
    await socket.disconnect()


async def test_deleted_room_ends_its_connections_in_process():
    room = await private_room()
    socket, _, _ = await connect(f"/chats/{room.pk}/ws", await token(room))
    await socket.send_json_to({"event_type": "join", "name": "ann"})
    assert (await receive(socket))["event_type"] == "join"  # from here on it hears the room
    await sync_to_async(rooms.delete_room)(room=room, actor=Actor(None, staff=True))
    assert (await receive(socket))["code"] == 101
    assert await socket.receive_output(10) == {
        "type": "websocket.close",
        "code": 4404,
        "reason": "room deleted",
    }


async def v1(name: str = "ann", **headers: str) -> WebsocketCommunicator:
    socket, connected, accepted = await connect("/ws", "wschat.v1", **headers)
    assert (connected, accepted) == (True, "wschat.v1")
    assert (await do(socket, type="hello", id=1, name=name))["type"] == "ok"
    return socket


async def owner_of_a_private_room() -> tuple[Room, str]:
    """A private room and the cookie of the guest that it belongs to."""
    client = Client()
    fields = {"title": "closed", "visibility": "private", "password": SECRET, "description": ""}
    answer = await sync_to_async(client.post)("/rooms/new", fields)
    assert answer.status_code == 302
    room = await Room.objects.aget(title="closed")
    return room, f"wschat_session={client.cookies['wschat_session'].value}"


async def test_locked_room_accepts_messages_of_moderators():
    room, cookie = await owner_of_a_private_room()
    owner = await v1(cookie=cookie, origin="http://testserver")
    await do(owner, type="join", id=2, room=room.pk)
    guest, _, _ = await connect(f"/chats/{room.pk}/ws", await token(room, "bob"))
    await sync_to_async(rooms.set_locked)(room=room, actor=Actor(None, staff=True), locked=True)
    assert (await do(guest, event_type="send", name="bob", msg="hi"))["code"] == 106
    await owner.send_json_to({"type": "send", "id": 3, "room": room.pk, "text": "order!"})
    while (frame := await receive(guest)).get("msg") != "order!":
        assert frame["event_type"] == "join"
    await owner.disconnect()
    await guest.disconnect()


async def test_connection_that_says_no_hello_is_closed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(consumers, "HELLO_SECONDS", 0.0)
    socket, _, _ = await connect("/ws", "wschat.v1")
    assert await socket.receive_output(10) == {"type": "websocket.close", "code": 4401, "reason": "no hello"}


async def test_connection_of_a_dialect_without_hello_stays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(consumers, "HELLO_SECONDS", 0.0)
    socket, _, _ = await connect("/chats/1/ws")
    assert (await do(socket, event_type="join", name="ann"))["event_type"] == "join"
    await socket.disconnect()


@pytest.mark.parametrize("wrong", ["", "x", "a.b.c"])
async def test_hidden_room_is_not_found_by_number_with_a_token_that_is_none(wrong: str):
    fields = {"title": "secret", "visibility": "hidden", "password": SECRET}
    room = await sync_to_async(rooms.create_room)(actor=Actor(None), fields=fields, anonymous_allowed=True)
    socket = await v1()
    assert (await do(socket, type="join", id=2, room=room.pk, token=wrong))["code"] == 101
    key = await token(room, "ann")
    assert (await do(socket, type="join", id=3, room=room.pk, token=key))["type"] == "ok"
    await socket.disconnect()


async def test_room_whose_title_is_a_number_is_not_joined_by_number():
    await sync_to_async(Room.objects.create)(title="777777", title_key="777777")
    socket = await v1()
    assert (await do(socket, type="join", id=2, room=777777))["code"] == 101
    await socket.disconnect()


async def test_public_room_whose_title_is_the_number_of_a_hidden_one_is_found():
    fields = {"title": "secret", "visibility": "hidden", "password": SECRET}
    hidden = await sync_to_async(rooms.create_room)(actor=Actor(None), fields=fields, anonymous_allowed=True)
    named = f"0{hidden.pk}"
    public = await sync_to_async(Room.objects.create)(title=named, title_key=named)
    assert await sync_to_async(access.find_visible)(f"0{hidden.pk}", "", Actor()) == public


async def test_room_that_ends_during_a_join_ends_the_membership():
    """The token was still good when it was checked; by the time of the membership it is not."""
    room = await private_room()
    old = await sync_to_async(access.admit_to_address)(str(room.pk), await token(room), Actor())
    engine = await process.get_running()
    outbox = RecordingOutbox()
    await engine.collaborators.subscriptions.subscribe(
        Subscription(room.pk, outbox, DIALECTS["rooms"], old.generation), None
    )
    change, holder = {"password": "battery staple"}, Actor(None, room_token=room.generation)
    await sync_to_async(rooms.edit_room)(room=room, actor=holder, fields=change)
    late = RecordingOutbox()
    await engine.collaborators.subscriptions.subscribe(
        Subscription(room.pk, late, DIALECTS["rooms"], old.generation), None
    )
    for one in (outbox, late):
        assert [reason.code for reason in one.reasons] == [4403]


async def test_quick_returns_are_fed_from_memory(monkeypatch: pytest.MonkeyPatch):
    ann = await v1("ann")
    await do(ann, type="join", id=2, room=1)
    for number in range(3, 13):
        await ann.send_json_to({"type": "send", "id": number, "room": 1, "text": "hi"})
    while (await receive(ann)).get("id") != 12:
        pass
    monkeypatch.setattr("chat.delivery.subscriptions.recovery.read_after", None)  # a query would fail
    for name in ("bob", "cem"):
        socket = await v1(name)
        assert (await do(socket, type="join", id=2, room=1, since=4))["type"] == "ok"
        assert [(await receive(socket))["seq"] for _ in range(6)] == list(range(5, 11))
        await socket.disconnect()
    await ann.disconnect()


COMMANDS: list[dict[str, Any]] = [
    {"type": "hello"},
    {"type": "join", "room": 1, "last": 1},
    {"type": "join", "room": 999},
    {"type": "send", "room": 1, "text": "hi", "nonce": "n"},
    {"type": "send", "room": 1, "text": ""},
    {"type": "edit", "room": 1, "target": 1, "text": "ho"},
    {"type": "delete", "room": 1, "target": 1},
    {"type": "react", "room": 1, "target": 1, "emoji": "👍"},
    {"type": "typing", "room": 1},
    {"type": "read", "room": 1, "seq": 1},
    {"type": "history", "room": 1},
    {"type": "members", "room": 1},
    {"type": "direct", "to": "bob", "text": "psst"},
    {"type": "direct", "to": "nobody"},
    {"type": "leave", "room": 1},
    {"type": "ping"},
    {"type": "dance"},
    {},
]


@given(st.lists(st.sampled_from(COMMANDS), min_size=1, max_size=25))
@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
async def test_every_command_gets_exactly_one_answer(commands: list[dict[str, Any]]):
    ann, bob = await v1(uuid.uuid4().hex), await v1(name := uuid.uuid4().hex)
    for number, command in enumerate(commands, 2):
        to = {"to": name} if command.get("to") == "bob" else {}
        await ann.send_json_to(command | to | {"id": number})
    await ann.send_json_to({"type": "ping", "id": 0})
    open_ids = set(range(2, len(commands) + 2)) | {0}
    while open_ids:
        frame = await receive(ann)
        if frame["type"] in ("ok", "error"):
            open_ids.remove(frame["id"])
    for socket in (ann, bob):
        await socket.disconnect()
