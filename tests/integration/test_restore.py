"""A database that went back to a backup: clients are told, and what is of another history is not mixed in."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.support.backup import Backup
from tests.support.fixtures import StartServer
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer
from tests.support.rest import SECRET, Rest, bearer
from tests.support.server import ServerProcess
from tests.support.sockets import Frame, Socket, open_socket


async def say(socket: Socket, text: str) -> Frame:
    answer = await socket.ask(type="send", room=1, text=text, nonce=text)
    assert answer["type"] == "ok", answer
    return answer


async def test_epoch_is_another_one_after_a_restore(either_server: ServerProcess, backup: Backup):
    server = either_server
    async with open_socket(f"{server.ws_url}/ws") as ann:
        hello = await ann.hello("ann")
        await ann.ask(type="join", room=1)
        for text in ("one", "two"):
            await say(ann, text)
        backup.make()
        lost = [(await say(ann, text))["seq"] for text in ("three", "four")]
    server.terminate()
    backup.restore()
    server.start()
    async with open_socket(f"{server.ws_url}/ws") as bob:
        await bob.hello("bob")
        await bob.ask(type="join", room=1)
        seqs = [(await say(bob, text))["seq"] for text in ("drei", "vier", "fünf")]
        assert lost == seqs[:2]  # the numbers are given out again
        async with open_socket(f"{server.ws_url}/ws") as ann:
            again = await ann.ask(type="hello", token=hello["session"])
            assert again["participant"] == hello["participant"]
            assert again["epoch"] != hello["epoch"]
            refused = await ann.ask(type="join", room=1, since=lost[-1], epoch=hello["epoch"])
            assert (refused["code"], refused["field"], refused["retry"]) == (913, "epoch", False)
            entered = await ann.ask(type="join", room=1, last=50)
            assert [message["text"] for message in entered["messages"]] == [
                "one",
                "two",
                "drei",
                "vier",
                "fünf",
            ]


async def test_since_beyond_the_log_is_refused(either_server: ServerProcess):
    server = either_server
    async with open_socket(f"{server.ws_url}/ws") as ann, open_socket(f"{server.ws_url}/ws") as bob:
        await ann.hello("ann")
        bob_epoch = (await bob.hello("bob"))["epoch"]
        other = (await ann.ask(type="direct", to="bob", text="hi"))["room"]
        end = (await say_in_default(ann))["seq"]
        for room, since in ((1, end + 1), (1, 2**53 - 1), (other, 2)):
            for fields in ({}, {"epoch": bob_epoch}):
                refused = await bob.ask(type="join", room=room, since=since, **fields)
                assert (refused.get("code"), refused.get("field")) == (913, "since"), (room, since)
        assert (await bob.ask(type="join", room=1, since=end, epoch=bob_epoch))["seq"] == end
        await say(ann, "heard")
        assert (await bob.event("message", text="heard"))["seq"] == end + 1


async def say_in_default(socket: Socket) -> Frame:
    await socket.ask(type="join", room=1)
    return await say(socket, "hello")


@pytest.mark.parametrize("path", ["/ws", "/chats/1/ws", "/dialects/uuid/1", "/dialects/envelope/1"])
async def test_running_processes_notice_that_the_log_went_back(
    start_server: StartServer,
    postgres_url: str,
    redis_server: RedisServer,
    postgres_server: PostgresServer,
    path: str,
):
    servers = [start_server({"DATABASE_URL": postgres_url, "REDIS_URL": redis_server.url}) for _ in range(2)]
    async with (
        open_socket(f"{servers[0].ws_url}/ws") as ann,
        open_socket(f"{servers[1].ws_url}{path}") as there,
    ):
        first = await ann.hello("ann")
        await ann.ask(type="join", room=1)
        if path == "/ws":
            await there.hello("bob")
            await there.ask(type="join", room=1)
        for text in ("one", "two"):
            await say(ann, text)
        go_back(postgres_server, postgres_url, by=1)
        ends = await asyncio.gather(ann.closed(), there.closed())
        assert [code for code, _ in ends] == [4410, 4410]
    async with open_socket(f"{servers[1].ws_url}/ws") as ann, open_socket(f"{servers[0].ws_url}/ws") as bob:
        again = await ann.ask(type="hello", token=first["session"])
        assert again["epoch"] != first["epoch"]
        entered = await ann.ask(type="join", room=1, last=9)
        assert [message["text"] for message in entered["messages"]] == ["one"]
        assert (await bob.hello("bob"))["epoch"] == again["epoch"]
        await bob.ask(type="join", room=1)
        await say(bob, "three")
        assert (await ann.event("message", text="three"))["seq"] == 2


async def test_no_number_is_given_out_again_by_a_process_that_knows_it(
    start_server: StartServer,
    postgres_url: str,
    redis_server: RedisServer,
    postgres_server: PostgresServer,
):
    """The next messages come before the processes have looked whether the log went back."""
    servers = [start_server({"DATABASE_URL": postgres_url, "REDIS_URL": redis_server.url}) for _ in range(2)]
    async with (
        open_socket(f"{servers[0].ws_url}/ws") as ann,
        open_socket(f"{servers[1].ws_url}/ws") as bob,
    ):
        for socket, name in ((ann, "ann"), (bob, "bob")):
            await socket.hello(name)
            await socket.ask(type="join", room=1)
        for text in ("one", "two"):
            await say(ann, text)
            await bob.event("message", text=text)
        go_back(postgres_server, postgres_url, by=1)
        for number, socket in enumerate((ann, bob, ann, bob)):
            await socket.send(type="send", id=100 + number, room=1, text=f"new {number}", nonce=f"n{number}")
        ends = await asyncio.gather(ann.closed(), bob.closed())
        assert [code for code, _ in ends] == [4410, 4410]


def go_back(postgres: PostgresServer, url: str, *, by: int) -> None:
    """As when a replica that was behind becomes the primary."""
    with postgres.connect(url.rpartition("/")[2]) as connection:
        connection.execute("UPDATE chat_room SET last_seq = last_seq - %s WHERE id = 1", [by])
        connection.execute(
            "DELETE FROM chat_event WHERE room_id = 1 AND seq > (SELECT last_seq FROM chat_room WHERE id = 1)"
        )


async def test_token_of_a_lost_room_or_password_opens_no_other(either_server: ServerProcess, backup: Backup):
    server = either_server
    with rest_of(server) as rest:
        kept = rest.room("kept", "private")
        backup.make()
        lost = rest.room("lost", "private")
        lost_tokens = [rest.token(lost["id"])]
        change_password(rest, kept["id"], SECRET, "second secret")
        lost_tokens.append(rest.token(kept["id"], secret="second secret"))
    server.terminate()
    backup.restore()
    server.start()
    with rest_of(server) as rest:
        other = rest.room("other", "private")
        assert other["id"] == lost["id"]  # the number is given out again
        change_password(rest, kept["id"], SECRET, "third secret")
    for token in lost_tokens:
        for room in (kept["id"], other["id"]):
            async with open_socket(f"{server.ws_url}/ws") as ann:
                await ann.hello("ann")
                assert (await ann.ask(type="join", room=room, token=token))["code"] == 403


@contextmanager
def rest_of(server: ServerProcess) -> Iterator[Rest]:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield Rest(client)


def change_password(rest: Rest, room: int, before: str, after: str) -> None:
    answer = rest.client.put(
        f"/chats/{room}", json={"password": after}, headers=bearer(rest.token(room, secret=before))
    )
    assert answer.status_code in (200, 201), answer.text
