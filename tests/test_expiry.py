"""What becomes of a stay when the room token that gave it expires. In process, in each protocol."""

import time
from datetime import timedelta
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator

from chat.models import Presence, Room
from chat.tokens import RoomToken
from tests.support.marks import whole_db
from tests.test_consumers import _engine, connect, do, private_room, receive, token
from tests.test_revocation import ask, heard, participant, user, v1_by_token

__all__ = ["_engine"]  # a fixture of theirs that is ours, too
pytestmark = whole_db

SECONDS = 2  # of a short token, which has one at least when it is used
LATE = 1.0  # seconds


def short_token(room: Room, name: str = "ann", seconds: float = SECONDS, later: int = 0) -> str:
    key = RoomToken()
    key.set_exp(lifetime=timedelta(seconds=seconds))
    for claim, value in {
        "line": "one", "username": name, "room_id": room.pk, "generation": room.generation + later,
    }.items():  # fmt: skip
        key[claim] = value
    return str(key)


async def v1(name: str = "ann") -> WebsocketCommunicator:
    socket, _, _ = await connect("/ws", "wschat.v1")
    assert (await do(socket, type="hello", id=1, name=name))["type"] == "ok"
    return socket


async def until_closed(socket: WebsocketCommunicator) -> tuple[list[Any], int, float]:
    """The frames before the end, the close code, and when it came."""
    frames = []
    while (output := await socket.receive_output(10))["type"] != "websocket.close":
        frames.append(output["text"])
    return frames, output["code"], time.time()


async def test_stay_ends_with_its_token_and_the_client_is_told_before():
    room = await private_room()
    socket, key = await v1(), short_token(room)
    joined = await ask(socket, type="join", room=room.pk, token=key)
    assert 0 < joined["expires_in"] <= SECONDS
    until = time.time() + joined["expires_in"]
    told = await heard(socket, "expiring")
    assert (told["room"], told["seconds"] > 0) == (room.pk, True)
    assert abs(time.time() + told["seconds"] - until) < LATE
    removed = await heard(socket, "removed")
    assert (removed["room"], removed["code"]) == (room.pk, 403)
    assert until - 0.01 <= time.time() < until + LATE
    assert (await ask(socket, type="send", room=room.pk, text="late"))["code"] == 101
    assert (await ask(socket, type="history", room=room.pk))["code"] == 101
    assert (await ask(socket, type="join", room=1))["type"] == "ok"  # the connection goes on
    assert not await Presence.objects.filter(room=room).aexists()
    await socket.disconnect()


async def test_renewed_token_keeps_the_place():
    room = await private_room()
    ann, bob = await v1("ann"), await v1("bob")
    assert (await ask(bob, type="join", room=room.pk, token=await token(room, "bob")))["expires_in"] > 3000
    first = short_token(room)
    assert (await ask(ann, type="join", room=room.pk, token=first))["type"] == "ok"
    await heard(ann, "expiring")
    renewed = await ask(ann, type="renew", room=room.pk, token=short_token(room, seconds=SECONDS + 1))
    assert SECONDS - 1 < renewed["expires_in"] <= SECONDS + 1
    await heard(ann, "expiring")  # of the second one: the first has expired in the meantime
    assert (await ask(ann, type="send", room=room.pk, text="still here"))["type"] == "ok"
    long = await ask(ann, type="renew", room=room.pk, token=await token(room, "ann"))
    assert long["expires_in"] > 3000
    seen = [await receive(bob)]
    while seen[-1]["type"] != "message":
        seen.append(await receive(bob))
    assert [event["type"] for event in seen] == ["joined", "message"]
    for socket in (ann, bob):
        await socket.disconnect()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "bob"}, 204),
        ({"later": 1}, 403),
        ({"seconds": -1}, 403),
        (None, 403),
    ],
)
async def test_token_that_does_not_renew_leaves_the_stay_as_it_was(change: dict[str, Any] | None, code: int):
    room = await private_room()
    socket = await v1()
    assert (await ask(socket, type="join", room=room.pk, token=short_token(room)))["type"] == "ok"
    other = "" if change is None else short_token(room, **change)
    assert (await ask(socket, type="renew", room=room.pk, token=other))["code"] == code
    assert (await ask(socket, type="send", room=room.pk, text="still here"))["type"] == "ok"
    assert (await heard(socket, "removed"))["code"] == 403
    await socket.disconnect()


async def test_renew_where_no_token_is_needed():
    socket = await v1()
    assert (await ask(socket, type="renew", room=1, token="x"))["code"] == 101
    assert "expires_in" not in await ask(socket, type="join", room=1)
    assert await ask(socket, type="renew", room=1, token="x") == {"type": "ok", "id": 99}
    await socket.disconnect()


@pytest.mark.parametrize(
    ("path", "enter", "notice"),
    [
        ("/chats/{}/ws", {"event_type": "join", "name": "ann"}, '"event_type":"error","code":403'),
        (
            "/dialects/envelope/{}",
            {"message_type": "Enter", "message_body": {"sender_username": "ann"}, "token": None},
            "your room token expires in",
        ),
        ("/dialects/uuid/{}", {"contents": "hi"}, ""),
        ("/dialects/plain/{}", {"usr": "ann", "msg": "hi"}, ""),
    ],
)
async def test_address_of_a_room_ends_with_the_token(path: str, enter: dict[str, Any], notice: str):
    """In the protocols that have a word for it, a notice comes before."""
    room = await private_room()
    socket, connected, _ = await connect(path.format(room.pk), short_token(room))
    assert connected
    await socket.send_json_to(enter)
    frames, code, _ = await until_closed(socket)
    assert code == 4403
    assert frames  # its own message at least
    assert sum(bool(notice) and notice in frame for frame in frames) == bool(notice)


async def test_listener_who_never_joins_hears_no_more_with_the_token():
    room = await private_room()
    socket, _, _ = await connect(f"/chats/{room.pk}/ws", short_token(room))
    assert (await until_closed(socket))[1] == 4403


async def test_owner_who_came_by_a_token_stays_by_right():
    olga = await user("olga")
    room = await private_room(await participant(olga))
    socket = await v1_by_token(olga)
    key = short_token(room, "olga", seconds=1.5)
    assert (await ask(socket, type="join", room=room.pk, token=key))["type"] == "ok"
    await heard(socket, "expiring")
    other = await v1("bob")
    assert (await ask(other, type="join", room=room.pk, token=short_token(room, "bob")))["type"] == "ok"
    await heard(other, "removed")  # later than the token of the owner
    assert (await ask(socket, type="send", room=room.pk, text="mine"))["type"] == "ok"
    for one in (socket, other):
        await one.disconnect()


async def test_plain_speaks_under_the_name_of_its_token_alone():
    room = await private_room()
    plain, _, _ = await connect(f"/dialects/plain/{room.pk}", await token(room, "ann"))
    await plain.send_json_to({"usr": "bob", "msg": "as another"})
    assert (await do(plain, usr="Ann", msg="as myself"))["usr"] == "ann"
    assert await plain.receive_nothing()
    public, _, _ = await connect("/dialects/plain/1")
    assert (await do(public, usr="bob", msg="any"))["usr"] == "bob"
    for socket in (plain, public):
        await socket.disconnect()
