"""Two processes on PostgreSQL and Redis: one chat."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import AsyncExitStack

import httpx
import pytest

from tests.support.fixtures import StartServer
from tests.support.proxy import FaultProxy
from tests.support.redis import RedisServer
from tests.support.rest import Rest, bearer
from tests.support.server import ServerProcess, manage
from tests.support.sockets import open_socket


@pytest.fixture
def pair(
    start_server: StartServer, postgres_url: str, redis_server: RedisServer
) -> tuple[ServerProcess, ServerProcess]:
    """Two servers over one database and one Redis."""
    environment = {"DATABASE_URL": postgres_url, "REDIS_URL": redis_server.url, "WSCHAT_LEASE_SECONDS": "2"}
    return start_server(environment), start_server(environment)


@pytest.fixture
def rest(pair: tuple[ServerProcess, ServerProcess]) -> Iterator[Rest]:
    """REST of the first."""
    with httpx.Client(base_url=pair[0].url, trust_env=False) as client:
        yield Rest(client)


async def test_members_of_two_processes_talk_and_see_each_other(pair, rest: Rest):
    here, there = pair
    async with (
        open_socket(f"{here.ws_url}/chats/1/ws") as ann,
        open_socket(f"{there.ws_url}/chats/1/ws") as bob,
    ):
        await ann.join("ann")
        assert (await bob.receive())["name"] == "ann"
        assert (await bob.join("ANN"))["code"] == 202
        await bob.join("bob")
        for number in range(50):
            await ann.say("ann", f"a{number}")
            await bob.say("bob", f"b{number}")
        seen = []
        for socket in (ann, bob):
            frames: list[str] = []
            while len(frames) < 100:
                frame = await socket.receive()
                if frame["event_type"] == "send":
                    frames.append(frame["msg"])
            seen.append(frames)
        assert seen[0] == seen[1]
        users = [user["username"] for user in rest.client.get("/chats/1").json()["users"]]
        assert users == ["ann", "bob"]
        await ann.connection.close()
        assert (await bob.receive_until(event_type="leave"))["name"] == "ann"


async def test_what_is_said_after_a_handshake_arrives(
    start_server: StartServer, postgres_url: str, redis_server: RedisServer
):
    """Also if the process has to open the room first, which takes long."""
    with FaultProxy(redis_server.port) as slow:
        environment = {"DATABASE_URL": postgres_url, "REDIS_URL": redis_server.url}
        here = start_server(environment)
        there = start_server(environment | {"REDIS_URL": slow.url.replace("http", "redis")})
        async with open_socket(f"{here.ws_url}/chats/1/ws") as ann:
            slow.hold()
            async with open_socket(f"{there.ws_url}/chats/1/ws") as bob:
                await ann.say("ann", "at once")
                await ann.receive_until(msg="at once")
                slow.release()
                await bob.receive_until(msg="at once")


async def test_changes_of_a_room_act_in_the_other_process_at_once(pair, rest: Rest):
    _, there = pair
    room = rest.room(f"closed {uuid.uuid4()}", "private")
    token = rest.token(room["id"])
    async with AsyncExitStack() as stack:
        url = f"{there.ws_url}/chats/{room['id']}/ws"
        first = await stack.enter_async_context(open_socket(url, subprotocols=[token]))
        fields = {"password": "another secret"}
        assert rest.client.put(f"/chats/{room['id']}", json=fields, headers=bearer(token)).status_code == 200
        assert (await first.closed())[0] == 4403
        token = rest.token(room["id"], secret="another secret")
        second = await stack.enter_async_context(open_socket(url, subprotocols=[token]))
        assert rest.client.delete(f"/chats/{room['id']}", headers=bearer(token)).status_code == 200
        assert (await second.receive())["code"] == 101
        assert (await second.closed())[0] == 4404


async def test_slow_mode_holds_over_two_processes(pair):
    """Ann is one sender on both, whichever is first: one of two messages at once is stored."""
    here, there = pair
    slow = "from chat.models import Room; Room.objects.filter(pk=1).update(slow_seconds=300)"
    manage("shell", "--verbosity=0", "--command", slow, env=here.env)
    v1 = {"subprotocols": ["wschat.v1"]}
    async with open_socket(f"{here.ws_url}/ws", **v1) as one, open_socket(f"{there.ws_url}/ws", **v1) as two:
        session = (await one.hello("ann"))["session"]
        assert (await two.ask(type="hello", token=session))["name"] == "ann"
        for socket in (one, two):
            assert (await socket.ask(type="join", room=1))["info"]["slow_seconds"] == 300
        answers = await asyncio.gather(*(each.ask(type="send", room=1, text="x") for each in (one, two)))
        assert sorted(answer.get("code", 0) for answer in answers) == [0, 108]
        for socket in (one, two):
            refused = await socket.ask(type="send", room=1, text="y")
            assert refused["code"] == 108
            assert 0 < refused["retry_after"] <= 300


async def test_messages_arrive_while_redis_is_away_and_after_it_is_back(pair, redis_server: RedisServer):
    here, there = pair
    async with (
        open_socket(f"{here.ws_url}/chats/1/ws") as ann,
        open_socket(f"{there.ws_url}/chats/1/ws") as bob,
    ):
        await ann.say("ann", "before")
        await bob.receive_until(msg="before")
        redis_server.stop()
        for number in range(20):
            await ann.say("ann", f"during {number}")
        for number in range(20):
            assert (await bob.receive_until(event_type="send"))["msg"] == f"during {number}"
        redis_server.start()
        await ann.say("ann", "after")
        assert (await bob.receive_until(event_type="send"))["msg"] == "after"


async def test_members_of_a_killed_process_leave(pair):
    here, there = pair
    async with (
        open_socket(f"{here.ws_url}/chats/1/ws") as ann,
        open_socket(f"{there.ws_url}/chats/1/ws") as bob,
    ):
        await ann.join("ann")
        await bob.receive_until(event_type="join")
        here.kill()
        frame = await bob.receive()
        assert (frame["event_type"], frame["name"]) == ("leave", "ann")
