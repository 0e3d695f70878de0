"""After a server was killed, clients get their names back at once, long before its lease ends."""

import json
from collections.abc import Callable

import httpx
import pytest

from tests.support.accounts import PASSWORD, account
from tests.support.fixtures import StartServer
from tests.support.redis import RedisServer
from tests.support.rest import Rest, bearer
from tests.support.server import ServerProcess
from tests.support.sockets import Socket, open_socket

Crash = tuple[ServerProcess, Callable[[], ServerProcess]]
LONG = {"WSCHAT_LEASE_SECONDS": "3600", "WSCHAT_GUEST_NAME_SECONDS": "3600"}


async def join_by_name(socket: Socket) -> bool:
    return (await socket.join("ann"))["event_type"] == "join"


async def hello_and_join(socket: Socket) -> bool:
    told = await socket.ask(type="hello", name="ann")
    return (await socket.ask(type="join", room=1))["type"] == told["type"] == "ok"


async def enter(socket: Socket, name: str = "ann") -> bool:
    body = {"sender_username": name}
    await socket.send_raw(json.dumps({"message_type": "Enter", "message_body": body, "token": None}))
    return (await socket.receive())["message_type"] == "GroupInfo"


async def sign_in_and_enter(socket: Socket) -> bool:
    body = {"sender_username": "carol", "password": PASSWORD}
    await socket.send(message_type="Auth", message_body=body)
    return (await socket.receive())["token"] is not None and await enter(socket, "carol")


COMERS: list[tuple[str, Callable[[Socket], object]]] = [
    ("/chats/1/ws", join_by_name),
    ("/dialects/envelope/1", enter),
]


@pytest.mark.parametrize(("path", "come"), COMERS)
async def test_name_is_free_at_once_when_the_only_process_was_killed(start_server: StartServer, path, come):
    server = start_server(LONG)
    async with open_socket(server.ws_url + path) as ann:
        assert await come(ann)
        server.kill()
        server.start()
        async with open_socket(server.ws_url + path) as again:
            assert await come(again)
            assert names(server) == ["ann"]
            async with open_socket(server.ws_url + path) as other:
                assert not await come(other)


@pytest.fixture(params=["the same process", "another process"])
def crash(request: pytest.FixtureRequest, start_server: StartServer, redis_server: RedisServer) -> Crash:
    """A server that is not the only one, and a function that kills it and returns the one to go to."""
    environment = LONG | {"REDIS_URL": redis_server.url}
    server = start_server(environment)
    other = start_server(environment) if request.param == "another process" else server

    def kill() -> ServerProcess:
        server.kill()
        return server.start() if other is server else other

    return server, kill


async def test_guest_comes_back_at_once_with_the_session(crash: Crash):
    server, kill = crash
    async with open_socket(f"{server.ws_url}/ws") as ann:
        session = (await ann.ask(type="hello", name="ann"))["session"]
        await ann.ask(type="join", room=1)
        url = f"{kill().ws_url}/ws"
        async with open_socket(url) as again, open_socket(url) as other:
            assert (await other.ask(type="hello", name="ann"))["code"] == 202
            assert (await again.ask(type="hello", token=session))["type"] == "ok"
            assert (await again.ask(type="join", room=1))["type"] == "ok"


async def test_account_comes_back_at_once(crash: Crash):
    server, kill = crash
    account(server, "carol")
    path = "/dialects/envelope/1"
    async with open_socket(server.ws_url + path) as carol:
        assert await sign_in_and_enter(carol)
        url = kill().ws_url + path
        async with open_socket(url) as other, open_socket(url) as again:
            assert not await enter(other, "carol")
            assert await sign_in_and_enter(again)


async def test_holder_of_a_room_token_comes_back_at_once(crash: Crash):
    server, kill = crash
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        rest = Rest(client)
        room = rest.room("Team Blue", "private")["id"]
        token, others = rest.token(room, "ann"), rest.token(room, "ann")
        path = f"/chats/{room}/ws"
        async with open_socket(server.ws_url + path, subprotocols=[token]) as ann:
            assert await join_by_name(ann)
            alive = kill()
            url = alive.ws_url + path
            async with open_socket(url, subprotocols=[others]) as bob:
                assert (await bob.join("ann"))["code"] == 202
            for proof in (token, renew(alive, room, token)):
                async with open_socket(url, subprotocols=[proof]) as again:
                    assert await join_by_name(again)


def renew(server: ServerProcess, room: int, token: str) -> str:
    renewed = httpx.get(f"{server.url}/chats/{room}/token/renew", headers=bearer(token), trust_env=False)
    return str(renewed.json()["token"])


def names(server: ServerProcess) -> list[str]:
    users = httpx.get(f"{server.url}/chats/1", trust_env=False).json()["users"]
    return [user["username"] for user in users]
