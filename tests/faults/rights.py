"""Rights that are lost: what they gave ends within a second, in both processes."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx

from tests.faults.operator import Operator, open_shell
from tests.faults.stage import Figure, Stage, within
from tests.support.server import ServerProcess
from tests.support.short_tokens import shorten_token
from tests.support.sockets import Socket, open_socket

PASSWORD = SECRET = "correct horse battery"
SECONDS = 1.0
PATIENCE = 10.0
CLOSED, REMOVED = 4403, 104


@dataclass
class Case:
    """One person with a connection to each process, who is about to lose something."""

    operator: Operator
    apps: list[ServerProcess]
    stack: AsyncExitStack
    name: str
    room: int
    sockets: list[Socket] = field(default_factory=list)
    other: list[Socket] = field(default_factory=list)  # who lose nothing

    @property
    def user(self) -> str:
        return f"one = User.objects.get(username={self.name!r}); "

    async def make_account(self, **fields: bool) -> None:
        made = ", ".join(f"{name}={value}" for name, value in fields.items())
        await self.operator.run(f"User.objects.create_user({self.name!r}, password={PASSWORD!r}, {made})")

    async def come_by_token(self) -> None:
        """Both connections by an access token."""
        _, access = await self.operator.run(self.user + "value = str(AccessToken.for_user(one))")
        for app in self.apps:
            offered = ["wschat.v1", f"wschat.token.{access}"]
            self.sockets.append(await self._dial(app, subprotocols=offered))

    async def join(self, **fields: object) -> None:
        for socket in self.sockets:
            answer = await socket.ask(type="join", room=self.room, **fields)
            assert answer["type"] == "ok", answer

    async def come_by_cookie(self, browser: httpx.AsyncClient, into: list[Socket]) -> None:
        """Both connections with the cookies of a browser."""
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        for app in self.apps:
            headers = {"Origin": app.url, "Cookie": cookies}
            into.append(await self._dial(app, subprotocols=["wschat.v1"], additional_headers=headers))

    async def _dial(self, app: ServerProcess, **options: object) -> Socket:
        socket = await self.stack.enter_async_context(open_socket(f"{app.ws_url}/ws", **options))
        answer = await socket.ask(type="hello")
        assert answer["type"] == "ok", answer
        return socket

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which the account has signed in."""
        async with httpx.AsyncClient(base_url=self.apps[0].url, trust_env=False, timeout=PATIENCE) as client:
            await submit(client, "/sign-in", username=self.name, password=PASSWORD)
            yield client


Lose = Callable[[Case], Awaitable[float]]  # take the right; when it was gone


async def submit(client: httpx.AsyncClient, path: str, page: str = "", **form: str) -> None:
    """Post a form as a browser does."""
    text = (await client.get(page or path)).text
    token = text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    answer = await client.post(path, data={**form, "csrfmiddlewaretoken": token})
    assert answer.status_code == 302, answer.text


async def _lose_staff_flag(case: Case) -> float:
    await case.make_account(is_staff=True, is_superuser=True)
    await case.come_by_token()
    await case.join()
    lost = case.user + "one.is_staff = one.is_superuser = False; one.save()"
    return (await case.operator.run(lost))[0]


async def _lose_group(case: Case) -> float:
    await case.make_account(is_staff=True)
    await case.operator.run(case.user + "one.groups.add(Group.objects.get(name='Moderators'))")
    await case.come_by_token()
    await case.join()
    return (await case.operator.run(case.user + "one.groups.clear()"))[0]


async def _lose_room(case: Case) -> float:
    await case.make_account()
    set_owner = f"rooms.set_owner(room=Room.objects.get(pk={case.room}), actor=SITE, owner="
    await case.operator.run(case.user + set_owner + "Participant.objects.get(user=one).pk)")
    await case.come_by_token()
    await case.join()
    return (await case.operator.run(set_owner + "None)"))[0]


async def _lose_moderation(case: Case) -> float:
    await case.make_account()
    change = (
        f"moderation.set_moderator(room=Room.objects.get(pk={case.room}), name={case.name!r}, actor=SITE, on="
    )
    await case.operator.run(change + "True)")
    await case.come_by_token()
    await case.join()
    return (await case.operator.run(change + "False)"))[0]


