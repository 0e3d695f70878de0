"""Kicks and bans on one process and on two: in every process and protocol they take effect at once."""

import asyncio
import json
import uuid
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.integration.conftest import Dial
from tests.support.accounts import PASSWORD, account
from tests.support.rest import Rest, bearer
from tests.support.server import ServerProcess
from tests.support.sockets import Socket, open_socket
from tests.support.speakers import Envelope, Plain, Rooms, Speaker, Uuid

SOON = 3.0  # seconds: one, and what a busy machine takes


@pytest.fixture
def staff(servers: list[ServerProcess], rest: Rest) -> dict[str, str]:
    """The headers of a superuser."""
    name = f"mona-{uuid.uuid4().hex[:8]}"
    account(servers[0], name, staff=True)
    return bearer(rest.sign_in(name, PASSWORD)["access"])


async def read_to_end(socket: Socket) -> tuple[list[str], int]:
    """All frames until the connection ends, soon; and its close code."""
    frames: list[str] = []
    async with asyncio.timeout(SOON):
        with suppress(ConnectionClosed):
            while True:
                frames.append(str(await socket.connection.recv()))
    return frames, socket.connection.close_code or 0


async def post(rest: Rest, path: str, headers: dict[str, str], **body: Any) -> None:
    answer = await asyncio.to_thread(rest.client.post, path, json=body, headers=headers)
    assert answer.status_code in (200, 201), answer.text


async def lift_bans(rest: Rest, room: int, headers: dict[str, str]) -> None:
    path = f"/chats/{room}/bans"
    listed = await asyncio.to_thread(rest.client.get, path, headers=headers)
    for ban in listed.json():
        await asyncio.to_thread(rest.client.delete, f"{path}/{ban['id']}", headers=headers)


@pytest.mark.parametrize("deed", ["kicks", "bans"])
@pytest.mark.parametrize("kind", [Rooms, Uuid, Envelope, Plain])
async def test_member_of_each_protocol_is_removed_in_each_process(
    servers: list[ServerProcess], rest: Rest, room: int, staff: dict[str, str], kind: type[Speaker], deed: str
):
    async with AsyncExitStack() as stack:
        for number, server in enumerate(servers):
            eve = await kind.enter(stack, server, room, f"eve {number}")
            witness = await Rooms.enter(stack, servers[-1], room, f"witness {number}")
            await eve.say("hello")
            await witness.hears(eve, "hello")
            await post(rest, f"/chats/{room}/{deed}", staff, name=eve.name, reason="spam")
            await witness.say(f"after {number}")
            frames, code = await read_to_end(eve.socket)
            assert code == 4403
            assert not [frame for frame in frames if f"after {number}" in frame]
            if kind is not Plain:  # it has no word for errors
                assert "removed you" in frames[-1] or "banned" in frames[-1].lower() or "Kicked" in frames[-1]
            await lift_bans(rest, room, staff)  # or the next one, from the same address, would be held


async def test_v1_hears_nothing_after_the_kick_and_stays_connected(
    servers: list[ServerProcess], rest: Rest, room: int, staff: dict[str, str]
):
    async with AsyncExitStack() as stack:
        sockets = []
        for server in servers:
            url = f"{server.ws_url}/ws"
            socket = await stack.enter_async_context(open_socket(url, subprotocols=["wschat.v1"]))
            sockets.append(socket)
        name = f"eve {uuid.uuid4().hex[:6]}"
        session = (await sockets[0].ask(type="hello", name=name))["session"]
        for other in sockets[1:]:
            assert (await other.ask(type="hello", token=session))["name"] == name
        for socket in sockets:
            assert (await socket.ask(type="join", room=room))["type"] == "ok"
        witness = await Rooms.enter(stack, servers[-1], room, "witness")
        await post(rest, f"/chats/{room}/kicks", staff, name=name, reason="spam")
        for number in range(20):
            await witness.say(f"after {number}")
        for socket in sockets:
            kicked = await socket.receive_until(type="kicked")
            assert (kicked["who"]["name"], kicked["reason"]) == (name, "spam")
            assert (await socket.receive())["type"] == "removed"
            assert (await socket.ask(type="send", room=room, text="x"))["code"] == 101
            assert not [frame for frame in socket.events if frame["type"] == "message"]


async def test_ban_from_the_server_ends_every_connection_and_lets_none_in(
    servers: list[ServerProcess], rest: Rest, staff: dict[str, str], dial: Dial
):
    name = f"eve {uuid.uuid4().hex[:6]}"
    async with AsyncExitStack() as stack:
        sockets = []
        session = ""
        for server in servers:
            url = f"{server.ws_url}/ws"
            socket = await stack.enter_async_context(open_socket(url, subprotocols=["wschat.v1"]))
            hello = {"token": session} if session else {"name": name}
            said = await socket.ask(type="hello", **hello)
            session = said.get("session", session)
            sockets.append(socket)
        await post(rest, "/api/bans", staff, name=name, reason="spam")
        for socket in sockets:
            frames, code = await read_to_end(socket)
            assert code == 4403
            assert json.loads(frames[-1])["code"] == 921
        for hello in ({"token": session}, {"name": name}):
            again = await dial("/ws", subprotocols=["wschat.v1"])
            assert (await again.ask(type="hello", **hello))["code"] == 921
