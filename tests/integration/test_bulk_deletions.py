"""Bulk deletions on real servers: members see messages vanish, whatever happens to a process."""

import asyncio
import json
import uuid
from contextlib import AsyncExitStack
from typing import Any

import httpx
import psycopg
import pytest

from tests.support.accounts import PASSWORD, account
from tests.support.fixtures import StartServer
from tests.support.redis import RedisServer
from tests.support.rest import Rest, bearer
from tests.support.server import ServerProcess, manage
from tests.support.sockets import Socket, open_socket

PATIENCE = 30.0  # seconds, on a busy machine
MANY = 800  # messages: to delete them takes long enough to be interrupted, also on SQLite
FEWER = 300  # on PostgreSQL


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


async def see_end(
    client: httpx.Client,
    path: str,
    headers: dict[str, str],
    state: str,
    least: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The bulk deletion, when it is in this state. Its progress begins with `least`, and never goes back."""
    async with asyncio.timeout(PATIENCE) as patience:
        while True:
            found = (await asyncio.to_thread(client.get, path, headers=headers)).json()
            before, least = least or found, found
            for count in ("deleted", "restored"):
                assert found[count] >= before[count]
            if found != before:
                patience.reschedule(asyncio.get_running_loop().time() + PATIENCE)
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


@pytest.mark.timeout(150)
@pytest.mark.parametrize("end", ["kill", "terminate"])
async def test_bulk_deletion_and_restoration_go_on_after_a_restart(either_server: ServerProcess, end: str):
    room, spammed = await spam(either_server, MANY)
    mona = await make_staff(either_server)
    path = await delete_all(either_server, mona)
    for state, count in (("done", "deleted"), ("restored", "restored")):
        if state == "restored":
            assert (await send(either_server, "POST", f"{path}/restore", mona)).is_success
        before = await see_some(either_server, path, mona, count)
        await asyncio.to_thread(getattr(either_server, end))
        await asyncio.to_thread(either_server.start)
        with client_of(either_server) as client:
            done = await see_end(client, path, mona, state, least=before)
        assert (done["total"], done[count]) == (MANY, MANY)
    assert await read_facts(either_server, room) == facts_of(spammed)


@pytest.mark.timeout(300)
async def test_bulk_deletion_and_restoration_go_on_in_another_process_after_a_crash(
    start_server: StartServer, postgres_url: str, redis_server: RedisServer
):
    short = {"DATABASE_URL": postgres_url, "REDIS_URL": redis_server.url, "WSCHAT_LEASE_SECONDS": "2"}
    servers = [start_server(short), start_server(short)]
    room, spammed = await spam(servers[0], FEWER)
    mona = await make_staff(servers[0])
    path = ""
    with psycopg.connect(postgres_url, autocommit=True) as database:
        for state, count in (("done", "deleted"), ("restored", "restored")):
            leases = [await find_lease(database, server, room) for server in servers]
            if not path:
                path = await delete_all(servers[0], mona)
            else:
                assert (await send(servers[0], "POST", f"{path}/restore", mona)).is_success
            before = await see_some(servers[0], path, mona, count)
            lease = await find_runner(database)
            runner, other = servers if lease == leases[0] else servers[::-1]
            await asyncio.to_thread(runner.kill)
            assert await find_runner(database, but=lease) == leases[servers.index(other)]
            with client_of(other) as client:
                done = await see_end(client, path, mona, state, least=before)
            assert (done["total"], done[count]) == (FEWER, FEWER)
            await asyncio.to_thread(runner.start)
    assert await read_facts(servers[0], room) == facts_of(spammed)


def client_of(server: ServerProcess) -> httpx.Client:
    return httpx.Client(base_url=server.url, trust_env=False, timeout=PATIENCE)


async def make_staff(server: ServerProcess) -> dict[str, str]:
    with client_of(server) as client:
        return await asyncio.to_thread(staff, server, Rest(client))


async def send(server: ServerProcess, method: str, path: str, headers: Any, **more: Any) -> httpx.Response:
    with client_of(server) as client:
        return await asyncio.to_thread(client.request, method, path, headers=headers, **more)


async def spam(server: ServerProcess, count: int) -> tuple[int, list[int]]:
    """Make a room with this many messages from a spammer. Returns the room and their numbers."""
    with client_of(server) as client:
        room = (await asyncio.to_thread(Rest(client).room, "club"))["id"]
    async with AsyncExitStack() as stack:
        spammer = await come(stack, server, room, "spammer")
        for number in range(count):
            await spammer.send(id=MANY + number, type="send", room=room, text=f"spam {number}")
        answers = [await spammer.receive_until(id=MANY + number) for number in range(count)]
    return room, sorted(answer["seq"] for answer in answers)


async def delete_all(server: ServerProcess, headers: dict[str, str]) -> str:
    body = {"name": "spammer", "since": "all"}
    posted = await send(server, "POST", "/api/deletions", headers, json=body)
    assert posted.status_code == 202, posted.text
    return f"/api/deletions/{posted.json()['id']}"


async def see_some(server: ServerProcess, path: str, headers: dict[str, str], count: str) -> dict[str, Any]:
    """The bulk deletion, in the middle of its work."""
    with client_of(server) as client:
        async with asyncio.timeout(PATIENCE):
            while True:
                found = dict((await asyncio.to_thread(client.get, path, headers=headers)).json())
                if found[count]:
                    assert found["ended_at"] is None, "it was over before it could be interrupted"
                    return found


async def find_lease(database: psycopg.Connection, server: ServerProcess, room: int) -> uuid.UUID:
    """The number by which the other processes know the server."""
    name = f"w {uuid.uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        await come(stack, server, room, name)
        (row,) = database.execute("SELECT lease_id FROM chat_presence WHERE name = %s", [name]).fetchall()
    return uuid.UUID(str(row[0]))


async def find_runner(database: psycopg.Connection, but: uuid.UUID | None = None) -> uuid.UUID:
    """The lease of the process that works on the only bulk deletion."""
    async with asyncio.timeout(PATIENCE):
        while True:
            row = database.execute("SELECT runner_id FROM chat_bulkdeletion").fetchone()
            if row is not None and row[0] not in (None, but):
                return uuid.UUID(str(row[0]))
            await asyncio.sleep(0.01)


async def read_facts(server: ServerProcess, room: int) -> dict[str, Any]:
    """What the log of the room and the audit log say of the bulk deletion."""
    read = (
        "import json; from chat.models import AuditEntry, Event; "
        f"events = Event.objects.filter(room={room}).order_by('target'); "
        "targets = lambda kind: list(events.filter(kind=kind).values_list('target', flat=True)); "
        "acts = AuditEntry.objects.order_by('pk').values_list('act', 'details__count'); "
        "print(json.dumps({'erased': targets('erased'), 'restored': targets('restored'), "
        "'gone': events.filter(erased_at__isnull=False).count(), 'acts': list(acts)}))"
    )
    output = await asyncio.to_thread(manage, "shell", "--verbosity=0", "--command", read, env=server.env)
    return dict(json.loads(output))


def facts_of(seqs: list[int]) -> dict[str, Any]:
    """What they say if each message was deleted once and restored once."""
    acts = [["delete_all", len(seqs)], ["restore_all", len(seqs)]]
    return {"erased": seqs, "restored": seqs, "gone": 0, "acts": acts}


@pytest.mark.parametrize("since", ["week", None])
async def test_unknown_time_span_gets_an_error_with_the_command_id(
    servers: list[ServerProcess], room: int, since: object
):
    async with AsyncExitStack() as stack:
        socket = await come(stack, servers[0], room, f"ann {uuid.uuid4().hex[:6]}")
        answer = await socket.ask(type="delete_all", room=room, name="x", since=since)
        assert (answer["code"], answer["field"]) == (303, "since")
