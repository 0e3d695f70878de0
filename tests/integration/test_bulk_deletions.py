"""Bulk deletions on real servers: members see messages vanish, whatever happens to a process."""

import asyncio
import uuid
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from tests.support.accounts import PASSWORD, account
from tests.support.rest import Rest, bearer
from tests.support.server import ServerProcess
from tests.support.sockets import Socket, open_socket

PATIENCE = 30.0  # seconds, on a busy machine


async def come(stack: AsyncExitStack, server: ServerProcess, room: int, name: str) -> Socket:
    """A guest of this name, in the room."""
    socket = await stack.enter_async_context(open_socket(f"{server.ws_url}/ws", subprotocols=["wschat.v1"]))
    await socket.ask(type="hello", name=name)
    assert (await socket.ask(type="join", room=room))["type"] == "ok"
    return socket


async def say(socket: Socket, room: int, count: int) -> None:
    """That many messages of a spammer."""
    for number in range(count):
        assert (await socket.ask(type="send", room=room, text=f"spam {number}"))["type"] == "ok"


def staff(server: ServerProcess, rest: Rest) -> dict[str, str]:
    name = f"mona-{uuid.uuid4().hex[:8]}"
    account(server, name, staff=True)
    return bearer(rest.sign_in(name, PASSWORD)["access"])


async def see_end(client: httpx.Client, path: str, headers: dict[str, str], state: str) -> dict[str, Any]:
    """The bulk deletion, when it is in this state."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = (await asyncio.to_thread(client.get, path, headers=headers)).json()
            if found["state"] == state:
                return dict(found)
            assert found["state"] in ("deleting", "restoring"), found
            await asyncio.sleep(0.05)


async def test_members_of_each_process_see_messages_vanish_and_come_back(
    servers: list[ServerProcess], rest: Rest, room: int
):
    mona = await asyncio.to_thread(staff, servers[0], rest)
    name = f"spammer {uuid.uuid4().hex[:6]}"
    async with AsyncExitStack() as stack:
        spammer = await come(stack, servers[0], room, name)
        witnesses = [await come(stack, server, room, f"w{n} {name[-6:]}") for n, server in enumerate(servers)]
        await say(spammer, room, 20)
        posted = await asyncio.to_thread(
            rest.client.post,
            f"/chats/{room}/deletions",
            json={"name": name, "since": "hour"},
            headers=mona,
        )
        assert posted.status_code == 202, posted.text
        path = f"/api/deletions/{posted.json()['id']}"
        done = await see_end(rest.client, path, mona, "done")
        assert (done["total"], done["deleted"]) == (20, 20)
        for kind in ("erased", "restored"):
            for witness in witnesses:
                targets = [(await witness.receive_until(type=kind))["target"] for _ in range(20)]
                assert len(set(targets)) == 20
            if kind == "erased":
                assert (await asyncio.to_thread(rest.client.post, f"{path}/restore", headers=mona)).is_success
                await see_end(rest.client, path, mona, "restored")
        page = await spammer.ask(type="history", room=room, limit=20)
        found = [message for message in page["messages"] if message["sender"]["name"] == name]
        assert [message["text"] for message in found] == [f"spam {number}" for number in range(20)]
        assert not [message for message in found if "erased" in message]


async def test_bulk_deletion_continues_after_the_server_is_killed(either_server: ServerProcess):
    with httpx.Client(base_url=either_server.url, trust_env=False) as client:
        rest = Rest(client)
        room = (await asyncio.to_thread(rest.room, "club"))["id"]
        mona = await asyncio.to_thread(staff, either_server, rest)
        async with AsyncExitStack() as stack:
            await say(await come(stack, either_server, room, "spammer"), room, 120)
        posted = await asyncio.to_thread(
            client.post, "/api/deletions", json={"name": "spammer", "since": "all"}, headers=mona
        )
        path = f"/api/deletions/{posted.json()['id']}"
        async with asyncio.timeout(PATIENCE):
            while True:
                found = await asyncio.to_thread(client.get, path, headers=mona)
                if found.json()["deleted"]:
                    break
    await asyncio.to_thread(either_server.kill)
    await asyncio.to_thread(either_server.start)
    with httpx.Client(base_url=either_server.url, trust_env=False) as client:
        done = await see_end(client, path, mona, "done")
        assert (done["total"], done["deleted"]) == (120, 120)
        async with AsyncExitStack() as stack:
            socket = await come(stack, either_server, room, "witness")
            page = await socket.ask(type="history", room=room, limit=100)
            assert [message for message in page["messages"] if "erased" not in message] == []


@pytest.mark.parametrize("since", ["week", None])
async def test_unknown_time_span_gets_an_error_with_the_command_id(
    servers: list[ServerProcess], room: int, since: object
):
    async with AsyncExitStack() as stack:
        socket = await come(stack, servers[0], room, f"ann {uuid.uuid4().hex[:6]}")
        answer = await socket.ask(type="delete_all", room=room, name="x", since=since)
        assert (answer["code"], answer["field"]) == (303, "since")
