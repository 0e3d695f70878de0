"""Rights removed by a command, in one process or another: connections in each lose them."""

import asyncio
import uuid
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.integration.conftest import Dial
from tests.support.accounts import PASSWORD, account
from tests.support.rest import Rest, bearer
from tests.support.server import ServerProcess, manage
from tests.support.sockets import Socket, open_socket

SOON = 3.0  # seconds: one, and what a busy machine takes
START = "from django.contrib.auth.models import User; from chat.models import Participant, Room; "


async def shell(server: ServerProcess, code: str) -> None:
    """Run it as an operator would, in a process without connections."""
    await asyncio.to_thread(manage, "shell", "--verbosity=0", "--command", START + code, env=server.env)


async def ends(socket: Socket) -> int:
    async with asyncio.timeout(SOON):
        return (await socket.closed())[0]


@pytest.fixture
def name(servers: list[ServerProcess]) -> str:
    """A superuser's account."""
    name = f"mona-{uuid.uuid4().hex[:8]}"
    account(servers[0], name, staff=True)
    return name


async def come(stack: AsyncExitStack, servers: list[ServerProcess], access: str) -> list[Socket]:
    """A connection of the account to each process."""
    sockets = []
    for server in servers:
        url = f"{server.ws_url}/ws"
        offered = ["wschat.v1", f"wschat.token.{access}"]
        sockets.append(await stack.enter_async_context(open_socket(url, subprotocols=offered)))
        assert (await sockets[-1].ask(type="hello"))["type"] == "ok"
    return sockets


def one(name: str) -> str:
    return f"one = User.objects.get(username={name!r}); "


@pytest.mark.parametrize(
    "loss",
    [
        "one.set_password('another one'); one.save()",
        "one.is_active = False; one.save()",
        "User.objects.filter(pk=one.pk).update(is_active=False)",
        "one.delete()",
    ],
)
async def test_connections_end_with_what_they_came_by(
    servers: list[ServerProcess], rest: Rest, name: str, loss: str
):
    access = rest.sign_in(name, PASSWORD)["access"]
    async with AsyncExitStack() as stack:
        sockets = await come(stack, servers, access)
        await shell(servers[0], one(name) + loss)
        for socket in sockets:
            assert await ends(socket) == 4403


async def test_lost_staff_status_ends_rights_and_memberships(
    servers: list[ServerProcess], rest: Rest, name: str, dial: Dial
):
    """A public room refuses the commands, a private one ends the membership; REST is refused as well."""
    access = rest.sign_in(name, PASSWORD)["access"]
    public = rest.room(f"public {uuid.uuid4()}")["id"]
    private = rest.room(f"private {uuid.uuid4()}", "private")["id"]
    guest = await dial("/ws", subprotocols=["wschat.v1"])
    await guest.hello("gus")
    assert (await guest.ask(type="join", room=public))["type"] == "ok"
    said = await guest.ask(type="send", room=public, text="x")
    async with AsyncExitStack() as stack:
        sockets = await come(stack, servers, access)
        for socket in sockets:
            for room in (public, private):
                assert (await socket.ask(type="join", room=room))["info"]["moderator"]
        await shell(servers[0], one(name) + "one.is_staff = one.is_superuser = False; one.save()")
        async with asyncio.timeout(SOON):
            for socket in sockets:
                removed = await socket.event("removed")
                assert (removed["room"], removed["code"]) == (private, 104)
        for socket in sockets:
            on: dict[str, Any] = {"room": public, "target": said["seq"]}
            assert (await socket.ask(type="delete", **on))["code"] == 204
            assert (await socket.ask(type="pin", **on))["code"] == 104
            assert (await socket.ask(type="mute", room=public, name="gus"))["code"] == 104
            assert (await socket.ask(type="join", room=private))["code"] == 403
            assert (await socket.ask(type="send", room=public, text="y"))["type"] == "ok"
        title = {"title": f"new {uuid.uuid4()}"}
        answer = rest.client.put(f"/chats/{private}", json=title, headers=bearer(access))
        assert answer.json()["error"]["code"] in (401, 402, 403)


async def test_former_owner_loses_rights_and_membership(servers: list[ServerProcess], rest: Rest, name: str):
    access = rest.sign_in(name, PASSWORD)["access"]
    await shell(servers[0], one(name) + "one.is_staff = one.is_superuser = False; one.save()")
    title = f"mine {uuid.uuid4()}"
    fields = {"title": title, "visibility": "private", "password": "a secret of mine"}
    room = rest.client.post("/chats", json=fields, headers=bearer(access)).json()["id"]
    give = (
        "from chat.services import rooms; from chat.permissions import Actor; "
        f"rooms.set_owner(room=Room.objects.get(pk={room}), actor=Actor(staff=True), owner=None)"
    )
    async with AsyncExitStack() as stack:
        sockets = await come(stack, servers, access)
        for socket in sockets:
            assert (await socket.ask(type="join", room=room))["info"]["moderator"]
        await shell(servers[0], give)
        async with asyncio.timeout(2 * SOON):  # the event of the change comes by polling, then what follows
            for socket in sockets:
                assert (await socket.event("removed"))["room"] == room
        answer = rest.client.delete(f"/chats/{room}", headers=bearer(access))
        assert answer.json()["error"]["code"] in (401, 402, 403)


async def test_signed_out_in_one_process_is_so_in_the_other(
    servers: list[ServerProcess], rest: Rest, name: str
):
    """The browser's own connections end, and those of another browser of the same account go on."""
    origin = {"Origin": servers[-1].url}
    async with AsyncExitStack() as stack:
        sockets = []
        for browser in range(2):
            rest.client.cookies.clear()
            page = rest.client.get("/sign-in")
            form = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": _csrf(page.text)}
            assert rest.client.post("/sign-in", data=form).status_code == 302
            key = rest.client.cookies["wschat_session"]
            headers = {**origin, "Cookie": f"wschat_session={key}"}
            url = f"{servers[-1].ws_url}/ws"
            socket = await stack.enter_async_context(
                open_socket(url, subprotocols=["wschat.v1"], additional_headers=headers)
            )
            assert (await socket.ask(type="hello"))["name"] == name, browser
            sockets.append(socket)
        page = rest.client.get("/account")
        answer = rest.client.post("/sign-out", data={"csrfmiddlewaretoken": _csrf(page.text)})
        assert answer.status_code == 302
        assert await ends(sockets[1]) == 4403
        assert (await sockets[0].ask(type="ping"))["type"] == "ok"


def _csrf(page: str) -> str:
    return page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