async def _expire(case: Case) -> float:
    """The room token of a guest, to the second."""
    for app in case.apps:
        socket = await case.stack.enter_async_context(
            open_socket(f"{app.ws_url}/ws", subprotocols=["wschat.v1"])
        )
        await socket.hello(f"{case.name} {app.port}")
        case.sockets.append(socket)
    tokens = [await _issue_token(app, case.room, f"{case.name} {app.port}") for app in case.apps]
    until = int(time.time() + 2)
    for socket, app, token in zip(case.sockets, case.apps, tokens, strict=True):
        key = shorten_token(app, token, until)
        assert (await socket.ask(type="join", room=case.room, token=key))["type"] == "ok"
    return float(until)


async def _deactivate(case: Case) -> float:
    await case.make_account()
    await case.come_by_token()
    return (await case.operator.run(case.user + "one.is_active = False; one.save()"))[0]


async def _delete(case: Case) -> float:
    await case.make_account()
    await case.come_by_token()
    return (await case.operator.run(case.user + "one.delete()"))[0]


async def _sign_out(case: Case) -> float:
    """In one browser; the other one goes on."""
    await case.make_account()
    async with case.browser() as here, case.browser() as there:
        await case.come_by_cookie(here, case.sockets)
        await case.come_by_cookie(there, case.other)
        await submit(here, "/sign-out", "/account")
        return time.time()


async def _change_password(case: Case) -> float:
    """In one browser: those of another one end, and those that came by a token."""
    await case.make_account()
    async with case.browser() as here, case.browser() as there:
        await case.come_by_cookie(there, case.sockets)
        await case.come_by_token()
        new = PASSWORD[::-1]
        await submit(here, "/account", old_password=PASSWORD, new_password1=new, new_password2=new)
        return time.time()


LOSSES: dict[str, tuple[Lose, int]] = {  # and with what it ends: the connection, or the place in the room
    "staff flag": (_lose_staff_flag, REMOVED),
    "group": (_lose_group, REMOVED),
    "owner": (_lose_room, REMOVED),
    "moderator": (_lose_moderation, REMOVED),
    "room token": (_expire, 403),
    "deactivated": (_deactivate, CLOSED),
    "deleted": (_delete, CLOSED),
    "signed out": (_sign_out, CLOSED),
    "password": (_change_password, CLOSED),
}


async def rights_lost(stage: Stage) -> list[Figure]:
    """Each right is taken from people who have a connection to each process, one after the other."""
    figures = []
    async with open_shell(stage.cluster.apps[0].env) as operator:
        for name, (lose, code) in LOSSES.items():
            took = [await _time_loss(stage, operator, lose, code) for _ in range(stage.form.times)]
            stage.tell(f"{name}: {max(took):.2f} s at most")
            figures.append(within(f"{name}: what it gave ends", max(took), SECONDS))
    return figures


async def _time_loss(stage: Stage, operator: Operator, lose: Lose, code: int) -> float:
    """Seconds from the loss to the last end."""
    apps = stage.cluster.apps
    async with AsyncExitStack() as stack:
        name = f"r{uuid.uuid4().hex[:10]}"
        case = Case(operator, apps, stack, name, await _make_room(apps[0]))
        lost = await lose(case)
        async with asyncio.timeout(PATIENCE):
            ends = await asyncio.gather(*(_wait_for_end(socket, code) for socket in case.sockets))
        for socket in case.other:
            assert (await socket.ask(type="ping"))["type"] == "ok"
    assert len(ends) >= len(apps)
    return max(ends) - lost


async def _wait_for_end(socket: Socket, code: int) -> float:
    if code == CLOSED:
        assert (await socket.closed())[0] == code
    else:
        assert (await socket.event("removed"))["code"] == code
    return time.time()


async def _make_room(app: ServerProcess) -> int:
    async with httpx.AsyncClient(base_url=app.url, trust_env=False, timeout=PATIENCE) as client:
        fields = {"title": f"closed {uuid.uuid4()}", "visibility": "private", "password": SECRET}
        answer = await client.post("/chats", content=json.dumps(fields))
        return int(answer.json()["id"])


async def _issue_token(app: ServerProcess, room: int, name: str) -> str:
    async with httpx.AsyncClient(base_url=app.url, trust_env=False, timeout=PATIENCE) as client:
        answer = await client.post(f"/chats/{room}/token", json={"secret": SECRET, "name": name})
        return str(answer.json()["token"])
